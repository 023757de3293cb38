"""Time an officer adds counts from the moment it is on the disk, and its command is answered when that is known."""

import msgspec

from agent.core import events as ev
from agent.core.effects import AnswerCommand, ConfirmExtension, Effect, Notify
from protocol.page import Notice
from protocol.terminal import Command, CommandAnswered, CommandOutcome, VisitState
from tests.unit.agent.core.desk import SESSION, T0_MS, Desk


def extend(desk: Desk, command_id: str, add_s: int = 60) -> list[Effect]:
    """An officer adds time; the disk has not answered yet."""
    command = Command(id=command_id, kind="extend", expires_at_ms=T0_MS + 10**9, session_id="s1", add_s=add_s)
    return desk.feed(ev.CommandArrived, command=command)


def answers(effects: list[Effect]) -> list[CommandAnswered]:
    return [effect.answer for effect in effects if isinstance(effect, AnswerCommand)]


def test_nothing_counts_and_nothing_is_answered_before_it_is_on_the_disk() -> None:
    desk = Desk().to(VisitState.TALKING)
    end_by_s = desk.visit.end_by_s
    effects = extend(desk, "c1")
    assert effects == [ConfirmExtension(command_id="c1")]
    assert (desk.visit.talk.total_s, desk.visit.end_by_s) == (600, end_by_s)
    effects = desk.feed(ev.ExtensionStored, command_id="c1")
    assert (desk.visit.talk.total_s, desk.visit.end_by_s) == (660, (end_by_s or 0) + 60)
    assert Notify(notice=Notice(kind="extended", value=60)) in effects
    assert answers(effects) == [CommandAnswered(command_id="c1", outcome=CommandOutcome.DONE, why=None)]
    assert desk.feed(ev.ExtensionStored, command_id="c1") == []


def test_until_then_the_call_is_leased_and_ended_as_if_nothing_was_added() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.talk(599.0)
    extend(desk, "c1")
    assert desk.lease == 1000
    effects = desk.talk(1.0)
    assert desk.booth.state is VisitState.FAREWELL
    assert [(one.command_id, one.outcome) for one in answers(effects)] == [("c1", CommandOutcome.REFUSED)]
    assert desk.booth.pending[0].record.talk_extended_s == 0
    assert desk.feed(ev.ExtensionStored, command_id="c1") == []


def test_the_same_command_twice_adds_once() -> None:
    desk = Desk().to(VisitState.TALKING)
    extend(desk, "c1")
    assert extend(desk, "c1") == []
    desk.feed(ev.ExtensionStored, command_id="c1")
    assert desk.visit.talk.total_s == 660


def test_two_at_once_share_the_room_before_closing_time() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 1_150_000)).to(VisitState.TALKING)
    extend(desk, "c1", 30)
    extend(desk, "c2", 60)
    assert [one.why for one in answers(extend(desk, "c3", 60))] == ["closing time leaves no room"]
    desk.feed(ev.ExtensionStored, command_id="c2")
    desk.feed(ev.ExtensionStored, command_id="c1")
    assert (desk.visit.talk.total_s, desk.visit.end_by_s) == (650, 1150.0)


def test_what_the_journal_holds_after_a_crash_was_on_the_disk() -> None:
    desk = Desk().to(VisitState.TALKING)
    extend(desk, "c1")
    effects = desk.crash(0.5)
    assert desk.visit.talk.total_s == 660
    assert desk.visit.extending == ()
    assert [(one.command_id, one.outcome) for one in answers(effects)] == [("c1", CommandOutcome.DONE)]


def test_what_comes_too_late_for_any_visit_changes_nothing() -> None:
    desk = Desk().to(VisitState.NONE)
    assert desk.feed(ev.ExtensionStored, command_id="c1") == []
