"""Time that an officer adds: promised when it is taken up, but counted only once it is on the disk.

Until then the call ends, and its leases run out, as if nothing had been added: a slow disk at the very end gives no time that a
power cut would make forget. The command is answered when it is known what came of it.
"""

from agent.core import policy
from agent.core.effects import AnswerCommand, ConfirmExtension, Notify, TellFamily
from agent.core.events import ExtensionStored
from agent.core.notices import rearm
from agent.core.state import Extension
from agent.core.turn import Turn
from agent.core.visit import OPENED
from protocol.call import Said
from protocol.page import Notice
from protocol.terminal import Command, CommandAnswered, CommandOutcome, VisitState

TOO_LATE = "the visit was over before this could be remembered"


def extend(turn: Turn, command: Command) -> str | None:
    """Talk time and hard stop will grow together, never past closing time; why not, or null when it is on its way."""
    visit = turn.visit
    if visit.state not in OPENED or visit.end_by_s is None:
        return "the call has not been opened" if visit.state is VisitState.CHECK_IN else "the visit is over"
    if any(one.command_id == command.id for one in visit.extending):
        return None
    if command.add_s is None or command.add_s < 1:
        return "the command says no time to add"
    waiting_s = sum(one.add_s for one in visit.extending)
    if visit.talk.total_s + waiting_s + command.add_s > policy.TALK_MOST_S:
        return f"a call may last {policy.TALK_MOST_S} s at most"
    room_s = command.add_s
    if visit.closing_s is not None:
        room_s = min(room_s, int(visit.closing_s - visit.end_by_s) - waiting_s)
    if room_s < 1:
        return "closing time leaves no room"
    turn.change_visit(extending=(*visit.extending, Extension(command_id=command.id, add_s=room_s)))
    turn.do(ConfirmExtension(command_id=command.id))
    return None


def on_extension_stored(turn: Turn, event: ExtensionStored) -> None:
    """From now on it counts; if the visit has ended meanwhile, the command was answered then."""
    waiting = () if turn.booth.visit is None else turn.visit.extending
    for one in waiting:
        if one.command_id == event.command_id:
            count(turn, one)


def count(turn: Turn, one: Extension) -> None:
    """Give the time, say so on both screens, and answer the command."""
    visit = turn.visit
    turn.change_visit(
        talk=visit.talk.extended(one.add_s),
        end_by_s=None if visit.end_by_s is None else visit.end_by_s + one.add_s,
        extending=tuple(other for other in visit.extending if other is not one),
    )
    rearm(turn)
    turn.do(
        Notify(notice=Notice(kind="extended", value=one.add_s)),
        TellFamily(said=Said(text="", added_s=one.add_s)),
        answered(one, CommandOutcome.DONE, None),
    )


def recover(turn: Turn) -> None:
    """After a restart: what the journal holds was on the disk."""
    for one in turn.visit.extending:
        count(turn, one)


def give_up(turn: Turn) -> None:
    """The visit ends first: nothing was given."""
    for one in turn.visit.extending:
        turn.do(answered(one, CommandOutcome.REFUSED, TOO_LATE))
    turn.change_visit(extending=())


def answered(one: Extension, outcome: CommandOutcome, why: str | None) -> AnswerCommand:
    """The command's one answer."""
    return AnswerCommand(answer=CommandAnswered(command_id=one.command_id, outcome=outcome, why=why))
