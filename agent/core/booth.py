"""The behaviour of a whole booth: `step(booth, event) -> (booth, effects)`, pure and total, and what is derived from a booth."""

from agent.core.effects import Effect
from agent.core.events import Event, Now
from agent.core.saved import SavedUnreadable, decode, encode
from agent.core.state import Booth, Visit
from protocol.call import Clock
from protocol.page import Screen
from protocol.terminal import TerminalStatus

__all__ = [
    "Booth",
    "SavedUnreadable",
    "Visit",
    "decode",
    "encode",
    "family_clock_for",
    "lease_ms",
    "new_booth",
    "next_wake",
    "screen_for",
    "status_for",
    "step",
]


def new_booth() -> Booth:
    """A booth that has never been enrolled; feed it `Started` first."""
    return Booth()


def step(booth: Booth, event: Event) -> tuple[Booth, tuple[Effect, ...]]:
    """What the booth becomes and what is to be done about it; an event that means nothing now changes nothing."""
    raise NotImplementedError


def next_wake(booth: Booth, now: Now) -> float | None:
    """The boot second at which `Ticked` is due, or None when only an outside event can change anything."""
    raise NotImplementedError


def lease_ms(booth: Booth, now: Now) -> int | None:
    """For how long the call view may stay from `now` on, 0..2000 ms; None when no call view is on the glass."""
    raise NotImplementedError


def screen_for(booth: Booth, now: Now) -> Screen:
    """What is on the glass."""
    raise NotImplementedError


def status_for(booth: Booth, now: Now) -> TerminalStatus:
    """The heartbeat, but for version, outbox_waiting, uptime and what else the supervisor knows better."""
    raise NotImplementedError


def family_clock_for(booth: Booth, now: Now) -> Clock | None:
    """The time left as the family is told it; None before WAITING and after the end."""
    raise NotImplementedError
