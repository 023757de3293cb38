"""The screen of the waiting block: opened by a code of its own, live, without a login and without a name; and who may have one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from central.context import Central
from central.credentials import code_hashed, family_code
from central.days.waiting_block import shown
from central.routes.access import address_of
from central.staff import pages
from central.staff.gate import denied, gate, staff_of, words_of
from central.staff.words import LANGUAGES, Words, words
from central.store import displays, facilities, sessions, staff, terminals
from central.store.displays import Display
from central.store.facilities import Facility
from central.store.ids import new_id
from central.store.staff import Role

PATH = "/display"
COOKIE = "bilik_display"
COOKIE_S = 400 * 86_400
CODE_LENGTH = 40
BEAT_S = 2.0
TOGETHER_S = 0.1
STILL_ALLOWED_BEATS = 10
DAY_MS = 86_400_000
NAME_LENGTHS = (2, 60)

AnyRequest = Request[Any, Any, Any]


class Screen(msgspec.Struct, frozen=True):
    """A screen that may show its facility's numbers."""

    display: Display
    facility: Facility


@get(PATH, opt={"door": True})
async def display_page(request: AnyRequest) -> Response[Any]:
    """The screen, or the question for its code."""
    screen = await _screen(request)
    if screen is None:
        return pages.page("display_code.html", words_of(request), note="")
    said = _words(request, screen)
    now = Central.of(request).clock()
    return pages.page(
        "display.html",
        said,
        facility=screen.facility,
        now_ms=now,
        timezone=screen.facility.settings.timezone,
        board=await _read(Central.of(request), screen.facility, said),
    )


@post(PATH, opt={"door": True})
async def open_display(request: AnyRequest) -> Response[Any]:
    """A code from a link's fragment, or typed with the remote: from now on this browser is the screen."""
    central, said, address = Central.of(request), words_of(request), address_of(request)
    wait_s = central.codes.wait_s(address)
    if wait_s:
        return pages.page("display_code.html", said, status_code=429, note=said.say("ikuti.ask.wait", n=wait_s))
    code = request.state.form.get("code", "").strip()[:CODE_LENGTH]
    async with central.database.read() as db:
        found = await displays.by_code(db, code_hashed(code))
    if found is None:
        central.codes.count(address)
        return pages.page("display_code.html", said, status_code=404, note=said.say("display.code.wrong"))
    answer = pages.to(PATH)
    https = central.options.is_https
    answer.set_cookie(
        Cookie(key=COOKIE, value=code, path=PATH, max_age=COOKIE_S, httponly=True, samesite="lax", secure=https)
    )
    return answer


@get(f"{PATH}/events", opt={"door": True})
async def display_events(request: AnyRequest) -> Response[Any]:
    """The screen's changes as they happen, and a beat every two seconds."""
    screen = await _screen(request)
    if screen is None:
        return denied(request, "staff.missing", 404)
    return ServerSentEvent(_changes(Central.of(request), screen, _words(request, screen)))


async def _changes(central: Central, screen: Screen, said: Words) -> AsyncIterator[ServerSentEventMessage]:
    """Messages until central stops or the screen is revoked."""
    beats, board = 0, await _read(central, screen.facility, said)
    with central.bus.waiting(f"facility:{screen.facility.id}") as news:
        while not central.bus.stopping.is_set():
            if news.is_set():
                news.clear()
                board = await _read(central, screen.facility, said)
            if beats % STILL_ALLOWED_BEATS == 0 and not await _is_allowed(central, screen.display):
                yield ServerSentEventMessage(event="gone", data="{}")
                return
            beats += 1
            data = msgspec.json.encode({"now_ms": central.clock()} | board).decode()
            yield ServerSentEventMessage(event="display", data=data)
            try:
                await asyncio.wait_for(news.wait(), BEAT_S)
                await asyncio.sleep(TOGETHER_S)
            except TimeoutError:
                board = await _read(central, screen.facility, said)
    yield ServerSentEventMessage(event="bye", data="{}", retry=2000)


async def _read(central: Central, facility: Facility, said: Words) -> dict[str, Any]:
    now, timezone = central.clock(), facility.settings.timezone
    async with central.database.read() as db:
        rows = await sessions.between(db, now - DAY_MS // 2, now + DAY_MS // 2, facility_id=facility.id)
        booths = {each.id: each.name for each in await terminals.every(db, facility.id)}
    found = shown(rows, booths, now_ms=now)
    return {
        "calls": [{"key": each.key, "number": each.number, "booth": each.booth} for each in found.calls],
        "next": [{"number": each.number, "time": said.time(each.at_ms, timezone)} for each in found.next],
    }


async def _screen(request: AnyRequest) -> Screen | None:
    code = request.cookies.get(COOKIE, "")[:CODE_LENGTH]
    if not code:
        return None
    async with Central.of(request).database.read() as db:
        found = await displays.by_code(db, code_hashed(code))
        facility = None if found is None else await facilities.get(db, found.facility_id)
    return None if found is None or facility is None else Screen(found, facility)


async def _is_allowed(central: Central, display: Display) -> bool:
    async with central.database.read() as db:
        found = await displays.get(db, display.id)
    return found is not None and found.revoked_at_ms is None


def _words(request: AnyRequest, screen: Screen) -> Words:
    """The language asked for, or the facility's own."""
    asked = request.query_params.get("lang", "")
    return words(asked if asked in LANGUAGES else screen.facility.settings.language)


# ---- who may have one -----------------------------------------------------------------------------------------------


@get("/displays", opt={"role": Role.OFFICER})
async def displays_page(request: AnyRequest) -> Response[Any]:
    """The facility's screens, and a form for one more."""
    return await _list(request)


@post("/displays/acts/{act:str}", opt={"role": Role.OFFICER})
async def do_act(request: AnyRequest, act: FromPath[str]) -> Response[Any]:
    """Allow a screen, or take one back."""
    facility = await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    if act == "add":
        return await _add(request, facility)
    if act == "revoke":
        return await _revoke(request, facility)
    return denied(request, "staff.missing", 404)


async def _add(request: AnyRequest, facility: Facility) -> Response[Any]:
    central, who, said = Central.of(request), staff_of(request), words_of(request)
    name = " ".join(request.state.form.get("name", "").split())
    if not NAME_LENGTHS[0] <= len(name) <= NAME_LENGTHS[1] or not name.isprintable():
        return await _list(request, note=said.say("displays.no.name"), status_code=409)
    key = new_id("d")
    code, now = _code(central, key), central.clock()
    async with central.database.write() as tx:
        made = await displays.add(
            tx,
            id_=key,
            facility_id=facility.id,
            name=name,
            code_hash=code_hashed(code),
            by=who.user.name,
            now_ms=now,
        )
        await staff.note(tx, user=who.user.name, act="display_add", subject=made.id, detail={"name": name}, now_ms=now)
    return await _list(request, note=said.say("displays.done.add", name=name))


async def _revoke(request: AnyRequest, facility: Facility) -> Response[Any]:
    central, who, said = Central.of(request), staff_of(request), words_of(request)
    now = central.clock()
    async with central.database.write() as tx:
        found = await displays.get(tx, request.state.form.get("display", ""))
        if found is None or found.facility_id != facility.id:
            return await _list(request, note=said.say("staff.missing"), status_code=404)
        await displays.revoke(tx, found, now_ms=now)
        await staff.note(tx, user=who.user.name, act="display_revoke", subject=found.id, detail={}, now_ms=now)
    return await _list(request, note=said.say("displays.done.revoke", name=found.name))


def _code(central: Central, display_id: str) -> str:
    """It can be made again for officers, and by nobody without the secret."""
    return family_code(central.options.link_secret, f"display:{display_id}")


async def _list(request: AnyRequest, *, note: str = "", status_code: int = 200) -> Response[Any]:
    central, who, facility = Central.of(request), staff_of(request), await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    async with central.database.read() as db:
        found = await displays.every(db, facility.id)
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    base = central.options.public_url or str(request.base_url).rstrip("/")
    rows = [(each, _code(central, each.id)) for each in found]
    return pages.page(
        "displays.html",
        words_of(request),
        status_code=status_code,
        facility=facility,
        places=sorted(theirs, key=lambda each: each.name),
        csrf=who.csrf,
        user_name=who.user.name,
        note=note,
        rows=rows,
        base=base,
        path=PATH,
        timezone=facility.settings.timezone,
    )


async def _facility(request: AnyRequest) -> Facility | None:
    """The one asked for, if it is theirs, or the first of theirs."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    return next(iter(sorted(theirs, key=lambda each: each.id != asked)), None)


display_router = Router(
    path="/",
    before_request=gate,
    include_in_schema=False,
    route_handlers=[display_page, open_display, display_events, displays_page, do_act],
)
