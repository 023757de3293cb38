"""A PC that slept, or an agent that was stopped: nothing that fell due meanwhile is anybody else's doing."""

import pytest

from agent.core import events as ev
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import VisitState
from tests.unit.agent.core.desk import T0_MS, Desk


def sleep(desk: Desk, seconds: float) -> None:
    """So long nothing ran; then the agent notices."""
    since_s = desk.at
    desk.at += seconds
    desk.feed(ev.Woke, since_s=since_s)


def record(desk: Desk) -> UsageRecord:
    return [*desk.usage(), *(pending.record for pending in desk.booth.pending)][-1]


def test_a_short_sleep_is_an_interruption_since_the_last_packet_and_all_the_talk_time_is_still_given() -> None:
    desk = Desk().to(VisitState.TALKING)
    end_by_s = desk.visit.end_by_s
    desk.talk(10.0)
    sleep(desk, 30.0)
    assert desk.booth.state is VisitState.INTERRUPTED
    assert desk.visit.talk.left_s(desk.at) == pytest.approx(590.0)
    desk.talk(589.0)
    assert desk.booth.state is VisitState.TALKING
    assert desk.visit.end_by_s == end_by_s
    desk.talk(1.5)
    assert (record(desk).end_reason, record(desk).talk_delivered_ms) == (EndReason.COMPLETED, 600_000)
    assert record(desk).interrupted_ms == pytest.approx(30_500, abs=600)


def test_a_sleep_over_the_last_second_gives_that_second_later() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(599.0)
    sleep(desk, 20.0)
    assert desk.booth.state is VisitState.INTERRUPTED
    assert desk.visit.talk.left_s(desk.at) == pytest.approx(1.0)


def test_a_sleep_longer_than_the_credit_ends_the_visit_as_of_then_and_is_the_terminals_fault() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    sleep(desk, 86_400.0)
    assert (record(desk).end_reason, record(desk).fault_party) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    assert record(desk).talk_delivered_ms == 10_000
    assert record(desk).ended_at_ms == T0_MS + 270_000


def test_a_family_is_not_missed_while_the_booth_slept() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.tick(100.0)
    sleep(desk, 120.0)
    assert desk.booth.state is VisitState.WAITING
    assert desk.visit.absent.read(desk.at) == pytest.approx(100.0)
    assert not desk.visit.resuming
    desk.tick(81.0)
    assert record(desk).end_reason is EndReason.NO_SHOW_FAMILY


def test_an_inmate_who_was_called_to_a_sleeping_booth_did_not_fail_to_come() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    sleep(desk, 7200.0)
    assert (record(desk).end_reason, record(desk).fault_party) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)


def test_after_a_sleep_that_cost_nothing_a_no_show_is_a_no_show() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    sleep(desk, 10.0)
    desk.tick(7200.0)
    assert record(desk).end_reason is EndReason.NO_SHOW_INMATE


@pytest.mark.parametrize("state", [VisitState.NONE, VisitState.FAREWELL])
def test_between_visits_a_sleep_means_nothing(state: VisitState) -> None:
    desk = Desk().to(state)
    sleep(desk, 1.0)
    assert desk.booth.state is state


def test_before_the_time_is_known_nothing_is_judged() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.crash(5.0, same_boot=False, has_map=False)
    before = desk.booth
    sleep(desk, 300.0)
    assert desk.booth == before
