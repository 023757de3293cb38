"""What a visit survives at the booth and with the family: killed agents, lost pages, reloads, second phones."""

import json
import signal

import pytest

from protocol import call, page
from protocol.join import JoinState
from tests.length import IS_LONG
from tests.stage.house import House
from tests.stage.visits import begin_talking, check_in, closed_late_s, usage_events, usage_of
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TALK_S = 10
LATE_S = 0.5
LEASE_S = 2.0


# ---- the agent ----------------------------------------------------------------------------------------------------


def test_an_agent_killed_in_a_call_brings_the_call_back_with_the_same_end_and_one_usage_record(house: House) -> None:
    terminal, booth = house.booth("Bilik 11")
    planned = house.central.add_session(terminal.id, "111", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    wait_for(lambda: boot_s() > began_s + 3, within_s=5, what="three seconds of talk")
    assert terminal.agent is not None
    terminal.agent.kill()
    killed_s = boot_s()
    terminal.start_agent()
    booth.wait_for_screen(page.Call, within_s=10)
    wait_for(lambda: booth.seen[-1].at_s > killed_s and _is_talking(booth), within_s=10, what="talking again")
    back_s = booth.seen[-1].at_s
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 10)
    usage = usage_of(house.central, planned)
    away_s = back_s - killed_s
    assert usage["end_reason"] == "completed"
    assert usage["restarts"] == 1
    assert usage["talk_delivered_ms"] / 1000 <= TALK_S
    assert booth.shut[-1].at_s <= began_s + TALK_S + away_s + LATE_S
    assert usage_events(house.central, planned) == 1


@pytest.mark.shortened
@pytest.mark.parametrize("how", ["killed", "stopped"] if IS_LONG else ["killed"])
def test_an_agent_gone_in_the_last_second_closes_the_view_by_the_lease_and_still_reports_once(
    house: House, how: str
) -> None:
    terminal, booth = house.booth(f"Bilik 12 {how}")
    planned = house.central.add_session(terminal.id, "112", talk_s=10)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    ends_s = began_s + 10
    wait_for(lambda: boot_s() >= ends_s - 1, within_s=12, what="the last second", every_s=0.005)
    agent = terminal.agent
    assert agent is not None
    if how == "killed":
        agent.kill()
    else:
        agent.signal(signal.SIGSTOP)
    wait_for(lambda: not booth.view_open, within_s=3, what="the view to close", every_s=0.005)
    assert booth.shut[-1].by in {"lease", "lost"}
    assert booth.shut[-1].at_s - ends_s <= LATE_S
    if how == "killed":
        terminal.start_agent()
    else:
        agent.signal(signal.SIGCONT)
    usage = usage_of(house.central, planned, within_s=30)
    assert usage["end_reason"] in {"completed", "hard_stop", "terminal_fault"}
    assert usage["talk_delivered_ms"] / 1000 <= 10
    assert usage_events(house.central, planned) == 1


def test_an_agent_that_stays_dead_leaves_no_call_on_the_glass(house: House) -> None:
    terminal, booth = house.booth("Bilik 13")
    planned = house.central.add_session(terminal.id, "113", talk_s=30)
    begin_talking(booth, house.stage.fake_family(planned))
    assert terminal.agent is not None
    terminal.agent.kill()
    killed_s = boot_s()
    wait_for(lambda: not booth.view_open, within_s=LEASE_S + 2, what="the lease to run out", every_s=0.01)
    assert booth.shut[-1].at_s - killed_s <= LEASE_S + LATE_S


def test_a_lost_page_in_a_call_comes_back_into_the_call_and_the_talk_time_is_not_lost(house: House) -> None:
    terminal, booth = house.booth("Bilik 14")
    planned = house.central.add_session(terminal.id, "114", talk_s=TALK_S)
    begin_talking(booth, house.stage.fake_family(planned))
    booth.lose_page()
    lost_s = boot_s()
    wait_for(lambda: booth.seen[-1].at_s > lost_s and _is_talking(booth), within_s=10, what="talking again")
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 10)
    usage = usage_of(house.central, planned)
    assert usage["end_reason"] == "completed"
    assert TALK_S - 1 <= usage["talk_delivered_ms"] / 1000 <= TALK_S


def test_silence_stops_the_talk_clock_from_the_last_packet_on(house: House) -> None:
    terminal, booth = house.booth("Bilik 15")
    planned = house.central.add_session(terminal.id, "115", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    booth.hear_nothing()
    silent_s = boot_s()
    booth.wait_for_phase("interrupted", within_s=5)
    assert booth.seen[-1].at_s - silent_s <= 2.5
    wait_for(lambda: boot_s() > silent_s + 4, within_s=5, what="four seconds of silence")
    booth.hear_again()
    heard_s = boot_s()
    booth.wait_for_phase("talking", within_s=5)
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 10)
    usage = usage_of(house.central, planned)
    assert usage["interruptions"] == 1
    assert usage["interrupted_ms"] / 1000 == pytest.approx(heard_s - silent_s, abs=1.0)
    assert abs(closed_late_s(booth, began_s, TALK_S, usage)) <= LATE_S


def _is_talking(booth: object) -> bool:
    screen = getattr(booth, "screen", None)
    return isinstance(screen, page.Call) and screen.phase == "talking"


# ---- the family ---------------------------------------------------------------------------------------------------


def test_a_family_that_reloads_its_page_is_back_in_the_same_call(house: House) -> None:
    terminal, booth = house.booth("Bilik 16")
    planned = house.central.add_session(terminal.id, "116", talk_s=TALK_S)
    family = house.stage.fake_family(planned)
    begin_talking(booth, family)
    family.leave()
    booth.hear_nothing()
    booth.wait_for_phase("interrupted", within_s=5)
    family.connect()
    booth.hear_again()
    booth.wait_for_phase("talking", within_s=10)
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 15)
    usage = usage_of(house.central, planned)
    assert usage["end_reason"] == "completed"
    assert usage["interruptions"] >= 1


def test_of_two_families_with_one_link_the_second_is_told_it_is_in_use(house: House) -> None:
    terminal, booth = house.booth("Bilik 17")
    planned = house.central.add_session(terminal.id, "117", talk_s=10)
    first, second = house.stage.fake_family(planned), house.stage.fake_family(planned)
    check_in(booth)
    first.join()
    assert second.ask(claim=False).state in {JoinState.IN_USE, JoinState.OPEN}
    answer = second.ask(claim=True)
    assert answer.state is JoinState.IN_USE
    second.session_id = answer.session_id or first.session_id
    assert second.is_refused()
    booth.wait_for_phase("talking")
    assert first.last(call.Bye) is None
    booth.hang_up()
    assert usage_of(house.central, planned)["end_reason"] == "ended_by_inmate"


def test_the_family_may_end_the_call_and_both_are_told(house: House) -> None:
    terminal, booth = house.booth("Bilik 18")
    planned = house.central.add_session(terminal.id, "118", talk_s=30)
    family = house.stage.fake_family(planned)
    begin_talking(booth, family)
    family.hang_up()
    booth.wait_for_screen(page.Farewell, within_s=3)
    assert family.wait_for(call.Ended, within_s=3).reason == "ended_by_family"
    assert usage_of(house.central, planned)["end_reason"] == "ended_by_family"


# ---- commands -----------------------------------------------------------------------------------------------------


def test_an_extension_moves_the_end_once_and_an_order_to_end_ends_at_once(house: House) -> None:
    terminal, booth = house.booth("Bilik 20")
    planned = house.central.add_session(terminal.id, "120", talk_s=10)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    extended = house.central.order("extend", terminal.id, "--session", planned.id, "--add", "30")
    wait_for(lambda: _state(house, extended) == "done", within_s=10, what="the extension to be done", every_s=0.1)
    wait_for(lambda: boot_s() > began_s + 11, within_s=12, what="the old end to pass")
    assert _is_talking(booth)
    ordered = house.central.order("end", terminal.id, "--session", planned.id, "--reason", "ended_by_officer")
    booth.wait_for_screen(page.Farewell, within_s=5)
    wait_for(lambda: _state(house, ordered) == "done", within_s=10, what="the end to be done", every_s=0.1)
    usage = usage_of(house.central, planned)
    assert usage["end_reason"] == "ended_by_officer"
    assert usage["talk_extended_s"] == 30


def _state(house: House, command: str) -> str:
    rows = house.central.rows("select state, body from commands where id = ?", command)
    return str(rows[0]["state"]) if rows else json.dumps(rows)
