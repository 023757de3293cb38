"""A period of a facility's own days, and where it lies in central's time, whatever the zone's clocks did meanwhile."""

import calendar
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from msgspec import Struct

MOST_DAYS = 800
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
STEP_MS = 6 * HOUR_MS
EPOCH = date(1970, 1, 1)
YEARS = range(1990, 2200)


class WrongPeriod(Exception):
    """No such period; `key`: what is wrong with it, one of order, long, day."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Stretch(Struct, frozen=True):
    """A part of a period in which the zone's clocks ran evenly: [from, to) of central's time, local time is `offset_ms` ahead."""

    from_ms: int
    to_ms: int
    offset_ms: int


class Period(Struct, frozen=True):
    """From the first day to the last, both included; raises WrongPeriod."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise WrongPeriod("order")
        if (self.last - self.first).days >= MOST_DAYS:
            raise WrongPeriod("long")
        if self.first.year not in YEARS or self.last.year not in YEARS:
            raise WrongPeriod("day")

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    @property
    def kind(self) -> str:
        """`day`, `week` (Monday to Sunday), `month` (whole), or `range`."""
        if self.first == self.last:
            return "day"
        if self.first.weekday() == 0 and self.last - self.first == timedelta(days=6):
            return "week"
        return "month" if self.first.day == 1 and self.last == _month_end(self.first) else "range"

    def beside(self, count: int) -> "Period":
        """The period `count` steps later (earlier if negative), of the same kind and length; itself where the years end."""
        try:
            if self.kind == "month":
                months = self.first.year * 12 + self.first.month - 1 + count
                return around(date(months // 12, months % 12 + 1, 1), "month")
            length = timedelta(days=len(self.days)) * count
            return Period(self.first + length, self.last + length)
        except WrongPeriod:
            return self

    def stretches(self, timezone: str) -> tuple[Stretch, ...]:
        """Its days in that zone, one stretch unless clocks are changed meanwhile; each instant of a day is in one of them, once."""
        zone = ZoneInfo(timezone)
        first_ms, end_ms = _days_ms(self.first), _days_ms(self.last) + DAY_MS
        edges = _changes(zone, first_ms - DAY_MS, end_ms + DAY_MS)
        found = []
        for from_ms, to_ms in pairwise(edges):
            offset = _offset_ms(zone, from_ms)
            stretch = Stretch(max(from_ms, first_ms - offset), min(to_ms, end_ms - offset), offset)
            found += [stretch] if stretch.from_ms < stretch.to_ms else []
        return tuple(found)


def around(day: date, kind: str) -> Period:
    """The day, week or month that this day belongs to."""
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    if kind == "month":
        return Period(day.replace(day=1), _month_end(day))
    return Period(day, day)


def today(now_ms: int, timezone: str) -> date:
    """The date there."""
    return EPOCH + timedelta(days=(now_ms + _offset_ms(ZoneInfo(timezone), now_ms)) // DAY_MS)


def day_of(local_hour: int) -> date:
    """The date of an hour that is counted from 1970 by the clock on the wall."""
    return EPOCH + timedelta(days=local_hour // 24)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _days_ms(day: date) -> int:
    return (day - EPOCH).days * DAY_MS


def _offset_ms(zone: ZoneInfo, at_ms: int) -> int:
    instant = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at_ms)
    offset = instant.astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)


def _changes(zone: ZoneInfo, from_ms: int, to_ms: int) -> list[int]:
    """Both ends, and between them each instant at which the zone's offset changes."""
    edges = [from_ms]
    for at_ms in range(from_ms, to_ms, STEP_MS):
        after_ms = min(at_ms + STEP_MS, to_ms)
        before = _offset_ms(zone, at_ms)
        if _offset_ms(zone, after_ms) != before:
            edges.append(_first_other(zone, at_ms, after_ms, before))
    return [*edges, to_ms]


def _first_other(zone: ZoneInfo, low_ms: int, high_ms: int, before: int) -> int:
    while high_ms - low_ms > 1:
        middle = (low_ms + high_ms) // 2
        if _offset_ms(zone, middle) == before:
            low_ms = middle
        else:
            high_ms = middle
    return high_ms
