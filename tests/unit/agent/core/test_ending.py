"""Ends, the farewell, the usage record and the lease that enforces them."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.effects import CloseCall, LeaveSignalling, RestartWindow
from protocol.call import Ended
from protocol.outcome import EndReason, FaultParty
from protocol.page import Farewell, Idle
from protocol.terminal import AssignedSession, VisitState
from tests.unit.agent.core.desk import SESSION, SETTINGS, T0_MS, Desk

SHORT = msgspec.structs.replace(SESSION, talk_s=20)


def ended_record(desk: Desk) -> tuple[EndReason, FaultParty]:
    record = [*desk.usage(), *(pending.record for pending in desk.booth.pending)][-1]
    return record.end_reason, record.fault_party


def test_the_visit_completes_to_the_millisecond_even_if_the_tick_is_late() -> None:
    desk = Desk(row=SHORT).to(VisitState.TALKING)
    desk.talk(19.8)
    assert desk.lease in {199, 200}
    effects = desk.tick(0.5)
    assert ended_record(desk) == (EndReason.COMPLETED, FaultParty.NONE)
    assert desk.booth.pending[0].record.talk_delivered_ms == 20_000
    assert desk.booth.pending[0].record.ended_at_ms == T0_MS + 160_000
    assert CloseCall(call_id="s1-1") in effects
    told = Ended(reason=EndReason.COMPLETED, fault_party=FaultParty.NONE, delivered_ms=20_000, left_ms=0)
    assert LeaveSignalling(session_id="s1", farewell=told) in effects
    assert desk.lease is None


def test_the_record_says_how_late_the_view_was_closed() -> None:
    desk = Desk(row=SHORT).to(VisitState.TALKING)
    desk.talk(20.0)
    assert desk.usage() == []
    desk.at += 0.03
    desk.feed(ev.ViewClosed, call_id="s1-9")
    assert desk.usage() == []
    desk.at += 0.02
    desk.feed(ev.ViewClosed, call_id="s1-1")
    (usage,) = desk.usage()
    assert usage.close_late_ms == 50
    desk.feed(ev.ViewClosed, call_id="s1-1")
    desk.tick(2.0)
    assert len(desk.usage()) == 1


def test_a_page_that_never_answers_delays_the_record_by_two_seconds() -> None:
    desk = Desk(row=SHORT).to(VisitState.TALKING)
    desk.talk(20.0)
    desk.tick(1.9)
    assert desk.usage() == []
    desk.tick(0.1)
    assert desk.usage()[0].close_late_ms is None


def test_the_record_holds_every_moment_of_the_visit() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(30.0)
    desk.tick(5.0)
    desk.hear()
    desk.talk(10.0)
    desk.command("end", "s1", issued_by="sari", fault_party="inmate")
    desk.feed(ev.ViewClosed, call_id=None)
    (usage,) = desk.usage()
    assert (usage.end_reason, usage.fault_party, usage.ended_by) == (
        EndReason.ENDED_BY_OFFICER,
        FaultParty.INMATE,
        "sari",
    )
    assert usage.planned_start_at_ms == T0_MS + 200_000
    assert usage.check_in_at_ms == usage.waiting_at_ms == usage.talk_started_at_ms == T0_MS + 140_000
    assert usage.ended_at_ms == T0_MS + 185_000
    assert (usage.talk_promised_s, usage.talk_extended_s, usage.talk_delivered_ms) == (600, 0, 40_000)
    assert (usage.interrupted_ms, usage.interruptions, usage.restarts) == (5000, 1, 0)


def test_the_farewell_says_what_was_delivered_and_then_the_window_starts_anew() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.feed(ev.LanguageWasChosen, language="en")
    desk.feed(ev.InmateEnded)
    assert desk.screen == Farewell(
        number="012",
        reason=EndReason.ENDED_BY_INMATE,
        fault_party=FaultParty.NONE,
        delivered_ms=10_000,
        talk_s=600,
        left_ms=590_000,
    )
    assert desk.booth.language == "en"
    desk.tick(11.9)
    assert desk.booth.state is VisitState.FAREWELL
    assert RestartWindow() in desk.tick(0.1)
    assert desk.booth.state is VisitState.NONE
    assert desk.booth.language == "id"
    assert desk.screen == Idle(next=())


def test_a_session_that_ended_here_is_not_called_again() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    desk.tick(30.0)
    desk.feed(ev.AssignmentsArrived, sessions=(SESSION,), settings=SETTINGS)
    assert desk.booth.state is VisitState.NONE


def test_a_stored_record_is_not_remembered_any_longer() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    desk.tick(3.0)
    assert [pending.reported for pending in desk.booth.pending] == [True]
    desk.feed(ev.UsageStored, session_id="s9")
    assert len(desk.booth.pending) == 1
    desk.feed(ev.UsageStored, session_id="s1")
    assert desk.booth.pending == ()


def test_a_record_whose_commit_failed_is_written_again_when_the_disk_works() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    desk.tick(3.0)
    desk.feed(ev.JournalFailed, detail="disk full")
    desk.tick(60.0)
    assert len(desk.usage()) == 1
    desk.feed(ev.JournalHealed)
    assert len(desk.usage()) == 2
    assert desk.usage()[0] == desk.usage()[1]


def test_a_reported_record_that_was_never_confirmed_is_dropped_when_the_next_is_called() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    desk.tick(20.0)
    later = msgspec.structs.replace(SESSION, id="s2", start_at_ms=SESSION.start_at_ms + 100_000)
    desk.feed(ev.AssignmentsArrived, sessions=(later,), settings=SETTINGS)
    desk.tick(200.0)
    assert desk.visit.session_id == "s2"
    assert desk.booth.pending == ()


# ---- the hard stop ------------------------------------------------------------------------------------------------


def hard_stop(desk: Desk) -> FaultParty:
    assert desk.visit.end_by_s is not None
    desk.at = desk.visit.end_by_s
    desk.tick()
    reason, party = ended_record(desk)
    assert reason is EndReason.HARD_STOP
    return party


def test_rules_read_until_the_hard_stop_are_the_inmates_doing() -> None:
    assert hard_stop(Desk().to(VisitState.RULES)) is FaultParty.INMATE


def test_a_family_that_was_there_but_never_admitted_leaves_the_party_open() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=False)
    assert hard_stop(desk) is FaultParty.UNKNOWN


def test_a_call_that_never_came_about_is_the_networks_doing() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=True)
    assert hard_stop(desk) is FaultParty.NETWORK


def test_a_wait_without_signalling_is_the_networks_doing() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.feed(ev.SignallingChanged, session_id="s1", up=False)
    assert hard_stop(desk) is FaultParty.NETWORK


def test_a_wait_without_a_page_is_the_terminals_doing() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=False)
    desk.feed(ev.PageChanged, up=False)
    assert hard_stop(desk) is FaultParty.TERMINAL


def test_an_admitted_family_that_left_before_the_call_is_named_at_the_stop() -> None:
    desk = Desk(msgspec.structs.replace(SETTINGS, join_grace_s=3600)).to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=True)
    desk.family(present=False, ready=False, admitted=True)
    desk.at = 3000.0
    desk.feed(ev.SignallingChanged, session_id="s1", up=False)
    desk.at = 4000.0
    desk.feed(ev.SignallingChanged, session_id="s1", up=True)
    assert hard_stop(desk) is FaultParty.FAMILY


def talk_until_the_stop(desk: Desk) -> FaultParty:
    assert desk.visit.end_by_s is not None
    desk.talk(desk.visit.end_by_s - desk.at)
    reason, party = ended_record(desk)
    assert reason is EndReason.HARD_STOP
    return party


def late_desk(*, inmate_s: float = 0.0, family_s: float = 0.0) -> Desk:
    """A booth with a long credit, so that lateness is possible; the inmate or the family takes its time."""
    settings = msgspec.structs.replace(SETTINGS, join_grace_s=10, credit_s=0, no_show_inmate_s=3600)
    desk = Desk(settings, SHORT).to(VisitState.RULES)
    desk.at = 200.0 + inmate_s
    desk.walk_to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=False)
    desk.tick(family_s)
    desk.walk_to(VisitState.TALKING)
    return desk


def test_the_one_who_was_late_is_named_when_the_stop_cuts_a_call() -> None:
    assert talk_until_the_stop(late_desk(inmate_s=12.0)) is FaultParty.INMATE
    assert talk_until_the_stop(late_desk(family_s=12.0)) is FaultParty.FAMILY
    assert talk_until_the_stop(late_desk(inmate_s=8.0, family_s=8.0)) is FaultParty.UNKNOWN


def test_a_booth_that_restarted_is_named_before_the_network() -> None:
    desk = late_desk(inmate_s=8.0, family_s=8.0)
    desk.booth = msgspec.structs.replace(desk.booth, visit=msgspec.structs.replace(desk.visit, restarts=1))
    assert talk_until_the_stop(desk) is FaultParty.TERMINAL


def test_interruptions_are_named_when_nobody_was_late() -> None:
    settings = msgspec.structs.replace(SETTINGS, join_grace_s=10, credit_s=10)
    desk = Desk(settings, SHORT).to(VisitState.RULES)
    desk.at = 205.0
    desk.walk_to(VisitState.WAITING)
    desk.tick(7.0)
    desk.walk_to(VisitState.TALKING)
    desk.tick(9.0)
    desk.hear()
    assert talk_until_the_stop(desk) is FaultParty.NETWORK


@pytest.mark.parametrize(
    ("state", "party"),
    [
        (VisitState.RULES, FaultParty.INMATE),
        (VisitState.WAITING, FaultParty.FAMILY),
        (VisitState.TALKING, FaultParty.FACILITY),
    ],
)
def test_closing_time_is_named_where_it_cut_the_hard_stop(state: VisitState, party: FaultParty) -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 230_000)).to(state)
    if state is VisitState.TALKING:
        desk.talk(91.0)
    else:
        desk.tick(91.0)
    assert ended_record(desk) == (EndReason.CLOSING_TIME, party)
    assert desk.booth.pending[-1:] == () or desk.booth.pending[-1].ended_s == 230.0


# ---- what was slept through ---------------------------------------------------------------------------------------


def test_a_pc_that_slept_through_the_end_gives_nothing_and_ends_as_of_then() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.tick(5000.0)
    assert ended_record(desk) == (EndReason.CONNECTION_LOST, FaultParty.NETWORK)
    record = [*desk.usage(), *(pending.record for pending in desk.booth.pending)][-1]
    assert record.talk_delivered_ms == 10_000
    assert record.ended_at_ms == T0_MS + 270_000
    assert desk.booth.state is VisitState.FAREWELL


def test_the_lease_of_a_paused_call_ends_with_the_credit() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.tick(119.5)
    assert desk.lease == 500


def test_while_talking_the_core_wants_a_tick_every_second() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(1.0)
    assert desk.wake == desk.at + 1.0


def test_sessions_follow_each_other_on_one_booth() -> None:
    rows = tuple(
        AssignedSession(id=f"s{n}", number=f"{n:03}", start_at_ms=T0_MS + 200_000 + n * 100_000, talk_s=10)
        for n in range(4)
    )
    desk = Desk().open()
    desk.feed(ev.AssignmentsArrived, sessions=rows, settings=SETTINGS)
    for n in range(4):
        desk.row = rows[n]
        desk.at = 200.0 + n * 100
        desk.tick()
        for state in (VisitState.RULES, VisitState.WAITING, VisitState.TALKING):
            desk.walk_to(state)
        desk.talk(11.0)
        desk.tick(15.0)
    assert [usage.session_id for usage in desk.usage()] == ["s0", "s1", "s2", "s3"]
    assert {usage.end_reason for usage in desk.usage()} == {EndReason.COMPLETED}
