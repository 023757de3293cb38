"""The family's registration and its private page; both work without a script, and no secret is ever in an address."""

import secrets
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from msgspec import Struct

from central.context import Central
from central.credentials import code_hashed, family_code
from central.days import family_page, postpone, wishes
from central.days.family_page import Door
from central.days.postpone import NoSuchDay
from central.days.wishes import Asked, Wrong
from central.routes.access import address_of
from central.staff import pages
from central.staff.gate import gate, words_of
from central.store import facilities, registrations, schedules
from central.store.engine import Writing
from central.store.registrations import Full, Registration

COOKIE = "bilik_ikuti"
PATH = "/ikuti"
COOKIE_S = 45 * 86_400
CODES_KEPT = 4
CODE_LENGTH = 40

AnyRequest = Request[Any, Any, Any]


class Doors(Struct, frozen=True):
    """The facilities that take registrations now, and the one that was asked for, if it is one of them."""

    every: list[Door]
    chosen: Door | None


@get("/daftar")
async def form(request: AnyRequest) -> Response[Any]:
    """The empty form of a facility, or the choice among them."""
    doors = await _doors(request)
    return _form(request, doors, Asked(nonce=secrets.token_urlsafe(16)), {})


@post("/daftar")
async def register(request: AnyRequest) -> Response[Any]:
    """Store the wish and go on to its private page, or show the form again with what is wrong."""
    central, said, doors = Central.of(request), words_of(request), await _doors(request)
    typed = wishes.asked(request.state.form)
    if doors.chosen is None:
        return _form(request, doors, typed, {}, status_code=404)
    address = address_of(request)
    wait_s = central.registering.wait_s(address)
    if wait_s:
        note = said.say("daftar.wait", n=wait_s // 60 + 1)
        return _form(request, doors, typed, {}, note=note, status_code=429)
    door = doors.chosen
    try:
        wish = wishes.wish(
            typed,
            facility_id=door.facility.id,
            days=door.days,
            language=said.language,
            now_ms=central.clock(),
        )
        stored = await _stored(central, wish, door)
    except Wrong as wrong:
        fresh = secrets.token_urlsafe(16) if "form" in wrong.errors else typed.nonce
        return _form(request, doors, _with_nonce(typed, fresh), wrong.errors, status_code=400)
    except Full as full:
        return _form(request, doors, typed, {}, note=said.say(f"daftar.full.{full.why}"), status_code=409)
    central.registering.count(address)
    return _opened(request, family_code(central.options.link_secret, stored.id))


@get(PATH)
async def follow(request: AnyRequest) -> Response[Any]:
    """The private page of what this browser registered, newest first; without any the question for a code."""
    return await _followed(request)


@post(PATH)
async def open_code(request: AnyRequest) -> Response[Any]:
    """A code from a link's fragment, or typed by hand: from now on this browser may see its registration."""
    central, said, address = Central.of(request), words_of(request), address_of(request)
    wait_s = central.codes.wait_s(address)
    if wait_s:
        return await _followed(request, note=said.say("ikuti.ask.wait", n=wait_s), status_code=429)
    code = request.state.form.get("code", "").strip()[:CODE_LENGTH]
    async with central.database.read() as db:
        found = await registrations.by_code(db, code_hashed(code))
    if found is None:
        central.codes.count(address)
        return await _followed(request, note=said.say("ikuti.ask.wrong"), status_code=404)
    return _opened(request, family_code(central.options.link_secret, found.id))


@post(f"{PATH}/day")
async def choose_day(request: AnyRequest) -> Response[Any]:
    """A family that has no place on its day asks for another; the new registration has a page of its own."""
    central, said, form = Central.of(request), words_of(request), request.state.form
    code, day = form.get("code", "")[:CODE_LENGTH], form.get("day", "")
    if code not in _codes(request):
        return await _followed(request, note=said.say("ikuti.ask.wrong"), status_code=404)
    try:
        async with central.database.write() as tx:
            stored = await _chosen(tx, central, code, day)
    except Full as full:
        return await _followed(request, note=said.say(f"daftar.full.{full.why}"), status_code=409)
    except NoSuchDay:
        return await _followed(request, note=said.say("daftar.wrong.day"), status_code=409)
    return _opened(request, family_code(central.options.link_secret, stored.id))


async def _chosen(tx: Writing, central: Central, code: str, day: str) -> Registration:
    found = await registrations.by_code(tx, code_hashed(code))
    facility = None if found is None else await facilities.get(tx, found.facility_id)
    schedule = None if found is None else await schedules.get(tx, found.facility_id)
    if found is None or facility is None or schedule is None:
        raise NoSuchDay
    now = central.clock()
    offered = wishes.days_offered(schedule, facility.settings.timezone, now_ms=now)
    wanted = next((each for each in offered if each.isoformat() == day != found.day), None)
    if wanted is None:
        raise NoSuchDay
    return await postpone.choose_day(tx, found, schedule, wanted, link_secret=central.options.link_secret, now_ms=now)


async def _doors(request: AnyRequest) -> Doors:
    central = Central.of(request)
    now = central.clock()
    async with central.database.read() as db:
        known = await schedules.every(db)
        places = [place for place in await facilities.every(db) if place.id in known and known[place.id].registration]
    every = [
        Door(
            facility=place,
            schedule=known[place.id],
            days=wishes.days_offered(known[place.id], place.settings.timezone, now_ms=now),
        )
        for place in places
    ]
    every = [door for door in every if door.days]
    asked = request.query_params.get("facility")
    chosen = next((door for door in every if door.facility.id == asked), every[0] if len(every) == 1 else None)
    return Doors(every, chosen)


async def _stored(central: Central, wish: registrations.Wish, door: Door) -> Registration:
    id_ = registrations.fresh_id()
    async with central.database.write() as tx:
        return await registrations.add(
            tx,
            wish,
            id_=id_,
            code_hash=code_hashed(family_code(central.options.link_secret, id_)),
            most_waiting=door.schedule.most_waiting,
            most_by_phone=door.schedule.most_by_phone,
            now_ms=central.clock(),
        )


def _with_nonce(typed: Asked, nonce: str) -> Asked:
    return Asked(**{field: getattr(typed, field) for field in typed.__struct_fields__} | {"nonce": nonce})


def _form(
    request: AnyRequest,
    doors: Doors,
    typed: Asked,
    errors: dict[str, str],
    *,
    note: str = "",
    status_code: int = 200,
) -> Response[Any]:
    return pages.page(
        "daftar.html",
        words_of(request),
        status_code=status_code,
        doors=doors.every,
        door=doors.chosen,
        typed=typed,
        errors=errors,
        note=note,
        relations=wishes.RELATIONS,
    )


def _opened(request: AnyRequest, code: str) -> Response[Any]:
    """On to the page, with the code in a cookie of that page alone."""
    codes = [code, *(each for each in _codes(request) if each != code)][:CODES_KEPT]
    answer = pages.to(f"{PATH}?lang={words_of(request).language}")
    answer.set_cookie(
        Cookie(
            key=COOKIE,
            value=".".join(codes),
            path=PATH,
            max_age=COOKIE_S,
            httponly=True,
            samesite="lax",
            secure=Central.of(request).options.is_https,
        )
    )
    return answer


def _codes(request: AnyRequest) -> list[str]:
    return [code[:CODE_LENGTH] for code in request.cookies.get(COOKIE, "").split(".") if code][:CODES_KEPT]


async def _followed(request: AnyRequest, *, note: str = "", status_code: int = 200) -> Response[Any]:
    central = Central.of(request)
    cards = []
    async with central.database.read() as db:
        for code in _codes(request):
            card = await family_page.card(db, code, link_secret=central.options.link_secret, now_ms=central.clock())
            if card is not None:
                cards.append(card)
    return pages.page("ikuti.html", words_of(request), status_code=status_code, cards=cards, note=note)


family_router = Router(
    path="/",
    before_request=gate,
    opt={"door": True},
    include_in_schema=False,
    route_handlers=[form, register, follow, open_code, choose_day],
)
