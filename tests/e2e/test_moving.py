"""A call that an officer moves to another booth: real agents, what was left goes on there, the family comes by its own link."""

from collections.abc import Iterator

import httpx
import pytest

from protocol import page
from protocol.call import Ended
from protocol.outcome import EndReason
from tests.stage.fake_family import FakeFamily
from tests.stage.house import House
from tests.stage.stage import PASSWORD
from tests.stage.visits import begin_talking, check_in, usage_of
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TALK_S = 60


@pytest.fixture
def officer(house: House) -> Iterator[httpx.Client]:
    """Somebody at the board, without a browser."""
    house.central.add_user("siti", PASSWORD)
    with httpx.Client(base_url=house.central.url, timeout=10) as client:
        client.post("/login", data={"name": "siti", "password": PASSWORD})
        yield client


def test_what_was_left_of_a_call_goes_on_at_the_other_booth(house: House, officer: httpx.Client) -> None:
    (first, here), (second, there) = house.booth("Bilik 1"), house.booth("Bilik 2")
    session = house.central.add_session(first.id, "012", talk_s=TALK_S)
    family = FakeFamily(session.link)
    began_s = begin_talking(here, family)
    wait_for(lambda: boot_s() >= began_s + 3, within_s=5, what="some talk")
    (login,) = house.central.rows("select csrf from staff_sessions")
    form = {"csrf": login["csrf"], "session": session.id, "to": second.id}
    officer.post("/board/acts/move", data=form).raise_for_status()
    assert family.wait_for(Ended, within_s=10).reason is EndReason.MOVED
    family.leave()
    usage = usage_of(house.central, session)
    assert (usage["end_reason"], usage["fault_party"], usage["ended_by"]) == ("moved", "none", "siti")
    left_s = TALK_S - usage["talk_delivered_ms"] // 1000
    assert TALK_S - 20 < left_s <= TALK_S - 3
    assert there.wait_for_screen(page.CheckIn).number == "012"
    check_in(there)
    family.join()
    there.wait_for_phase("talking")
    shown = there.seen[-1].show.screen
    assert isinstance(shown, page.Call)
    assert shown.talk_s == left_s
    assert house.central.rows("select admitted_by from sessions where id = ?", family.session_id)[0]["admitted_by"]
    family.close()
