"""What the screen in a waiting block shows: which numbers are called to which booth, and which come next; no names, pure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from central.store.sessions import CallSession
from protocol.terminal import VisitState

CALLED_MS = 300_000
"""A number that an officer called stays on the screen so long, if its booth says nothing of it."""

CALLS = 4
NEXT = 6
AT_THE_BOOTH = (VisitState.CHECK_IN.value, VisitState.RULES.value, VisitState.WAITING.value)


class Called(Struct, frozen=True, kw_only=True):
    """A number that is called. `key` is another one when it is called again, or to another booth."""

    key: str
    number: str
    booth: str
    at_ms: int


class Next(Struct, frozen=True, kw_only=True):
    """A number that comes later, and when by the plan."""

    number: str
    at_ms: int


class Shown(Struct, frozen=True, kw_only=True):
    """All that the screen shows: `calls` newest first, `next` in order."""

    calls: tuple[Called, ...]
    next: tuple[Next, ...]


def shown(sessions: Sequence[CallSession], booths: Mapping[str, str], *, now_ms: int) -> Shown:
    """The screen of a facility whose sessions of the day these are; `booths`: names by terminal."""
    called = [each for each in sessions if _is_called(each, now_ms)]
    ids = {each.id for each in called}
    later = [each for each in sessions if each.state == "planned" and each.id not in ids]
    calls = [
        Called(
            key=f"{each.id}.{each.called_at_ms or 0}.{each.terminal_id}",
            number=each.number,
            booth=booths.get(each.terminal_id, ""),
            at_ms=max(each.start_at_ms, each.called_at_ms or 0),
        )
        for each in called
    ]
    return Shown(
        calls=tuple(sorted(calls, key=lambda call: call.at_ms, reverse=True)[:CALLS]),
        next=tuple(
            Next(number=each.number, at_ms=each.start_at_ms)
            for each in sorted(later, key=lambda each: (each.start_at_ms, each.number))[:NEXT]
        ),
    )


def _is_called(session: CallSession, now_ms: int) -> bool:
    if session.state not in ("planned", "open"):
        return False
    if session.visit_state in AT_THE_BOOTH:
        return True
    lately = session.called_at_ms is not None and now_ms - session.called_at_ms < CALLED_MS
    return lately and session.visit_state == VisitState.NONE.value
