"""What staff can ask of a booth: done, refused with a reason, or expired; answered once each."""

from collections.abc import Callable

from agent.core import blame, diagnosing, policy, technician
from agent.core.check_in import ask
from agent.core.effects import (
    AnswerCommand,
    FetchRelease,
    Notify,
    Reboot,
    RestartAgent,
    RestartWindow,
    SetVolume,
    TellFamily,
)
from agent.core.ending import end
from agent.core.events import CommandArrived
from agent.core.extending import extend
from agent.core.turn import Turn
from agent.core.visit import ALIVE, JOINED, OPENED
from protocol.call import Said
from protocol.outcome import EndReason, FaultParty
from protocol.page import Notice
from protocol.terminal import Command, CommandAnswered, CommandKind, CommandOutcome, Mode, VisitState

NO_SESSION = "the command names no session"
OTHER_SESSION = "this session is not at the booth now"
ENDED_AS = {reason.value: reason for reason in (EndReason.ENDED_BY_OFFICER, EndReason.CANCELLED, EndReason.MOVED)}
"""What an officer may say a visit ended as."""
ANSWERED_LATER = frozenset({CommandKind.EXTEND, CommandKind.RUN_DIAGNOSIS})
"""Commands that are answered when it is known what came of them: on the disk, or looked at."""
Refusal = str | None
"""Why not, or null when it was done."""


def on_command(turn: Turn, event: CommandArrived) -> None:
    """Decide and answer, at once or later. A command bound to a session that is not at the booth never touches another one."""
    command = event.command
    now_ms = turn.now.central_ms
    if now_ms is not None and now_ms > command.expires_at_ms:
        answer(turn, command, CommandOutcome.EXPIRED, None)
        return
    why = refusal(turn, command)
    if why is None and command.kind in ANSWERED_LATER:
        return
    answer(turn, command, CommandOutcome.DONE if why is None else CommandOutcome.REFUSED, why)


def refusal(turn: Turn, command: Command) -> Refusal:
    """Do it, or say why not."""
    todo = DOERS.get(command.kind)
    if todo is None:
        return "unknown command"
    visit = turn.booth.visit
    if command.session_id is not None and (visit is None or visit.session_id != command.session_id):
        return OTHER_SESSION
    if command.session_id is None and command.kind in BOUND:
        return NO_SESSION
    if turn.booth.adrift and command.kind in BOUND:
        return "the booth has just started and does not know the time yet"
    return todo(turn, command)


def answer(turn: Turn, command: Command, outcome: CommandOutcome, why: str | None) -> None:
    """One answer a command."""
    turn.do(AnswerCommand(answer=CommandAnswered(command_id=command.id, outcome=outcome, why=why)))


# ---- of the visit -------------------------------------------------------------------------------------------------


def start(turn: Turn, _: Command) -> Refusal:
    """The officer lets the inmate in."""
    visit = turn.visit
    if visit.state is not VisitState.CHECK_IN:
        return "the session has been started already"
    if visit.asking_since_s is not None:
        return "the session is being opened"
    if turn.booth.mode is not Mode.IN_SERVICE:
        return "the booth is not in service"
    ask(turn)
    return None


def end_visit(turn: Turn, command: Command) -> Refusal:
    """The officer ends the visit, for the reason named; without a named party it is nobody's fault."""
    reason = ENDED_AS.get(command.reason or EndReason.ENDED_BY_OFFICER.value)
    if reason is None:
        return f"a visit is not ended as {command.reason} by an officer"
    return end_as(turn, command, reason, FaultParty.NONE)


def move_visit(turn: Turn, command: Command) -> Refusal:
    """The officer gives the session to another booth."""
    return end_as(turn, command, EndReason.MOVED, FaultParty.FACILITY)


def end_as(turn: Turn, command: Command, reason: EndReason, otherwise: FaultParty) -> Refusal:
    """End what has not ended yet, with the party the officer named if the table allows it."""
    if turn.booth.state not in ALIVE:
        return "the visit is over"
    party = blame.named_party(reason, command.fault_party, otherwise)
    if party is None:
        return f"fault party {command.fault_party} does not go with {reason.value}"
    end(turn, reason, party, by=command.issued_by or None)
    return None


def say(turn: Turn, command: Command) -> Refusal:
    """The officer's words, on both screens."""
    text = (command.text or "").strip()
    if not text:
        return "the message is empty"
    if turn.booth.state not in JOINED:
        return "there is no call"
    text = text[: policy.MESSAGE_MOST]
    turn.do(Notify(notice=Notice(kind="message", text=text)), TellFamily(said=Said(text=text)))
    return None


def listen(turn: Turn, command: Command) -> Refusal:
    """The officer listens, which both screens say; level 0 ends it."""
    if command.session_id is None:
        return NO_SESSION
    if turn.booth.state not in JOINED:
        return "there is no call"
    if turn.visit.is_meeting:
        return "a meeting's page cannot be listened to"
    turn.change_visit(listening=command.level != 0)
    return None


# ---- of the booth -------------------------------------------------------------------------------------------------


def lock(turn: Turn, _: Command) -> Refusal:
    """No new visit from now on; one that was opened goes on to its end."""
    turn.change(locked=True)
    return None


def unlock(turn: Turn, _: Command) -> Refusal:
    """In service again, if nothing else stands against it."""
    turn.change(locked=False)
    return None


def emergency_stop(turn: Turn, command: Command) -> Refusal:
    """End at once whatever goes on, and lock."""
    turn.change(locked=True)
    if turn.booth.state in ALIVE:
        end(turn, EndReason.EMERGENCY_STOP, FaultParty.FACILITY, by=command.issued_by or None)
    return None


def set_volume(turn: Turn, command: Command) -> Refusal:
    """Loudness in percent; holds until the next change."""
    if command.level is None or not 0 <= command.level <= 100:
        return "the volume is a level from 0 to 100"
    turn.change(chosen_volume=command.level, inmate_volume=None)
    turn.do(SetVolume(percent=command.level))
    return None


def let_technician_in(turn: Turn, _: Command) -> Refusal:
    """A technician's chord may end this call; between calls nobody has to be asked."""
    if turn.booth.state not in OPENED:
        return "there is no call: a technician needs no leave"
    technician.change(turn, let_in_during=turn.visit.session_id)
    return None


def restart_window(turn: Turn, _: Command) -> Refusal:
    """Start the window anew."""
    return between_visits(turn, RestartWindow())


def restart_agent(turn: Turn, _: Command) -> Refusal:
    """Start the agent anew."""
    return between_visits(turn, RestartAgent())


def reboot(turn: Turn, _: Command) -> Refusal:
    """Restart the PC."""
    return between_visits(turn, Reboot())


def set_version(turn: Turn, command: Command) -> Refusal:
    """Fetch another version of the programs; done means begun: the version in the heartbeat says the rest."""
    if not command.version or not command.sha256:
        return "the command names no release"
    return between_visits(turn, FetchRelease(version=command.version, sha256=command.sha256))


def between_visits(turn: Turn, effect: RestartWindow | RestartAgent | Reboot | FetchRelease) -> Refusal:
    """Only while nobody has a session open."""
    if turn.booth.state in OPENED:
        return "refused in a call"
    turn.do(effect)
    return None


DOERS: dict[str, Callable[[Turn, Command], Refusal]] = {
    CommandKind.START: start,
    CommandKind.END: end_visit,
    CommandKind.EXTEND: extend,
    CommandKind.MESSAGE: say,
    CommandKind.LOCK: lock,
    CommandKind.UNLOCK: unlock,
    CommandKind.VOLUME: set_volume,
    CommandKind.LISTEN: listen,
    CommandKind.MOVE: move_visit,
    CommandKind.EMERGENCY_STOP: emergency_stop,
    CommandKind.RESTART_WINDOW: restart_window,
    CommandKind.RESTART_AGENT: restart_agent,
    CommandKind.REBOOT: reboot,
    CommandKind.RUN_DIAGNOSIS: diagnosing.run_diagnosis,
    CommandKind.LET_TECHNICIAN_IN: let_technician_in,
    CommandKind.SET_VERSION: set_version,
}
BOUND = frozenset(
    {CommandKind.START, CommandKind.END, CommandKind.EXTEND, CommandKind.MOVE, CommandKind.LET_TECHNICIAN_IN}
)
"""Commands that must name their session: one that comes late must not hit the next visit."""
