"""A proxy that closes whatever is silent for a moment stands between the booth and central, as on many a site."""

import pytest

from protocol import page
from tests.chaos.front import IDLE_S, Door, Front
from tests.stage.house import House
from tests.stage.visits import begin_talking, closed_late_s, usage_events, usage_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TALK_S = 10
LATE_S = 0.5


def test_a_proxy_that_closes_idle_connections_costs_no_talk_time_and_raises_no_fault(house: House) -> None:
    front = Front()
    front.start()
    house.stage.ends(front.stop)
    door = front.open(Door("127.0.0.1", house.central.port))
    door.faults.add("close_idle")
    made = house.central.command(
        *("terminal", "add", "Bilik 61", "--facility", house.facility, "--url", f"http://127.0.0.1:{door.port}")
    )
    terminal = house.stage.bare_terminal("Bilik 61")
    terminal.enroll(str(made["enrolment"]))
    terminal.start_agent()
    booth = house.stage.booth(terminal)
    booth.wait_for_screen(page.Idle)
    planned = house.central.add_session(str(made["id"]), "061", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 5)
    usage = usage_of(house.central, planned)
    assert (usage["end_reason"], usage["interruptions"]) == ("completed", 0)
    assert closed_late_s(booth, began_s, TALK_S, usage) <= LATE_S
    assert usage_events(house.central, planned) == 1
    raised = [line for line in terminal.agent_log() if line.get("event") == "central_lost"]
    assert IDLE_S < TALK_S / 5
    assert raised == [], "what a proxy closes is no trouble with central"
    assert all(seen.show.online for seen in booth.seen if seen.at_s > began_s)
