"""A terminal whose token is void: the call it is in ends at its time, then it asks to be enrolled again, and is served once it was."""

import pytest

from protocol import page
from tests.stage.fake_page import FakeBooth
from tests.stage.house import House
from tests.stage.visits import begin_talking
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]

TALK_S = 10
LATE_S = 0.5
ASKS_WITHIN_S = 100
"""A token must be refused for 45 s before it is given up: a central that is being restored refuses everybody for a while."""


def test_a_token_revoked_in_a_call_ends_nothing_early_then_the_booth_asks_to_be_enrolled(house: House) -> None:
    terminal, booth = house.booth("Bilik 31")
    planned = house.central.add_session(terminal.id, "131", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    house.central.command("terminal", "revoke", terminal.id)
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 5)
    assert booth.shut[-1].at_s == pytest.approx(began_s + TALK_S, abs=LATE_S)
    wait_for(lambda: asks_to_be_enrolled(booth), within_s=ASKS_WITHIN_S, what="the booth to ask to be enrolled")
    assert not list((terminal.home / "state").glob("bilik.device_token*")), "the void token is not kept"
    made = house.central.command(
        "terminal", "add", "Bilik 33", "--facility", house.facility, "--url", house.central.url
    )
    terminal.enroll(str(made["enrolment"]))
    booth.wait_for_screen(page.Idle, within_s=30)
    house.central.add_session(str(made["id"]), "133", talk_s=TALK_S)
    booth.wait_for_screen(page.CheckIn, within_s=20)


def asks_to_be_enrolled(booth: FakeBooth) -> bool:
    """What the screen tells the technician."""
    screen = booth.screen
    return isinstance(screen, page.NotEnrolled) or (isinstance(screen, page.OutOfService) and screen.code == "TKN-1")
