"""`bilik-central schedule`: a facility's opening hours, holidays and rules of the queue."""

import argparse
import re
from datetime import date
from typing import Any

import msgspec

from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.store import facilities, schedules, staff
from central.store.engine import Database
from central.store.schedules import Schedule
from central.time import now_ms

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(r"([0-2]\d)[.:]([0-5]\d)-([0-2]\d)[.:]([0-5]\d)")
NOT_NUMBERS = ("week", "dates")


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "schedule", "opening hours, holidays and the rules of the queue")
    change = command(actions, "set", "change a facility's schedule; the first time makes one", _set)
    change.add_argument("facility")
    change.add_argument(
        "--open",
        action="append",
        default=[],
        metavar="DAYS=HOURS",
        help="mon-sat=09:00-12:00,13:00-15:00; all days that are not named in any --open are closed",
    )
    change.add_argument(
        "--date", action="append", default=[], metavar="DATE=HOURS", help="2026-12-25=closed, or hours, or weekday"
    )
    change.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    show = command(actions, "show", "a facility's schedule", _show)
    show.add_argument("facility")


async def _set(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        if await facilities.get(tx, args.facility) is None:
            raise Unusable(f"there is no facility {args.facility}; see: bilik-central facility list")
        changed = _changed(await schedules.get(tx, args.facility) or Schedule(), args)
        try:
            await schedules.put(tx, args.facility, changed)
        except ValueError as error:
            raise Unusable(f"this schedule contradicts itself: {error}") from error
        await staff.note(tx, user=BY, act="schedule", subject=args.facility, detail={}, now_ms=now_ms())
    return _outcome(changed)


async def _show(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = await schedules.get(db, args.facility)
    if found is None:
        raise Unusable(f"{args.facility} has no schedule; make one with: bilik-central schedule set {args.facility}")
    return _outcome(found)


def _changed(schedule: Schedule, args: argparse.Namespace) -> Schedule:
    values: dict[str, Any] = msgspec.to_builtins(schedule)
    if args.open:
        values["week"] = _week(args.open)
    for pair in args.date:
        day, word = _pair(pair, "--date", "2026-12-25=closed")
        _check_date(day)
        values["dates"].pop(day, None)
        if word != "weekday":
            values["dates"][day] = _hours(word)
    for pair in args.settings:
        key, word = _pair(pair, "--set", "floor_s=300")
        if key not in values or key in NOT_NUMBERS:
            allowed = ", ".join(sorted(set(values) - set(NOT_NUMBERS)))
            raise Unusable(f"{key} is no setting of a schedule; there are: {allowed}")
        values[key] = word
        try:
            msgspec.convert(values, Schedule, strict=False)
        except msgspec.ValidationError as error:
            raise Unusable(f"{key}={word}: {error}") from error
    return msgspec.convert(values, Schedule, strict=False)


def _pair(pair: str, flag: str, example: str) -> tuple[str, str]:
    key, equals, word = pair.partition("=")
    if not equals:
        raise Unusable(f"{flag} {pair}: write it as in {flag} {example}")
    return key.strip().lower(), word.strip().lower()


def _week(pairs: list[str]) -> list[list[list[int]]]:
    week: list[list[list[int]]] = [[] for _ in DAYS]
    for pair in pairs:
        days, word = _pair(pair, "--open", "mon-sat=09:00-12:00")
        for at in _days(days):
            week[at] += _hours(word)
    return week


def _days(words: str) -> list[int]:
    found: list[int] = []
    for word in words.split(","):
        first, _, last = word.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise Unusable(f"{word} is no weekday; there are: {', '.join(DAYS)}, and mon-sat from one to another")
        found += range(DAYS.index(first), DAYS.index(last or first) + 1)
    return found


def _hours(word: str) -> list[list[int]]:
    if word == "closed":
        return []
    found = []
    for span in word.split(","):
        match = HOURS.fullmatch(span)
        if match is None:
            raise Unusable(f"{span} are no hours: write 09:00-12:00, or several with commas, or closed")
        begins, begin_minute, ends, end_minute = (int(part) for part in match.groups())
        found.append([begins * 60 + begin_minute, ends * 60 + end_minute])
    if any(not 0 <= begin < end <= 1440 for begin, end in found):
        raise Unusable(f"{word}: hours go from an earlier to a later time of one day")
    return found


def _check_date(day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise Unusable(f"{day} is no date: write 2026-12-25") from error


def _outcome(schedule: Schedule) -> Outcome:
    data = msgspec.to_builtins(schedule)
    lines = [f"{day}: {_shown(schedule.week[at])}" for at, day in enumerate(DAYS)]
    lines += [f"{day}: {_shown(spans)}" for day, spans in sorted(schedule.dates.items())]
    lines += [f"{key}={value}" for key, value in data.items() if key not in NOT_NUMBERS]
    return Outcome(data, "\n".join(lines))


def _shown(spans: tuple[tuple[int, int], ...]) -> str:
    times = (f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)
    return ",".join(times) or "closed"
