"""A facility's days as a form: opening hours and limits in the words people use, read back and checked field by field; pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from central.schedule.windows import Hours, joined
from central.store.schedules import Minutes, Schedule

SPAN = re.compile(r"([0-2]?\d)(?:[.:]([0-5]\d))?-([0-2]?\d)(?:[.:]([0-5]\d))?")
UNTIL = re.compile(r"\s*(?:-|\u2013|s\.?d\.?|sampai|to)\s*", re.IGNORECASE)
CLOSED = ("", "-", "tutup", "closed")
NUMBER = re.compile(r"\d{1,6}(?:[.,]\d)?")
SECONDS = re.compile(r"(\d{1,5})\s*(?:s|dtk|detik|sec|seconds?)", re.IGNORECASE)
LEAST_S = 10
"""A talk as short as a booth takes; less than a minute is only ever typed in seconds."""
DATES_AT_MOST = 100


class Field(Struct, frozen=True, kw_only=True):
    """A number of the schedule. `unit`: how many of its own are one as it is typed; bounds as typed."""

    key: str
    unit: int
    least: float
    most: float


FIELDS = (
    Field(key="floor_s", unit=60, least=1, most=240),
    Field(key="default_s", unit=60, least=1, most=240),
    Field(key="ceiling_s", unit=60, least=1, most=240),
    Field(key="change_over_s", unit=1, least=0, most=3600),
    Field(key="grace_s", unit=60, least=1, most=60),
    Field(key="lead_s", unit=60, least=0, most=240),
    Field(key="notice_s", unit=60, least=0, most=1440),
    Field(key="quota_day", unit=1, least=0, most=20),
    Field(key="quota_month", unit=1, least=0, most=200),
    Field(key="most_waiting", unit=1, least=0, most=1000),
    Field(key="most_by_phone", unit=1, least=1, most=20),
    Field(key="days_ahead", unit=1, least=0, most=60),
    Field(key="keep_days", unit=1, least=1, most=366),
)


class WrongSchedule(Exception):
    """Which fields are wrong: field -> key of the sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def shown(schedule: Schedule, *, comma: str) -> dict[str, str]:
    """Every field as it is shown; `comma`: how the language writes a half."""
    found = {f"week_{at}": _spans(spans) for at, spans in enumerate(schedule.week)}
    found["dates"] = "\n".join(f"{day} {_spans(spans) or 'tutup'}" for day, spans in sorted(schedule.dates.items()))
    found["registration"] = "yes" if schedule.registration else ""
    numbers = msgspec.to_builtins(schedule)
    for field in FIELDS:
        found[field.key] = _amount(numbers[field.key], field, comma)
    return found


def _amount(amount: int, field: Field, comma: str) -> str:
    """In its unit, with a half at the most; minutes that are neither whole nor half in seconds."""
    if amount * 2 % field.unit or (0 < amount < field.unit):
        return f"{amount} s"
    return f"{amount / field.unit:g}".replace(".", comma)


def read(form: Mapping[str, str], before: Schedule) -> Schedule:
    """The schedule that was typed; raises WrongSchedule naming every field."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = msgspec.to_builtins(before)
    week = [_taken(f"week_{at}", form, errors, _hours) for at in range(7)]
    values["week"] = [spans if spans is not None else [] for spans in week]
    values["dates"] = _taken("dates", form, errors, _dates) or {}
    values["registration"] = form.get("registration") == "yes"
    for field in FIELDS:
        values[field.key] = _number(field, form, errors)
    if not errors and not values["floor_s"] <= values["default_s"] <= values["ceiling_s"]:
        errors["default_s"] = "hours.wrong.rise"
    if errors:
        raise WrongSchedule(errors)
    return msgspec.convert(values, Schedule)


def _taken(key: str, form: Mapping[str, str], errors: dict[str, str], parse: Any) -> Any:
    try:
        return parse(form.get(key, ""))
    except ValueError:
        errors[key] = "hours.wrong.dates" if key == "dates" else "hours.wrong.hours"
        return None


def _hours(typed: str) -> list[Minutes]:
    """Hours of a day, several with commas; raises ValueError."""
    if typed.strip().casefold() in CLOSED:
        return []
    found: list[Hours] = []
    for part in typed.split(","):
        match = SPAN.fullmatch(UNTIL.sub("-", part.strip()))
        if match is None:
            raise ValueError(part)
        begins, begin_minute, ends, end_minute = (int(each or 0) for each in match.groups())
        found.append(Hours(begins * 60 + begin_minute, ends * 60 + end_minute))
    return [(each.from_minute, each.to_minute) for each in joined(found)]


def _dates(typed: str) -> dict[str, list[Minutes]]:
    """A line a date: 2026-12-25 closed; raises ValueError."""
    found: dict[str, list[Minutes]] = {}
    for line in typed.splitlines():
        if line.strip():
            day, _, rest = line.strip().partition(" ")
            found[date.fromisoformat(day).isoformat()] = _hours(rest)
    if len(found) > DATES_AT_MOST:
        raise ValueError(len(found))
    return found


def _number(field: Field, form: Mapping[str, str], errors: dict[str, str]) -> int:
    typed = form.get(field.key, "").strip()
    seconds = SECONDS.fullmatch(typed) if field.unit > 1 else None
    if seconds is not None and min(LEAST_S, field.least * field.unit) <= int(seconds[1]) <= field.most * field.unit:
        return int(seconds[1])
    value = float(typed.replace(",", ".")) if NUMBER.fullmatch(typed) else -1.0
    amount = value * field.unit
    if not field.least <= value <= field.most or amount != int(amount):
        errors[field.key] = "hours.wrong.number" if field.unit == 1 else "hours.wrong.minutes"
        return 0
    return int(amount)


def _spans(spans: tuple[Minutes, ...]) -> str:
    return ", ".join(f"{a // 60:02}.{a % 60:02}-{b // 60:02}.{b % 60:02}" for a, b in spans)
