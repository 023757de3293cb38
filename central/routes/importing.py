"""Registrations from a file: the form, its templates, and what is wrong by line and column."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from central.context import Central
from central.days import table_file, wishes
from central.staff import approve_many, day_acts, day_import, pages
from central.staff.day_import import NotImported, Upload
from central.staff.gate import denied, gate, staff_of, words_of
from central.store import facilities, registrations, schedules
from central.store.facilities import Facility
from central.store.registrations import Registration
from central.store.schedules import Schedule
from central.store.staff import Role

NONCE_LENGTH = 64
NAME_LENGTH = 200
FORM_BYTES = table_file.FILE_BYTES + 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

AnyRequest = Request[Any, Any, Any]


@get("/import", opt={"role": Role.OFFICER})
async def import_page(request: AnyRequest) -> Response[Any]:
    """The form and the templates."""
    return await _page(request)


@post("/import", opt={"role": Role.OFFICER}, request_max_body_size=FORM_BYTES)
async def take(request: AnyRequest) -> Response[Any]:
    """Take all rows of the file, or none."""
    said, found = words_of(request), await _place(request)
    file = (await request.form()).get("file")
    if found is None or not isinstance(file, UploadFile):
        return await _page(request, wrong=said.say("import.file.none"), status_code=409)
    facility, schedule = found
    upload = Upload(
        name=file.filename[:NAME_LENGTH],
        body=await file.read(),
        nonce=request.state.form.get("nonce", "")[:NONCE_LENGTH],
        day=_day(request.state.form.get("day", ""), schedule, facility, Central.of(request).clock()),
        language=said.language,
    )
    try:
        taken = await day_import.take(Central.of(request), staff_of(request), facility, schedule, upload)
    except NotImported as error:
        return await _page(request, mistakes=error, status_code=409)
    return await _page(request, note=said.say("import.done", n=len(taken)), taken=taken)


@post("/import/approve", opt={"role": Role.OFFICER})
async def approve(request: AnyRequest) -> Response[Any]:
    """Approve what is ticked of a list that was just imported; what cannot be approved is named and stays in the queue."""
    said = words_of(request)
    became = await approve_many.approve(Central.of(request), staff_of(request), request.state.form)
    async with Central.of(request).database.read() as db:
        known = {each.registration: await registrations.get(db, each.registration) for each in became.refused}
    left = [
        (found.queue_number if (found := known[each.registration]) else "", said.say(each.key))
        for each in became.refused
    ]
    note = said.say("import.approved", n=len(became.done)) if became.done else ""
    return await _page(request, note=note, left=left, is_approved=bool(became.done))


@get("/import/template/{name:str}", opt={"role": Role.OFFICER})
async def template(request: AnyRequest, name: FromPath[str]) -> Response[Any]:
    """An empty table with the columns in the language of the page."""
    said = words_of(request)
    columns = day_import.header(said.language)
    if name == "bilik.csv":
        body, kind = table_file.template_csv(columns), "text/csv; charset=utf-8"
    elif name == "bilik.xlsx":
        choices = [said.say(f"daftar.relation.{each}") for each in wishes.RELATIONS]
        column = day_import.COLUMNS.index("relation") + 1
        body, kind = table_file.template_workbook(columns, choices=choices, choice_column=column), XLSX
    else:
        return denied(request, "staff.missing", 404)
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(body, media_type=kind, headers=headers)


async def _page(
    request: AnyRequest,
    *,
    note: str = "",
    wrong: str = "",
    mistakes: NotImported | None = None,
    taken: Sequence[Registration] = (),
    left: Sequence[tuple[str, str]] = (),
    is_approved: bool = False,
    status_code: int = 200,
) -> Response[Any]:
    said, found = words_of(request), await _place(request)
    if found is None:
        return denied(request, "day.none", 404)
    facility, schedule = found
    shown = () if mistakes is None else mistakes.mistakes
    return pages.page(
        "import.html",
        said,
        status_code=status_code,
        facility=facility,
        csrf=staff_of(request).csrf,
        nonce=day_acts.fresh_nonce(),
        days=wishes.days_offered(schedule, facility.settings.timezone, now_ms=Central.of(request).clock()),
        columns=day_import.COLUMNS,
        needed=day_import.NEEDED,
        rows=table_file.ROWS,
        note=note,
        wrong=wrong,
        mistakes=shown[: day_import.SHOWN],
        more=max(0, len(shown) - day_import.SHOWN),
        taken=[each for each in taken if each.state == "waiting"],
        day_of=date.fromisoformat,
        at_once=approve_many.AT_ONCE,
        left=left,
        is_approved=is_approved,
    )


async def _place(request: AnyRequest) -> tuple[Facility, Schedule] | None:
    """The facility asked for, or the first of theirs, if it plans its days."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
        facility = next(iter(sorted(theirs, key=lambda each: each.id != asked)), None)
        schedule = None if facility is None else await schedules.get(db, facility.id)
    return None if facility is None or schedule is None else (facility, schedule)


def _day(typed: str, schedule: Schedule, facility: Facility, now_ms: int) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return schedule.opening(facility.settings.timezone).day_of(now_ms)


importing_router = Router(
    path="/", before_request=gate, include_in_schema=False, route_handlers=[import_page, take, approve, template]
)
