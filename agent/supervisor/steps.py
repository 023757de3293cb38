"""What one step of the core asked for, sorted by when it may be done."""

from dataclasses import dataclass, field

from agent.core.booth import Booth, encode
from agent.core.effects import (
    AnswerCommand,
    CloseCall,
    ConfirmExtension,
    Effect,
    JoinSignalling,
    LeaveSignalling,
    OpenSession,
    Reboot,
    Report,
    RestartAgent,
    StartCall,
    TellFamily,
)
from agent.core.events import CommandArrived, Event
from agent.ports import Change
from protocol.terminal import CommandAnswered, CommandKind, CommandOutcome, OutboxEvent

GIVING_EFFECTS = (OpenSession, JoinSignalling, StartCall, ConfirmExtension, RestartAgent, Reboot)
GIVING_COMMANDS = frozenset(
    {
        *(CommandKind.START, CommandKind.UNLOCK, CommandKind.LET_TECHNICIAN_IN),
        *(CommandKind.RESTART_AGENT, CommandKind.REBOOT),
    }
)


@dataclass(kw_only=True)
class Step:
    """One event and what became of it; `later` are the effects that wait for the commit of this step."""

    event: Event
    before: Booth
    after: Booth
    effects: tuple[Effect, ...]
    later: list[Effect] = field(init=False)

    def __post_init__(self) -> None:
        kept = (Report, AnswerCommand)
        self.later = [effect for effect in self.effects if not effect.RESTRICTS and not isinstance(effect, kept)]

    @property
    def gives(self) -> bool:
        """Whether this step must not come true without its commit: it opens, extends or restarts something."""
        if any(isinstance(effect, GIVING_EFFECTS) for effect in self.effects):
            return True
        if not isinstance(self.event, CommandArrived) or self.event.command.kind not in GIVING_COMMANDS:
            return False
        return any(answer.outcome is CommandOutcome.DONE for answer in self.answers)

    @property
    def restricting(self) -> tuple[Effect, ...]:
        """What is done at once, whatever the disk does."""
        return tuple(effect for effect in self.effects if effect.RESTRICTS)

    @property
    def answers(self) -> tuple[CommandAnswered, ...]:
        """What became of commands."""
        return tuple(effect.answer for effect in self.effects if isinstance(effect, AnswerCommand))

    @property
    def reports(self) -> tuple[OutboxEvent, ...]:
        """What goes into the outbox, in order; answered commands are among it."""
        return tuple(
            effect.event if isinstance(effect, Report) else effect.answer
            for effect in self.effects
            if isinstance(effect, (Report, AnswerCommand))
        )

    @property
    def wants_commit(self) -> bool:
        """Whether something in this step may not be lost."""
        return bool(self.effects)

    def withdraw(self, restriction: Effect) -> None:
        """Forget what a later step has taken back before this one was committed."""
        self.later = [effect for effect in self.later if not is_taken_back(effect, restriction)]


def is_taken_back(effect: Effect, restriction: Effect) -> bool:
    """Whether `effect`, asked for earlier, must not be done any more once `restriction` was."""
    match restriction:
        case CloseCall():
            return isinstance(effect, StartCall)
        case LeaveSignalling(session_id=session_id):
            if isinstance(effect, (OpenSession, JoinSignalling)):
                return effect.session_id == session_id
            return isinstance(effect, TellFamily)
        case _:
            return False


def change_of(batch: list[Step]) -> Change:
    """One transaction out of steps in order."""
    return Change(
        booth=encode(batch[-1].after),
        at_ms=next(
            (one.event.now.central_ms for one in reversed(batch) if one.reports), batch[-1].event.now.central_ms
        ),
        events=tuple(report for one in batch for report in one.reports),
        done=tuple(answer for one in batch for answer in one.answers),
    )
