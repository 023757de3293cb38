"""A facility's opening hours and the limits of its talk time: everybody on duty reads them, supervisors change them."""

from typing import Any

from litestar import Request, Response, Router, get, post

from central.context import Central
from central.staff import pages, schedule_form
from central.staff.gate import denied, gate, staff_of, words_of
from central.staff.rights import Right
from central.staff.schedule_form import WrongSchedule
from central.store import facilities, schedules, staff
from central.store.facilities import Facility
from central.store.schedules import Schedule

AnyRequest = Request[Any, Any, Any]


@get("/schedule", opt={"right": Right.WATCH})
async def schedule_page(request: AnyRequest) -> Response[Any]:
    """The form; who may not change it reads it."""
    return await _page(request)


@post("/schedule", opt={"right": Right.CHANGE_SETTINGS})
async def change(request: AnyRequest) -> Response[Any]:
    """Store all of it or nothing; today's plan follows within ten seconds."""
    central, who, said = Central.of(request), staff_of(request), words_of(request)
    facility = await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    now = central.clock()
    try:
        async with central.database.write() as tx:
            before = await schedules.get(tx, facility.id) or Schedule()
            wanted = schedule_form.read(request.state.form, before)
            await schedules.put(tx, facility.id, wanted)
            changed = [key for key in wanted.__struct_fields__ if getattr(wanted, key) != getattr(before, key)]
            detail = {"changed": changed}
            await staff.note(tx, user=who.user.name, act="schedule", subject=facility.id, detail=detail, now_ms=now)
    except WrongSchedule as wrong:
        return await _page(request, errors=wrong.errors, status_code=409)
    return await _page(request, note=said.say("hours.done"))


async def _page(
    request: AnyRequest, *, note: str = "", errors: dict[str, str] | None = None, status_code: int = 200
) -> Response[Any]:
    who, said, facility = staff_of(request), words_of(request), await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    async with Central.of(request).database.read() as db:
        found = await schedules.get(db, facility.id)
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    comma = "," if said.language == "id" else "."
    known = schedule_form.shown(found or Schedule(), comma=comma)
    return pages.page(
        "schedule.html",
        said,
        status_code=status_code,
        facility=facility,
        places=sorted(theirs, key=lambda each: each.name),
        fields=schedule_form.FIELDS,
        typed=known | {key: value for key, value in request.state.form.items() if key in known} if errors else known,
        errors=errors or {},
        note=note,
        is_new=found is None,
        can_change=who.can(Right.CHANGE_SETTINGS),
        csrf=who.csrf,
    )


async def _facility(request: AnyRequest) -> Facility | None:
    """The one asked for, if it is theirs, or the first of theirs."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    return next(iter(sorted(theirs, key=lambda each: each.id != asked)), None)


schedule_router = Router(path="/", before_request=gate, include_in_schema=False, route_handlers=[schedule_page, change])
