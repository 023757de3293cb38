"""The day on paper: the list to be printed before central is missed, and the form for what was written on it."""

from datetime import date
from typing import Any

from litestar import Request, Response, Router, get, post

from central.context import Central
from central.staff import day_paper, pages
from central.staff.acts import Refused
from central.staff.day_paper import WrongLines
from central.staff.gate import denied, gate, staff_of, words_of
from central.store import facilities
from central.store.facilities import Facility
from central.store.paper import PaperResult
from central.store.staff import Role

EMPTY_LINES = 6

AnyRequest = Request[Any, Any, Any]


@get("/day-list", opt={"role": Role.OFFICER})
async def list_page(request: AnyRequest) -> Response[Any]:
    """The printed list of a day, with boxes for a pen; empty lines for walk-ins at its end."""
    facility = await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    central = Central.of(request)
    try:
        async with central.database.read() as db:
            when, lines = await day_paper.lines(db, facility, _when(request), now_ms=central.clock())
    except Refused as refused:
        return denied(request, refused.key, 404)
    return pages.page(
        "day_list.html",
        words_of(request),
        facility=facility,
        timezone=facility.settings.timezone,
        when=when,
        lines=lines,
        empty=range(EMPTY_LINES),
        short_name=day_paper.short_name,
        with_phones="phones" in request.query_params,
        now_ms=central.clock(),
        user_name=staff_of(request).user.name,
    )


@get("/day-paper", opt={"role": Role.OFFICER})
async def paper_page(request: AnyRequest) -> Response[Any]:
    """The form: one line a turn, in the order of the printed list."""
    return await _form(request)


@post("/day-paper", opt={"role": Role.OFFICER})
async def enter(request: AnyRequest) -> Response[Any]:
    """Store all lines that were filled in, or none."""
    facility, when = await _facility(request), _when(request)
    if facility is None or when is None:
        return denied(request, "board.none", 404)
    central, said = Central.of(request), words_of(request)
    try:
        count = await day_paper.enter(central, staff_of(request), facility, when, request.state.form)
    except WrongLines as wrong:
        return await _form(request, errors=wrong.errors, status_code=409)
    return await _form(request, note=said.say("paper.done", n=count))


async def _form(
    request: AnyRequest, *, note: str = "", errors: dict[str, str] | None = None, status_code: int = 200
) -> Response[Any]:
    facility = await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    central = Central.of(request)
    try:
        async with central.database.read() as db:
            when, lines = await day_paper.lines(db, facility, _when(request), now_ms=central.clock())
    except Refused as refused:
        return denied(request, refused.key, 404)
    return pages.page(
        "day_paper.html",
        words_of(request),
        status_code=status_code,
        facility=facility,
        timezone=facility.settings.timezone,
        when=when,
        lines=lines,
        results=tuple(PaperResult),
        typed=request.state.form if errors else {},
        errors=errors or {},
        note=note,
        csrf=staff_of(request).csrf,
    )


async def _facility(request: AnyRequest) -> Facility | None:
    """The one asked for, if it is theirs, or the first of theirs."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    return next(iter(sorted(theirs, key=lambda each: each.id != asked)), None)


def _when(request: AnyRequest) -> date | None:
    """The day asked for; None for today, and for what is no day."""
    try:
        return date.fromisoformat(request.query_params.get("day", ""))
    except ValueError:
        return None


paper_router = Router(
    path="/", before_request=gate, include_in_schema=False, route_handlers=[list_page, paper_page, enter]
)
