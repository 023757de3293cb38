"""Reports: the figures of a period on a page, as a sheet to be signed, and as files; nobody's family is named in any of them."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, Router, get
from msgspec import Struct

from central.context import Central
from central.reports import period as periods
from central.reports.compose import Report, compose
from central.reports.period import Period, WrongPeriod, around
from central.staff import pages, report_files, report_view
from central.staff.gate import denied, gate, staff_of, words_of
from central.staff.report_view import Naming
from central.staff.words import Words, zone
from central.store import facilities, reports, staff, terminals
from central.store.facilities import Facility
from central.store.staff import Role

ALL = "all"
ALL_ZONE = "Asia/Jakarta"
"""Whose clock says what today is where all facilities are shown together."""

MOST_DAYS_ALL = 100
"""Of all facilities together: a month of 600 is half a million calls, which one person's page may not add up by the year."""

AnyRequest = Request[Any, Any, Any]


class Asked(Struct, frozen=True, kw_only=True):
    """What a request asks for: `place` is a facility's id, or all; `chosen` the facilities that are read."""

    theirs: list[Facility]
    chosen: list[Facility]
    place: str
    may_all: bool
    period: Period
    today: date
    wrong: str = ""

    @property
    def timezone(self) -> str:
        """Whose clock the page goes by."""
        return ALL_ZONE if self.place == ALL else self.chosen[0].settings.timezone

    def query(self, period: Period) -> str:
        """The address of another period of the same place."""
        return urlencode({"facility": self.place, "from": period.first.isoformat(), "to": period.last.isoformat()})


class Span(Struct, frozen=True):
    """A quick choice."""

    name: str
    query: str
    is_here: bool


@get("/reports", opt={"role": Role.VIEWER})
async def reports_page(request: AnyRequest) -> Response[Any]:
    """The figures of a period; this month unless another is asked for."""
    asked = await _asked(request)
    if asked is None:
        return denied(request, "board.none", 404)
    said = words_of(request)
    known = await _known(request, asked)
    return pages.page(
        "reports.html",
        said,
        **known,
        before=asked.query(asked.period.beside(-1)),
        after=asked.query(asked.period.beside(1)),
        spans=_spans(asked),
        places=sorted(asked.theirs, key=lambda each: each.name),
        may_all=asked.may_all,
        period=asked.period,
        wrong=said.say(f"report.wrong.{asked.wrong}") if asked.wrong else "",
    )


@get("/reports/print", opt={"role": Role.VIEWER})
async def print_page(request: AnyRequest) -> Response[Any]:
    """The same on A4, with room for signatures."""
    asked = await _asked(request)
    if asked is None:
        return denied(request, "board.none", 404)
    said, now = words_of(request), Central.of(request).clock()
    made_on = said.date(now, asked.timezone) + f" {asked.today.year}"
    made_at = f"{said.time(now, asked.timezone)} {zone(now, asked.timezone)}"
    known = await _known(request, asked)
    return pages.page("report_print.html", said, **known, made_on=made_on, made_at=made_at)


@get("/reports/laporan.csv", opt={"role": Role.VIEWER})
async def as_csv(request: AnyRequest) -> Response[Any]:
    """All tables as one CSV file."""
    return await _file(request, "csv")


@get("/reports/laporan.xlsx", opt={"role": Role.VIEWER})
async def as_xlsx(request: AnyRequest) -> Response[Any]:
    """All tables as a workbook, a sheet each."""
    return await _file(request, "xlsx")


async def _file(request: AnyRequest, kind: str) -> Response[Any]:
    asked = await _asked(request)
    if asked is None:
        return denied(request, "board.none", 404)
    central, who, said = Central.of(request), staff_of(request), words_of(request)
    report, names = await _report(request, asked)
    body = report_files.FILES[kind](report, said, names)
    days = f"{asked.period.first.isoformat()}_{asked.period.last.isoformat()}"
    async with central.database.write() as tx:
        detail = {"kind": kind, "from": asked.period.first.isoformat(), "to": asked.period.last.isoformat()}
        await staff.note(
            tx, user=who.user.name, act="report", subject=asked.place, detail=detail, now_ms=central.clock()
        )
    named = f'attachment; filename="{said.say("report.file.name")}-{days}.{kind}"'
    headers = {"content-disposition": named, "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(body, media_type=report_files.TYPES[kind], headers=headers)


async def _known(request: AnyRequest, asked: Asked) -> dict[str, Any]:
    said = words_of(request)
    report, names = await _report(request, asked)
    return {
        "view": report_view.view(report, said, names),
        "period_name": report_view.period_name(report, said),
        "place": asked.place,
        "place_name": _place_name(asked, said),
        "here": asked.query(asked.period),
    }


async def _report(request: AnyRequest, asked: Asked) -> tuple[Report, Naming]:
    is_one, with_officers = asked.place != ALL, staff_of(request).may(Role.SUPERVISOR)
    async with Central.of(request).database.read() as db:
        found = await reports.read(db, asked.chosen, asked.period, with_officers=with_officers)
        booths = await terminals.every(db, asked.place if is_one else None)
    names = report_view.naming(asked.chosen, booths, is_one=is_one, with_officers=with_officers)
    return compose(asked.period, found), names


def _place_name(asked: Asked, said: Words) -> str:
    return said.say("report.all") if asked.place == ALL else asked.chosen[0].name


async def _asked(request: AnyRequest) -> Asked | None:
    """None for somebody who may see no facility; a facility that is not theirs is not shown, and never hinted at."""
    who, central = staff_of(request), Central.of(request)
    async with central.database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    if not theirs:
        return None
    may_all = who.user.facility_id is None and len(theirs) > 1
    wanted = request.query_params.get("facility", "")
    first = next((each for each in theirs if each.id == wanted), theirs[0])
    is_all = may_all and wanted == ALL
    today = periods.today(central.clock(), ALL_ZONE if is_all else first.settings.timezone)
    period, wrong = _period(request, today, most_days=MOST_DAYS_ALL if is_all else periods.MOST_DAYS)
    return Asked(
        theirs=theirs,
        chosen=theirs if is_all else [first],
        place=ALL if is_all else first.id,
        may_all=may_all,
        period=period,
        today=today,
        wrong=wrong,
    )


def _period(request: AnyRequest, today: date, *, most_days: int) -> tuple[Period, str]:
    """What was asked for, or this month and what was wrong with it."""
    first, last = (request.query_params.get(name, "") for name in ("from", "to"))
    if not first and not last:
        return around(today, "month"), ""
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
    except WrongPeriod as wrong:
        return around(today, "month"), wrong.key
    except ValueError:
        return around(today, "month"), "day"
    return (period, "") if len(period.days) <= most_days else (around(today, "month"), "long_all")


def _spans(asked: Asked) -> list[Span]:
    today, week = asked.today, timedelta(days=7)
    this_month = around(today, "month")
    named = {
        "today": around(today, "day"),
        "yesterday": around(today - timedelta(days=1), "day"),
        "this_week": around(today, "week"),
        "last_week": around(today - week, "week"),
        "this_month": this_month,
        "last_month": this_month.beside(-1),
    }
    return [Span(name, asked.query(period), period == asked.period) for name, period in named.items()]


reports_router = Router(
    path="/",
    before_request=gate,
    include_in_schema=False,
    route_handlers=[reports_page, print_page, as_csv, as_xlsx],
)
