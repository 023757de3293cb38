"""When a facility is open: hours of weekdays and of single dates, in its own zone, as windows of a day."""

import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from central.schedule.model import Window

MINUTES_OF_DAY = 1440
WEEKDAYS = 7


class Hours(Struct, frozen=True, order=True):
    """Open from a minute of the day to another: 09.00 to 11.00 is 540 to 660."""

    from_minute: int
    to_minute: int

    def __post_init__(self) -> None:
        """Raise ValueError for hours that no day has."""
        if not 0 <= self.from_minute < self.to_minute <= MINUTES_OF_DAY:
            raise ValueError(f"opening from minute {self.from_minute} to {self.to_minute} is not within one day")


class Opening(Struct, frozen=True, kw_only=True):
    """All opening hours of a facility. `week`: by weekday, Monday is 0. `dates`: in place of them; none at all is a holiday."""

    timezone: str
    week: Mapping[int, Sequence[Hours]]
    dates: Mapping[date, Sequence[Hours]] = {}

    def hours_of(self, day: date) -> tuple[Hours, ...]:
        """What holds on that date: in order, and what touches or overlaps is one."""
        found = self.dates[day] if day in self.dates else self.week.get(day.weekday(), ())
        return joined(found)

    def windows(self, day: date) -> tuple[Window, ...]:
        """The windows of that date in central's time."""
        zone = zoneinfo.ZoneInfo(self.timezone)
        return tuple(
            Window(_instant(day, hours.from_minute, zone), _instant(day, hours.to_minute, zone))
            for hours in self.hours_of(day)
        )

    def day_of(self, at_ms: int) -> date:
        """The date there at an instant."""
        return datetime.fromtimestamp(at_ms / 1000, zoneinfo.ZoneInfo(self.timezone)).date()

    def open_days(self, first: date, *, ahead: int) -> tuple[date, ...]:
        """The dates with opening hours among `first` and those that follow, `ahead` in all."""
        days = (first + timedelta(days=after) for after in range(ahead))
        return tuple(day for day in days if self.hours_of(day))


def joined(hours: Sequence[Hours]) -> tuple[Hours, ...]:
    """The same hours in order, without any overlap."""
    found: list[Hours] = []
    for each in sorted(hours):
        if found and each.from_minute <= found[-1].to_minute:
            last = found.pop()
            each = Hours(last.from_minute, max(last.to_minute, each.to_minute))
        found.append(each)
    return tuple(found)


def _instant(day: date, minute: int, zone: zoneinfo.ZoneInfo) -> int:
    """Midnight's date may be the next one: minute 1440."""
    whole = day + timedelta(days=minute // MINUTES_OF_DAY)
    within = minute % MINUTES_OF_DAY
    moment = datetime(whole.year, whole.month, whole.day, within // 60, within % 60, tzinfo=zone)
    return int(moment.timestamp() * 1000)
