"""How a terminal was over time: pure, from heartbeats to stretches of one state, and from stretches to bars."""

from enum import StrEnum

from msgspec import Struct

from protocol.faults import FAULTS, Severity
from protocol.terminal import Mode, TerminalStatus

HOUR_MS = 3_600_000
WRITE_MS = 300_000
"""How often the end of a stretch that goes on is written."""
CALM_MS = 5_000
"""A terminal whose state flaps begins a new stretch at most this often."""
SILENT_MS = 20_000
"""Silence beyond the time that a request may be held: from here on it is a gap."""
FAULTS_MOST = 400


class State(Struct, frozen=True, kw_only=True):
    """What two heartbeats must say alike to belong to one stretch."""

    boot_id: str
    mode: str
    faults: tuple[str, ...]
    window_up: bool
    shell_up: bool
    agent_version: str


class Span(Struct, frozen=True, kw_only=True):
    """One stretch: the terminal was in this state from its first heartbeat to its last."""

    terminal_id: str
    from_ms: int
    to_ms: int
    state: State


class Look(StrEnum):
    """How a bar is coloured and named; the worst of what was so in it."""

    GOOD = "good"
    WARNING = "warning"
    STOPS = "stops"
    CLOSED = "closed"
    SILENT = "silent"


class Bar(Struct, frozen=True, kw_only=True):
    """One piece of a day's line."""

    look: Look
    from_ms: int
    to_ms: int


def state_of(boot_id: str, status: TerminalStatus) -> State:
    """The part of a heartbeat that makes a stretch."""
    return State(
        boot_id=boot_id,
        mode=status.mode.value,
        faults=tuple(sorted(status.faults)),
        window_up=status.window_up,
        shell_up=status.shell_up,
        agent_version=status.agent_version,
    )


def is_gap(heard_ms: int, at_ms: int, hold_s: int) -> bool:
    """Whether nothing was heard for longer than a held request explains."""
    return at_ms - heard_ms > SILENT_MS + hold_s * 1000


def go_on(last: Span | None, heard_ms: int | None, now: Span, *, hold_s: int) -> tuple[Span, ...]:
    """The stretches to write for a heartbeat (`now`, as a stretch of one moment): the last one as it ends, and a new one if it began.

    `heard_ms`: the heartbeat before this one.
    """
    if last is None:
        return (now,)
    before_ms = max(last.to_ms, heard_ms or 0)
    if now.to_ms < before_ms:
        return ()
    if is_gap(before_ms, now.to_ms, hold_s):
        return (_ending(last, before_ms), now)
    if last.state == now.state:
        return (_ending(last, now.to_ms),)
    return (_ending(last, now.to_ms), now)


def _ending(span: Span, to_ms: int) -> Span:
    return Span(terminal_id=span.terminal_id, from_ms=span.from_ms, to_ms=max(span.to_ms, to_ms), state=span.state)


def fresh_escapes(before: dict[str, int], now: dict[str, int], *, is_same_boot: bool) -> dict[str, int]:
    """How many attempts of each kind are new; counts begin again with every boot, and after a loss of the booth's memory."""
    counts = {kind: count - before.get(kind, 0) if is_same_boot else count for kind, count in now.items()}
    return {kind: now[kind] if more < 0 else more for kind, more in counts.items() if more}


def look_of(state: State) -> Look:
    """The worst of what a state says."""
    severities = {FAULTS[code].severity for code in state.faults if code in FAULTS}
    if Severity.STOPS in severities or state.mode == Mode.OUT_OF_SERVICE:
        return Look.STOPS
    if state.mode != Mode.IN_SERVICE:
        return Look.CLOSED
    if Severity.WARNING in severities or not (state.window_up and state.shell_up):
        return Look.WARNING
    return Look.GOOD


def bars(spans: list[Span], from_ms: int, to_ms: int) -> list[Bar]:
    """A line without holes between two moments: neighbours of one look are one bar, what nothing was heard of is silent.

    `spans` in order of their beginning.
    """
    found: list[Bar] = []
    at_ms = from_ms
    for span in spans:
        begin, end = max(span.from_ms, at_ms), min(span.to_ms, to_ms)
        if end <= begin:
            continue
        if begin > at_ms:
            _add(found, Look.SILENT, at_ms, begin)
        _add(found, look_of(span.state), begin, end)
        at_ms = end
    if at_ms < to_ms:
        _add(found, Look.SILENT, at_ms, to_ms)
    return found


def _add(found: list[Bar], look: Look, from_ms: int, to_ms: int) -> None:
    if found and found[-1].look is look:
        from_ms = found.pop().from_ms
    found.append(Bar(look=look, from_ms=from_ms, to_ms=to_ms))


def shares(found: list[Bar]) -> dict[Look, int]:
    """Milliseconds of each look."""
    return {look: sum(bar.to_ms - bar.from_ms for bar in found if bar.look is look) for look in Look}
