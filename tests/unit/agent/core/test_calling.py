"""Waiting for the family, starting the call, connected and interrupted."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.effects import StartCall
from protocol.call import CallPhase
from protocol.outcome import CallQuality, EndReason, FaultParty
from protocol.page import Call, Waiting
from protocol.terminal import VisitState
from tests.unit.agent.core.desk import SESSION, T0_MS, Desk, notices


def test_the_call_starts_once_when_the_family_is_admitted_and_ready() -> None:
    desk = Desk().to(VisitState.WAITING)
    assert desk.family(present=True, ready=True, admitted=False) == []
    assert desk.lease is None
    assert desk.family(present=True, ready=True, admitted=True) == [StartCall(call_id="s1-1")]
    assert desk.family(present=True, ready=True, admitted=True) == []
    screen = desk.screen
    assert isinstance(screen, Call)
    assert screen.phase == "connecting"
    assert desk.lease == 2000


def test_talk_time_begins_when_both_ends_hear() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=True)
    desk.tick(1.0)
    assert not desk.visit.talk.is_running
    effects = desk.hear(0.02, 0.1)
    assert desk.booth.state is VisitState.TALKING
    assert [notice.kind for notice in notices(effects)] == ["connected"]
    desk.talk(10.0)
    assert desk.visit.talk.left_s(desk.at) == pytest.approx(590.0)


def test_a_side_that_never_heard_anything_is_not_taken_for_connected() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=True)
    for silent_s in (0.4, 0.9, 1.4):
        desk.at += 0.5
        desk.hear(0.0, silent_s)
    assert desk.booth.state is VisitState.WAITING
    desk.at += 0.5
    desk.hear(0.0, 0.5)
    assert desk.booth.state is VisitState.TALKING


def test_silence_at_either_end_interrupts_back_dated_to_the_last_packet() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.at += 1.6
    desk.hear(0.0, 1.6)
    assert desk.booth.state is VisitState.INTERRUPTED
    assert desk.visit.talk.delivered_s(desk.at) == pytest.approx(10.0)
    assert desk.visit.talk.lost_s(desk.at) == pytest.approx(1.6)


def test_missing_reports_count_as_silence_a_little_later() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.tick(2.0)
    assert desk.booth.state is VisitState.TALKING
    desk.tick(0.2)
    assert desk.booth.state is VisitState.INTERRUPTED
    assert desk.visit.talk.delivered_s(desk.at) == pytest.approx(10.0)


def test_silence_in_a_call_that_is_interrupted_already_changes_nothing() -> None:
    desk = Desk().to(VisitState.INTERRUPTED)
    assert desk.hear(3.0, 3.0) == []
    assert desk.visit.talk.interruptions == 1


def test_a_short_silence_costs_nothing_and_stops_nothing() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.at += 1.4
    desk.hear(0.0, 1.4)
    assert desk.booth.state is VisitState.TALKING


def test_an_interrupted_call_goes_on_where_it_stood() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.tick(30.0)
    desk.hear(0.0, 0.1)
    assert desk.booth.state is VisitState.TALKING
    assert desk.visit.talk.left_s(desk.at) == pytest.approx(590.0)
    assert desk.visit.talk.interruptions == 1


def test_reports_of_another_call_mean_nothing() -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.feed(ev.AudioReported, call_id="s1-0", here_silent_s=9.0, there_silent_s=9.0) == []
    desk.feed(ev.QualityReported, call_id="s1-0", quality=CallQuality(samples=1))
    assert desk.visit.quality is None
    desk.feed(ev.QualityReported, call_id="s1-1", quality=CallQuality(samples=2))
    assert desk.visit.quality == CallQuality(samples=2)


def test_a_page_that_goes_interrupts_and_the_next_one_begins_a_new_call() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(5.0)
    desk.at += 0.3
    desk.feed(ev.PageChanged, up=False)
    assert desk.booth.state is VisitState.INTERRUPTED
    assert desk.visit.talk.delivered_s(desk.at) == pytest.approx(5.0)
    assert desk.lease is None
    assert desk.feed(ev.PageChanged, up=False) == []
    assert desk.feed(ev.PageChanged, up=True) == [StartCall(call_id="s1-2")]
    assert desk.visit.restarts == 1


def test_a_page_that_goes_while_waiting_costs_no_talk_time() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.feed(ev.PageChanged, up=False)
    desk.feed(ev.PageChanged, up=True)
    assert desk.booth.state is VisitState.WAITING


def test_a_family_that_reloads_its_page_in_a_call_gets_a_new_one_after_the_silence() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.family(present=False, ready=False, admitted=True)
    desk.family(present=True, ready=True, admitted=True)
    assert desk.visit.call_id == "s1-1"
    assert StartCall(call_id="s1-2") in desk.tick(2.2)


def test_a_family_that_reloads_while_connecting_gets_a_new_call_at_once() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=True, admitted=True)
    desk.family(present=False, ready=False, admitted=True)
    assert desk.family(present=True, ready=True, admitted=True) == [StartCall(call_id="s1-2")]


def test_interruptions_beyond_the_credit_end_the_visit() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    desk.tick(60.0)
    desk.hear()
    desk.talk(10.0)
    desk.tick(59.0)
    assert desk.booth.state is VisitState.INTERRUPTED
    desk.tick(1.1)
    (usage,) = [pending.record for pending in desk.booth.pending]
    assert (usage.end_reason, usage.fault_party) == (EndReason.CONNECTION_LOST, FaultParty.NETWORK)
    assert usage.interrupted_ms == 120_000
    assert usage.talk_delivered_ms == 20_000


def test_a_family_that_went_away_for_good_is_named_as_the_reason() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.family(present=False, ready=False, admitted=True)
    desk.tick(130.0)
    assert desk.booth.pending[0].record.fault_party is FaultParty.FAMILY


def test_a_booth_whose_page_never_came_back_blames_itself() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.feed(ev.PageChanged, up=False)
    desk.tick(130.0)
    assert desk.booth.pending[0].record.end_reason is EndReason.TERMINAL_FAULT


def test_the_familys_no_show_time_runs_only_while_signalling_is_up() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.tick(100.0)
    desk.feed(ev.SignallingChanged, session_id="s1", up=False)
    screen = desk.screen
    assert isinstance(screen, Waiting)
    assert (screen.online, screen.left_to_join_ms) == (False, None)
    desk.tick(500.0)
    desk.feed(ev.SignallingChanged, session_id="s1", up=True)
    desk.tick(79.0)
    screen = desk.screen
    assert isinstance(screen, Waiting)
    assert screen.left_to_join_ms == 1000
    desk.tick(1.0)
    (usage,) = [pending.record for pending in desk.booth.pending]
    assert (usage.end_reason, usage.fault_party) == (EndReason.NO_SHOW_FAMILY, FaultParty.FAMILY)


def test_a_family_that_waits_for_the_officer_is_no_no_show() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.family(present=True, ready=False, admitted=False)
    desk.tick(300.0)
    assert desk.booth.state is VisitState.WAITING


@pytest.mark.parametrize("kind", [ev.SignallingChanged, ev.FamilyChanged, ev.FamilyEnded, ev.ByeSaid])
def test_news_of_another_session_changes_nothing(kind: type[ev.Event]) -> None:
    fields: dict[type[ev.Event], dict[str, object]] = {
        ev.SignallingChanged: {"up": False},
        ev.FamilyChanged: {"present": False, "ready": False, "admitted": False},
        ev.FamilyEnded: {},
        ev.ByeSaid: {"why": "cancelled"},
    }
    desk = Desk().to(VisitState.WAITING)
    before = desk.booth
    assert desk.feed(kind, session_id="s9", **fields[kind]) == []
    assert desk.booth == before


def test_only_an_admitted_family_can_end_the_visit() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.feed(ev.FamilyEnded, session_id="s1")
    desk.family(present=True, ready=True, admitted=False)
    desk.feed(ev.FamilyEnded, session_id="s1")
    assert desk.booth.state is VisitState.WAITING
    desk.family(present=True, ready=True, admitted=True)
    desk.feed(ev.FamilyEnded, session_id="s1")
    assert desk.booth.pending[0].record.end_reason is EndReason.ENDED_BY_FAMILY


def test_a_bye_ends_only_what_was_cancelled_before_the_talk() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.feed(ev.ByeSaid, session_id="s1", why="taken_over")
    assert desk.booth.state is VisitState.WAITING
    desk.feed(ev.ByeSaid, session_id="s1", why="cancelled")
    assert desk.booth.pending[0].record.end_reason is EndReason.CANCELLED
    desk = Desk().to(VisitState.TALKING)
    desk.feed(ev.ByeSaid, session_id="s1", why="cancelled")
    assert desk.booth.state is VisitState.TALKING


def test_the_family_sees_the_time_the_agent_counts() -> None:
    desk = Desk().to(VisitState.RULES)
    assert desk.family_clock is None
    desk = Desk().to(VisitState.WAITING)
    assert desk.family_clock is not None
    assert desk.family_clock.phase is CallPhase.WAITING
    desk.family(present=True, ready=True, admitted=True)
    assert desk.family_clock.phase is CallPhase.CONNECTING
    desk.hear()
    desk.talk(4.0)
    clock = desk.family_clock
    assert (clock.phase, clock.left_ms, clock.running, clock.talk_s) == (CallPhase.TALKING, 596_000, True, 600)
    desk.tick(3.0)
    clock = desk.family_clock
    assert (clock.phase, clock.left_ms, clock.running) == (CallPhase.INTERRUPTED, 596_000, False)


def test_the_time_left_is_what_can_be_had_before_the_hard_stop() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 400_000)).to(VisitState.TALKING)
    screen = desk.screen
    assert isinstance(screen, Call)
    assert screen.left_ms == 260_000
