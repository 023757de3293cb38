"""What the page of the trail shows, and the same as a table for a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from central.staff.words import Words
from central.store.audit import Line, Wanted
from central.store.facilities import Facility

MARKS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula."""


class Filter(Struct, frozen=True, kw_only=True):
    """What somebody chose on the page, as they chose it; empty: everything."""

    who: str = ""
    what: str = ""
    terminal: str = ""
    day: str = ""
    before: str = ""


def chosen(query: Any) -> Filter:
    """What the address of the page says."""
    return Filter(**{name: str(query.get(name, ""))[:100] for name in Filter.__struct_fields__})


def wanted(filter_: Filter, facility: Facility | None, *, limited: bool) -> Wanted:
    """The lines that fit; `limited`: nothing but what concerns the facility. A day that is none is no filter."""
    zone = ZoneInfo("Asia/Jakarta" if facility is None else facility.settings.timezone)
    begin, end = _day(filter_.day, zone)
    is_number = filter_.before.isascii() and filter_.before.isdecimal() and len(filter_.before) < 16
    return Wanted(
        facility_id=facility.id if facility is not None and limited else None,
        user=filter_.who or None,
        act=filter_.what or None,
        terminal_id=filter_.terminal or None,
        from_ms=begin,
        until_ms=end,
        before=int(filter_.before) if is_number else None,
    )


def _day(word: str, zone: ZoneInfo) -> tuple[int | None, int | None]:
    try:
        day = date.fromisoformat(word)
        return _instant(day, zone), _instant(day + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        return None, None


def _instant(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def act_name(said: Words, act: str) -> str:
    """An act in words; one that nobody wrote words for as it is."""
    key = f"audit.act.{act}"
    return said.say(key) if said.has(key) else act


def detail_text(said: Words, line: Line) -> str:
    """What else is known of an act: `name: old -> new` where something changed, else `name: value`."""
    return "; ".join(
        f"{_called(said, line.act, key)}: {_value(value)}"
        for key, value in line.detail.items()
        if value is not None and value not in ("", [], {})
    )


def _called(said: Words, act: str, key: str) -> str:
    for candidate in (f"settings.name.{key}" if act == "settings" else "", f"audit.detail.{key}"):
        if said.has(candidate):
            return said.say(candidate)
    return key


def _value(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{value[0] or '-'} → {value[1] or '-'}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def heading(said: Words) -> str:
    """The first line of the table, as CSV."""
    text = io.StringIO()
    csv.writer(text).writerow([said.say(f"audit.{key}") for key in ("when", "who", "what", "subject", "detail")])
    return text.getvalue()


def table(said: Words, lines: list[Line], names: dict[str, str], timezone: str) -> str:
    """The lines as CSV; times as the facility's clock shows them, and no cell that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text)
    zone = ZoneInfo(timezone)
    for line in lines:
        when = datetime.fromtimestamp(line.at_ms / 1000, UTC).astimezone(zone)
        subject = f"{names.get(line.subject, '')} {line.subject}".strip()
        cells = (line.user, act_name(said, line.act), subject, detail_text(said, line))
        writer.writerow([when.isoformat(sep=" ", timespec="seconds"), *map(plain, cells)])
    return text.getvalue()


def plain(cell: str) -> str:
    """A cell that is text in every spreadsheet."""
    return f"'{cell}" if cell.startswith(MARKS) else cell
