"""A day by booth as a picture: a line of time for every booth and a block for every turn; pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from central.days.facts import DayFacts
from central.store.sessions import CallSession

MINUTE_MS = 60_000
LEAST_SCALE = 5.0
BLOCK_WIDTH = 48.0
MOST_WIDTH = 12_000
LABEL_WIDTH = 26
LEFT = 10
ROW = 62
TOP = 30
LEAST_MINUTES = 60


class Scale(Struct, frozen=True):
    """How instants and lengths are drawn."""

    from_ms: int
    of_minute: float

    def x(self, at_ms: int) -> float:
        """Where an instant is."""
        return round(LEFT + (at_ms - self.from_ms) / MINUTE_MS * self.of_minute, 1)

    def width(self, length_ms: int) -> float:
        """How wide a length of time is."""
        return round(length_ms / MINUTE_MS * self.of_minute, 1)


class Block(Struct, frozen=True, kw_only=True):
    """One turn. `look`: turn, pin (put there by an officer), runs, over; `x` and `width` as they are drawn."""

    session: CallSession
    look: str
    x: float
    width: float
    start_at_ms: int
    talk_s: int

    @property
    def has_label(self) -> bool:
        """Whether its number can be read in it."""
        return self.width >= LABEL_WIDTH


class Lane(Struct, frozen=True, kw_only=True):
    """One booth's line."""

    terminal_id: str
    name: str
    y: int
    blocks: tuple[Block, ...]


class Tick(Struct, frozen=True):
    """A full or half hour."""

    x: float
    at_ms: int
    is_hour: bool


class Line(Struct, frozen=True, kw_only=True):
    """The whole picture. `scale`: so wide is a minute, which begin at `left`.

    `open`: x and width of the opening hours; `now_x`: None on another day.
    """

    from_ms: int
    scale: float
    left: int
    width: float
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    open: tuple[tuple[float, float], ...]
    now_x: float | None


def line(found: DayFacts) -> Line:
    """The picture of a day; empty hours before and after are left out."""
    from_ms, to_ms = _span(found)
    scale = Scale(from_ms, _scale(found, to_ms - from_ms))
    lanes = tuple(
        Lane(
            terminal_id=booth.id,
            name=found.booth_names[booth.id],
            y=TOP + row * ROW,
            blocks=_blocks(found, booth.id, scale),
        )
        for row, booth in enumerate(found.day.booths)
    )
    return Line(
        from_ms=from_ms,
        scale=scale.of_minute,
        left=LEFT,
        width=scale.x(to_ms) + 8,
        height=TOP + ROW * len(lanes),
        lanes=lanes,
        ticks=_ticks(scale, to_ms, found.facility.settings.timezone),
        open=tuple((scale.x(each.from_ms), scale.width(each.to_ms - each.from_ms)) for each in found.day.windows),
        now_x=scale.x(found.day.now_ms) if from_ms <= found.day.now_ms < to_ms else None,
    )


def _span(found: DayFacts) -> tuple[int, int]:
    """From the first thing of the day to the last, in half hours."""
    half = 30 * MINUTE_MS
    shown = [each for each in found.sessions.values() if each.state != "cancelled"]
    begins = [each.from_ms for each in found.day.windows] + [_begun(each) for each in shown]
    ends = [each.to_ms for each in found.day.windows] + [_ends(each) for each in shown]
    if not begins:
        return found.day.now_ms // half * half, found.day.now_ms // half * half + LEAST_MINUTES * MINUTE_MS
    return min(begins) // half * half, -(-max(ends) // half) * half


def _begun(session: CallSession) -> int:
    return session.start_at_ms if session.opened_at_ms is None else session.opened_at_ms


def _ends(session: CallSession) -> int:
    return _begun(session) + (session.talk_s + session.extended_s) * 1000


def _blocks(found: DayFacts, terminal_id: str, scale: Scale) -> tuple[Block, ...]:
    planned = {turn.id: turn for turn in found.plan.turns}
    blocks: list[Block] = []
    for session in found.sessions.values():
        turn = planned.get(session.id)
        if turn is not None and turn.booth == terminal_id:
            look = "pin" if session.pinned_by is not None else "turn"
            blocks.append(_block(session, look, turn.start_at_ms, turn.talk_s, scale))
        elif turn is None and session.terminal_id == terminal_id and session.opened_at_ms is not None:
            look = "runs" if session.state == "open" else "over"
            blocks.append(_block(session, look, _begun(session), session.talk_s + session.extended_s, scale))
    return tuple(sorted(blocks, key=lambda block: block.x))


def _block(session: CallSession, look: str, start: int, talk_s: int, scale: Scale) -> Block:
    width = max(scale.width(talk_s * 1000), 4.0)
    return Block(session=session, look=look, x=scale.x(start), width=width, start_at_ms=start, talk_s=talk_s)


def _ticks(scale: Scale, to_ms: int, timezone: str) -> tuple[Tick, ...]:
    half = 30 * MINUTE_MS
    zone = ZoneInfo(timezone)
    marks: Sequence[int] = range(scale.from_ms, to_ms + 1, half)
    return tuple(Tick(scale.x(at), at, datetime.fromtimestamp(at / 1000, zone).minute == 0) for at in marks)


def _scale(found: DayFacts, length_ms: int) -> float:
    """A usual turn is wide enough for its number, as long as the whole day stays a picture."""
    wanted = BLOCK_WIDTH / (found.schedule.default_s / 60)
    return round(max(LEAST_SCALE, min(wanted, MOST_WIDTH / (length_ms / MINUTE_MS))), 2)
