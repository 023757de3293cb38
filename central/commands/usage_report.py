"""`bilik-central usage report`: the figures of a period, for people without a browser."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from central.commands.outcome import Outcome, Subparsers, Unusable, command
from central.reports.compose import Report, compose
from central.reports.period import MOST_DAYS, Period, WrongPeriod, around, today
from central.staff import report_files, report_view
from central.staff.report_text import as_text
from central.staff.words import LANGUAGES, words
from central.store import facilities, reports, talk_figures, terminals
from central.store.engine import Database
from central.store.facilities import Facility
from central.time import now_ms

ZONE = "Asia/Jakarta"
WRONG = {
    "order": "--to is before --from",
    "long": f"a report covers at most {MOST_DAYS} days",
    "day": "days are written as 2026-11-21",
}


def add_to(actions: Subparsers) -> None:
    """Put it into the group of usage records."""
    report = command(actions, "report", "the figures of a period; this month unless days are given", _report)
    report.add_argument("--from", dest="first", metavar="DAY", help="2026-11-01")
    report.add_argument("--to", dest="last", metavar="DAY", help="2026-11-30; both days are included")
    report.add_argument("--facility", metavar="ID", help="one facility and its booths; without it: all")
    report.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])
    for kind in report_files.FILES:
        report.add_argument(f"--{kind}", type=Path, metavar="FILE", help="write it there")


async def _report(args: argparse.Namespace, database: Database) -> Outcome:
    period = _period(args.first, args.last)
    await talk_figures.lay_out(database)
    async with database.read() as db:
        places = _places(await facilities.every(db), args.facility)
        booths = await terminals.every(db, args.facility)
        report = compose(period, await reports.read(db, places, period, with_officers=True))
    names = report_view.naming(places, booths, is_one=args.facility is not None, with_officers=True)
    said = words(args.language)
    for kind, write in report_files.FILES.items():
        path: Path | None = getattr(args, kind)
        if path is not None:
            _write(path, write(report, said, names))
    shown = as_text(report_view.period_name(report, said), report_view.view(report, said, names))
    return Outcome(_data(report), shown)


def _period(first: str | None, last: str | None) -> Period:
    if first is None and last is None:
        return around(today(now_ms(), ZONE), "month")
    try:
        return Period(date.fromisoformat(first or last or ""), date.fromisoformat(last or first or ""))
    except WrongPeriod as wrong:
        raise Unusable(WRONG[wrong.key]) from wrong
    except ValueError as error:
        raise Unusable(WRONG["day"]) from error


def _places(every: list[Facility], wanted: str | None) -> list[Facility]:
    found = [each for each in every if wanted in (None, each.id)]
    if wanted is not None and not found:
        raise Unusable(f"there is no facility {wanted}; see: bilik-central facility list")
    return found


def _write(path: Path, body: bytes) -> None:
    try:
        path.write_bytes(body)
    except OSError as error:
        raise Unusable(f"{path}: cannot be written ({error})") from error


def _data(report: Report) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(report)
    return data
