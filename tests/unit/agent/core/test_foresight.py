"""The farewell that is known before its end comes."""

from agent.core.foresight import farewell_after
from protocol.outcome import EndReason
from protocol.page import Farewell
from protocol.terminal import VisitState
from tests.unit.agent.core.desk import Desk


def foreseen(desk: Desk) -> Farewell | None:
    lease = desk.lease
    assert lease is not None
    return farewell_after(desk.booth, desk.now, lease)


def test_the_last_second_of_a_call_foresees_the_very_farewell_that_comes() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(599.0)
    ahead = foreseen(desk)
    assert isinstance(ahead, Farewell)
    assert ahead.reason is EndReason.COMPLETED
    desk.talk(0.6)
    assert foreseen(desk) == ahead
    desk.tick(0.5)
    assert desk.screen == ahead


def test_without_central_time_the_end_is_foreseen_too() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(599.0)
    desk.has_map = False
    assert isinstance(foreseen(desk), Farewell)


def test_a_lease_that_is_not_the_last_foresees_nothing() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    assert foreseen(desk) is None


def test_added_time_takes_back_what_was_foreseen() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(599.0)
    desk.command("extend", desk.row.id, add_s=120)
    assert foreseen(desk) is None


def test_the_end_of_the_credit_is_foreseen_as_a_lost_connection() -> None:
    desk = Desk().to(VisitState.INTERRUPTED)
    lost_s = desk.visit.talk.lost_s(desk.at)
    desk.tick(desk.settings.credit_s - lost_s - 1.0)
    ahead = foreseen(desk)
    assert isinstance(ahead, Farewell)
    assert ahead.reason is EndReason.CONNECTION_LOST
    desk.tick(1.1)
    assert desk.screen == ahead


def test_a_lease_whose_end_is_no_end_of_the_visit_foresees_nothing() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(10.0)
    assert farewell_after(desk.booth, desk.now, 500) is None
