"""The officers' queue: registrations of a day, its plan, and what is to be told to families."""

from datetime import date
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from central.context import Central
from central.days import facts, wishes
from central.staff import day_acts, day_moves, day_view, pages
from central.staff.acts import Refused
from central.staff.day_acts import Decided
from central.staff.gate import denied, gate, staff_of, wants_page, words_of
from central.store import facilities, registrations
from central.store.facilities import Facility
from central.store.staff import Role

AnyRequest = Request[Any, Any, Any]

OF_ONE = {
    "approve": day_acts.approve,
    "refuse": day_acts.refuse,
    "sent": day_acts.sent,
    "not_today": day_acts.not_today,
    "move": day_moves.move,
    "unpin": day_moves.unpin,
}
"""What is done with one registration or one turn."""


@get("/queue", opt={"role": Role.VIEWER})
async def queue_page(request: AnyRequest) -> Response[Any]:
    """The day's page; it works without a script."""
    theirs = await _facilities(request)
    if not theirs:
        return denied(request, "board.none", 404)
    return await _page(request, theirs)


@post("/queue/acts/{act:str}", opt={"role": Role.OFFICER})
async def do_act(request: AnyRequest, act: FromPath[str]) -> Response[Any]:
    """Do it and show the page again, which says what became of it."""
    theirs = await _facilities(request)
    if not theirs:
        return denied(request, "board.none", 404)
    said = words_of(request)
    try:
        done = await _decide(request, act, theirs[0])
    except Refused as refused:
        if not wants_page(request):
            return denied(request, refused.key, 409)
        return await _page(request, theirs, wrong=said.say(refused.key), status_code=409)
    return await _page(request, theirs, note=_sentence(request, done, theirs[0]))


@get("/queue/codes/{registration:str}", opt={"role": Role.OFFICER})
async def code_picture(request: AnyRequest, registration: FromPath[str]) -> Response[Any]:
    """The ready message of one family as a QR code."""
    central = Central.of(request)
    async with central.database.read() as db:
        found = await registrations.get(db, registration)
        facility = None if found is None else await facilities.get(db, found.facility_id)
    if found is None or facility is None or not staff_of(request).may_see(facility.id):
        return denied(request, "staff.missing", 404)
    base = central.options.public_url or str(request.base_url).rstrip("/")
    picture = day_view.picture(central, facility, found, base)
    return Response(picture, media_type="image/svg+xml", headers={"cache-control": "no-store"})


async def _decide(request: AnyRequest, act: str, facility: Facility) -> Decided:
    central, who, form = Central.of(request), staff_of(request), request.state.form
    if act == "walk_in":
        return await day_acts.walk_in(central, who, form, facility, words_of(request).language)
    if act == "anew":
        return await day_acts.anew(central, who, facility, _when(request) or await _today(central, facility))
    if act == "call_next":
        return await day_moves.call_next(central, who, form, facility)
    if act not in OF_ONE:
        raise Refused("staff.missing")
    return await OF_ONE[act](central, who, form)


def _sentence(request: AnyRequest, done: Decided, facility: Facility) -> str:
    said, found, session = words_of(request), done.registration, done.session
    at_ms = None if found is None else found.told_start_at_ms
    at_ms = at_ms if session is None else session.start_at_ms
    number = "" if found is None else found.queue_number
    return said.say(
        done.key,
        number=number if session is None else session.number,
        time="" if at_ms is None else said.time(at_ms, facility.settings.timezone),
        n=done.count,
    )


async def _page(
    request: AnyRequest, theirs: list[Facility], *, note: str = "", wrong: str = "", status_code: int = 200
) -> Response[Any]:
    central, who, said, facility = Central.of(request), staff_of(request), words_of(request), theirs[0]
    now = central.clock()
    async with central.database.read() as db:
        found = await facts.of_facility(db, facility, _when(request), now_ms=now)
    known = {
        "facility": facility,
        "places": sorted(theirs, key=lambda each: each.name),
        "csrf": who.csrf,
        "user_name": who.user.name,
        "can_act": who.may(Role.OFFICER),
        "note": note,
        "wrong": wrong,
        "timezone": facility.settings.timezone,
        "nonce": day_acts.fresh_nonce(),
    }
    if found is None:
        return pages.page("day.html", said, status_code=status_code, view=None, **known)
    today = found.schedule.opening(facility.settings.timezone).day_of(now)
    days = wishes.days_offered(found.schedule, facility.settings.timezone, now_ms=now)
    base = central.options.public_url or str(request.base_url).rstrip("/")
    shown = day_view.view(central, found, said, base, today=today, days=days)
    return pages.page("day.html", said, status_code=status_code, view=shown, **known)


async def _facilities(request: AnyRequest) -> list[Facility]:
    """Those they may see; the one asked for, if it is theirs, comes first."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    return sorted(theirs, key=lambda each: each.id != asked)


def _when(request: AnyRequest) -> date | None:
    """The day asked for; None for today, and for what is no day."""
    try:
        return date.fromisoformat(request.query_params.get("day", ""))
    except ValueError:
        return None


async def _today(central: Central, facility: Facility) -> date:
    async with central.database.read() as db:
        found = await facts.of_facility(db, facility, None, now_ms=central.clock())
    if found is None:
        raise Refused("day.none")
    return found.when


days_router = Router(
    path="/", before_request=gate, include_in_schema=False, route_handlers=[queue_page, do_act, code_picture]
)
