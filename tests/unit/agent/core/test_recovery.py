"""Crashes, power cuts, and what goes on after them."""

import pytest

from agent.core import events as ev
from agent.core.effects import JoinSignalling, OpenSession, StartCall
from protocol.outcome import EndReason, FaultParty
from protocol.page import Call, Connecting, Rules, Waiting
from protocol.terminal import VisitMoved, VisitState
from tests.unit.agent.core.desk import SESSION, T0_MS, Desk, grant_for, reports


def resume(desk: Desk) -> None:
    desk.feed(ev.PageChanged, up=True)
    desk.feed(ev.SessionGranted, grant=grant_for(SESSION))


def power_cut(desk: Desk, down_s: float) -> None:
    """The boot clock begins anew at 5 s; central's goes on."""
    shift_s = desk.at + down_s - 5.0
    desk.skew_ms += round(shift_s * 1000)
    desk.at = 5.0
    desk.crash(same_boot=False)


def test_a_crash_in_a_call_asks_for_the_grant_again_and_makes_a_new_call() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    effects = desk.crash(1.0)
    assert effects[-1] == OpenSession(session_id="s1", again=True)
    assert VisitMoved(session_id="s1", state=VisitState.INTERRUPTED, talk_left_ms=589_000) in reports(effects)
    screen = desk.screen
    assert isinstance(screen, Call)
    assert (screen.phase, screen.family_name) == ("interrupted", "")
    assert desk.lease is None
    desk.effects.clear()
    resume(desk)
    assert desk.effects == [JoinSignalling(session_id="s1"), StartCall(call_id="s1-2")]
    desk.hear()
    assert desk.booth.state is VisitState.TALKING
    assert desk.visit.restarts == 1


@pytest.mark.parametrize(("down_s", "charged_s"), [(0.4, 0.4), (1.9, 1.9), (2.0, 2.0), (20.0, 2.0)])
def test_a_crash_costs_the_time_it_took_but_two_seconds_at_most(down_s: float, charged_s: float) -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.crash(down_s)
    assert desk.visit.talk.delivered_s(desk.at) == pytest.approx(10.0 + charged_s)
    assert desk.visit.talk.lost_s(desk.at) == pytest.approx(down_s - charged_s)


def test_a_power_cut_costs_one_second_and_the_end_stays_where_it_was() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    power_cut(desk, 50.0)
    assert desk.visit.talk.delivered_s(desk.at) == pytest.approx(11.0)
    assert desk.visit.talk.lost_s(desk.at) == pytest.approx(49.0)
    assert desk.visit.end_by_s == pytest.approx(1100.0 - 195.0)
    resume(desk)
    desk.hear()
    assert desk.booth.state is VisitState.TALKING


def test_a_power_cut_longer_than_the_credit_ends_the_visit_as_the_terminals_fault() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    power_cut(desk, 400.0)
    desk.tick(3.0)
    (usage,) = desk.usage()
    assert (usage.end_reason, usage.fault_party) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    assert usage.talk_delivered_ms == 11_000
    assert usage.ended_at_ms == T0_MS + 271_000
    assert usage.interrupted_ms == 120_000


def test_nothing_resumes_and_nothing_ends_before_the_time_is_known() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.at = 5.0
    desk.has_map = False
    desk.crash(same_boot=False, has_map=False)
    desk.feed(ev.PageChanged, up=True)
    assert desk.screen == Connecting()
    desk.tick(3600.0)
    assert desk.booth.state is VisitState.INTERRUPTED
    assert desk.wake is None
    assert desk.feed(ev.InmateEnded) == []
    assert desk.command("end", "s1").why == "the booth has just started and does not know the time yet"
    desk.crash(1.0, has_map=False)
    assert desk.booth.adrift


def test_an_emergency_stop_before_the_time_is_known_ends_as_of_the_last_moment_known() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.at = 5.0
    desk.crash(same_boot=False, has_map=False)
    desk.command("emergency_stop")
    (usage,) = desk.usage()
    assert usage.end_reason is EndReason.EMERGENCY_STOP
    assert usage.ended_at_ms == T0_MS + 150_000


def test_in_the_same_boot_the_hard_stop_holds_even_without_a_map() -> None:
    desk = Desk().to(VisitState.RULES)
    desk.crash(1.0, has_map=False)
    assert desk.screen == Connecting()
    desk.tick(1000.0)
    desk.tick(2.0)
    assert desk.usage()[0].end_reason is EndReason.TERMINAL_FAULT
    assert desk.usage()[0].ended_at_ms == T0_MS + 1_100_000


def test_a_crash_in_the_last_second_completes_the_visit() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(599.5)
    desk.crash(3.0)
    record = desk.booth.pending[0].record
    assert record.end_reason is EndReason.COMPLETED
    assert record.talk_delivered_ms == 600_000


def test_a_crash_while_interrupted_charges_nothing() -> None:
    desk = Desk().to(VisitState.INTERRUPTED)
    delivered_s = desk.visit.talk.delivered_s(desk.at)
    desk.crash(1.0)
    assert desk.visit.talk.delivered_s(desk.at) == delivered_s
    assert desk.booth.state is VisitState.INTERRUPTED


def test_after_a_crash_while_waiting_the_visit_waits_again() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.tick(20.0)
    desk.crash(1.0)
    screen = desk.screen
    assert isinstance(screen, Waiting)
    assert (screen.family_name, screen.online) == ("", False)
    desk.effects.clear()
    resume(desk)
    assert desk.effects == [JoinSignalling(session_id="s1")]
    desk.feed(ev.SignallingChanged, session_id="s1", up=True)
    assert desk.visit.absent.read(desk.at) == pytest.approx(20.0)
    desk.family(present=True, ready=True, admitted=True)
    assert StartCall(call_id="s1-1") in desk.effects


def test_after_a_crash_at_the_rules_they_come_back_with_the_name() -> None:
    desk = Desk().to(VisitState.RULES)
    desk.crash(1.0)
    assert desk.screen == Connecting()
    desk.feed(ev.PageChanged, up=True)
    assert desk.feed(ev.RulesWereAccepted) == []
    assert desk.booth.state is VisitState.RULES
    resume(desk)
    assert desk.screen == Rules(number="012", inmate_name="Budi S.", talk_s=600)


def test_after_a_crash_at_the_check_in_the_number_stays_called() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.StartPressed)
    desk.crash(1.0)
    assert desk.booth.state is VisitState.CHECK_IN
    desk.feed(ev.PageChanged, up=True)
    assert desk.feed(ev.StartPressed) == [OpenSession(session_id="s1", again=True)]


def test_a_check_in_missed_while_the_booth_was_dark_is_the_terminals_fault() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.crash(600.0)
    assert desk.usage()[0].end_reason is EndReason.TERMINAL_FAULT


def test_a_grant_that_cannot_be_had_is_asked_for_again_and_again() -> None:
    desk = Desk().to(VisitState.INTERRUPTED)
    desk.crash(1.0)
    desk.feed(ev.SessionRefused, session_id="s1", why="unreachable")
    assert desk.wake == desk.at + 2.0
    assert desk.tick(1.9) == []
    assert desk.tick(0.1) == [OpenSession(session_id="s1", again=True)]
    desk.feed(ev.SessionRefused, session_id="s1", why="wait", retry_s=7)
    assert desk.wake == desk.at + 7.0


@pytest.mark.parametrize(
    ("why", "reason", "party"),
    [
        ("moved", EndReason.MOVED, FaultParty.TERMINAL),
        ("cancelled", EndReason.CANCELLED, FaultParty.NONE),
    ],
)
def test_a_session_that_was_given_away_while_the_booth_was_down_ends(
    why: str, reason: EndReason, party: FaultParty
) -> None:
    desk = Desk().to(VisitState.INTERRUPTED)
    desk.crash(1.0)
    desk.feed(ev.SessionRefused, session_id="s1", why=why)
    record = desk.booth.pending[0].record
    assert (record.end_reason, record.fault_party) == (reason, party)


def test_a_record_that_was_waiting_for_the_page_is_written_after_a_crash() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    assert desk.usage() == []
    desk.crash(0.5)
    assert len(desk.usage()) == 1
    desk.crash(0.5)
    assert len(desk.usage()) == 1


def test_the_farewell_goes_on_after_a_crash_but_not_after_a_power_cut() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    desk.crash(1.0)
    assert desk.booth.state is VisitState.FAREWELL
    power_cut(desk, 1.0)
    assert desk.booth.state is VisitState.NONE


def test_a_visit_cannot_go_on_without_a_device_token() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.feed(ev.Started, clean=False, same_boot=True, enrolled=False)
    desk.tick(2.0)
    assert desk.usage()[0].end_reason is EndReason.TERMINAL_FAULT


def test_faults_are_found_anew_after_a_restart() -> None:
    desk = Desk().open()
    desk.feed(ev.DevicesReported, camera=False, microphone=False)
    desk.feed(ev.EscapeSeen, kind="key")
    desk.crash(1.0)
    assert desk.booth.faults == ()
    assert desk.booth.escape_attempts == {"key": 1}
    power_cut(desk, 1.0)
    assert desk.booth.escape_attempts == {}
