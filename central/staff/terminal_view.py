"""What the pages of terminals show: each one's state now, how it was over a week, and what became of what was asked of it."""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from central.board import board
from central.board_model import Alarm, Clone, Tile
from central.context import Central
from central.health import Bar, Look, Span, bars, shares
from central.staff.board_rows import board_rows
from central.store import care, commands, health, terminals
from central.store.care import Diagnosed, FaultMoved
from central.store.commands import Issued
from central.store.facilities import Facility
from central.store.terminals import Terminal
from protocol.diagnosis import AREAS, FINDINGS, Found, Verdict
from protocol.terminal import MachineFacts, TerminalStatus

DAYS = 7
DAY_MS = 86_400_000
TOO_LATE_MS = 10**15
WIDTH = 1440
"""A day's line is drawn a minute a unit."""
COMMANDS_SHOWN = 25
FAULTS_SHOWN = 25
FRESH_MS = 150_000
"""A page that waits for an answer looks again by itself for so long."""


class Row(Struct, frozen=True, kw_only=True):
    """One terminal and what it is now; `tile` is None for one that was revoked."""

    terminal: Terminal
    tile: Tile | None
    alarms: tuple[Alarm, ...]
    status: TerminalStatus | None
    seen_at_ms: int | None


class Piece(Struct, frozen=True, kw_only=True):
    """One bar of a day's line, in units of its drawing."""

    look: Look
    x: float
    width: float
    from_ms: int
    to_ms: int


class Day(Struct, frozen=True, kw_only=True):
    """A day of a terminal: its line, and how many seconds of it were good and silent so far."""

    at_ms: int
    pieces: tuple[Piece, ...]
    good_s: int
    silent_s: int
    past_s: int


class Line(Struct, frozen=True, kw_only=True):
    """One line of a diagnosis, its sentences filled; by language: what was looked at, what was found, what to do."""

    code: str
    verdict: Verdict
    area: dict[str, str]
    said: dict[str, str]
    todo: dict[str, str]


class EscapeRow(Struct, frozen=True, kw_only=True):
    """Attempts of one kind: by day, the oldest first, and in all."""

    kind: str
    counts: tuple[int, ...]
    total: int


class Detail(Struct, frozen=True, kw_only=True):
    """All that the page of one terminal shows."""

    row: Row
    machine: MachineFacts | None
    clones: tuple[Clone, ...]
    days: tuple[Day, ...]
    diagnosed: Diagnosed | None
    lines: tuple[Line, ...]
    escapes: tuple[EscapeRow, ...]
    commands: tuple[Issued, ...]
    faults: tuple[FaultMoved, ...]
    waits: bool


async def rows(central: Central, facility: Facility) -> list[Row]:
    """Every terminal of a facility, by its name as people count."""
    now = central.clock()
    found = await board_rows(central, facility, now)
    made = board(found, now)
    tiles = {tile.terminal_id: tile for tile in made.tiles}
    told = {row.id: row for row in found.terminals}
    async with central.database.read() as db:
        every = await terminals.every(db, facility.id)
    return [
        Row(
            terminal=each,
            tile=tiles.get(each.id),
            alarms=tuple(alarm for alarm in made.alarms if alarm.terminal == each.name and each.id in tiles),
            status=told[each.id].status if each.id in told else None,
            seen_at_ms=told[each.id].seen_at_ms if each.id in told else None,
        )
        for each in sorted(every, key=lambda each: (each.revoked_at_ms is not None, in_order(each.name)))
    ]


def in_order(name: str) -> list[tuple[int, int, str]]:
    """Bilik 2 before Bilik 10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name.lower()) if part
    ]


async def detail(central: Central, terminal: Terminal) -> Detail | None:
    """The page of one terminal; None if it has gone meanwhile."""
    now, zone = central.clock(), terminal.facility.settings.timezone
    row = next((each for each in await rows(central, terminal.facility) if each.terminal.id == terminal.id), None)
    if row is None:
        return None
    starts = day_starts(now, zone)
    async with central.database.read() as db:
        spans = await health.between(db, terminal.id, starts[0], now)
        escapes = await health.escapes(db, terminal.id, starts[0])
        diagnosed = await care.newest_diagnosis(db, terminal.id)
        asked = await commands.of_terminal(db, terminal.id, COMMANDS_SHOWN)
        faults = await care.fault_changes(db, terminal.id, FAULTS_SHOWN)
        machine = await terminals.machine(db, terminal.id)
    line = bars(spans, min(now, _known_since(terminal, spans, starts[0])), now)
    return Detail(
        row=row,
        machine=machine,
        clones=() if row.tile is None else row.tile.clones,
        days=tuple(_day(line, begin, now) for begin in reversed(starts)),
        diagnosed=diagnosed,
        lines=() if diagnosed is None else lines_of(diagnosed),
        escapes=escape_rows(escapes, starts),
        commands=tuple(asked),
        faults=tuple(faults),
        waits=any(each.state == "pending" and now - each.issued_at_ms < FRESH_MS for each in asked),
    )


def _known_since(terminal: Terminal, spans: list[Span], from_ms: int) -> int:
    """From when on it is news that nothing was heard: not before it was enrolled, or first heard of."""
    begun = [span.from_ms for span in spans[:1]] + (
        [] if terminal.enrolled_at_ms is None else [terminal.enrolled_at_ms]
    )
    return max(from_ms, min(begun)) if begun else TOO_LATE_MS


def day_starts(now_ms: int, timezone: str) -> list[int]:
    """When the last days began there, the oldest first, today last."""
    zone = ZoneInfo(timezone)
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000) for day in days]


def _day(line: list[Bar], begin_ms: int, now_ms: int) -> Day:
    end_ms = min(begin_ms + DAY_MS, now_ms)
    cut = [
        Bar(look=bar.look, from_ms=max(bar.from_ms, begin_ms), to_ms=min(bar.to_ms, end_ms))
        for bar in line
        if bar.to_ms > begin_ms and bar.from_ms < end_ms
    ]
    share = shares(cut)
    return Day(
        at_ms=begin_ms,
        pieces=tuple(
            Piece(
                look=bar.look,
                x=round((bar.from_ms - begin_ms) * WIDTH / DAY_MS, 2),
                width=round(max(bar.to_ms - bar.from_ms, DAY_MS / WIDTH) * WIDTH / DAY_MS, 2),
                from_ms=bar.from_ms,
                to_ms=bar.to_ms,
            )
            for bar in cut
        ),
        good_s=share[Look.GOOD] // 1000,
        silent_s=share[Look.SILENT] // 1000,
        past_s=max(0, end_ms - begin_ms) // 1000,
    )


def lines_of(diagnosed: Diagnosed) -> tuple[Line, ...]:
    """What was found, in the table's words; what a newer booth found that this central does not know is shown as its code."""
    return tuple(_line(found) for found in diagnosed.made.found)


def _line(found: Found) -> Line:
    row = FINDINGS.get(found.finding)
    if row is None:
        same = dict.fromkeys(("id", "en"), found.finding)
        return Line(code=found.finding, verdict=Verdict.UNKNOWN, area=same, said=same, todo=same)
    gaps = defaultdict(lambda: "?", found.gaps)
    area_id, area_en = AREAS[row.area]
    return Line(
        code=row.code,
        verdict=row.verdict,
        area={"id": area_id, "en": area_en},
        said={"id": row.sentence_id.format_map(gaps), "en": row.sentence_en.format_map(gaps)},
        todo={"id": row.todo_id, "en": row.todo_en},
    )


def escape_rows(escapes: list[tuple[int, str, int]], starts: list[int]) -> tuple[EscapeRow, ...]:
    """Attempts by kind and day, the most frequent kind first."""
    found: dict[str, list[int]] = {}
    for hour_ms, kind, count in escapes:
        at = sum(begin <= hour_ms for begin in starts) - 1
        if at >= 0:
            found.setdefault(kind, [0] * len(starts))[at] += count
    made = [EscapeRow(kind=kind, counts=tuple(counts), total=sum(counts)) for kind, counts in found.items()]
    return tuple(sorted(made, key=lambda row: (-row.total, row.kind)))
