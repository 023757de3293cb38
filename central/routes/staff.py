"""The staff's routes: log-in, the board and what officers do from it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from central.calls.listening import may_listen
from central.context import Central
from central.routes.access import address_of
from central.staff import acts, board_view, pages
from central.staff.acts import Done, Refused
from central.staff.board_view import BoardView
from central.staff.decisions import DECISIONS
from central.staff.gate import COOKIE, LANGUAGE_COOKIE, Staff, cookie, denied, gate, staff_of, wants_page, words_of
from central.staff.logins import LoggedIn, Logins
from central.store import facilities, sessions, staff
from central.store.facilities import Facility
from central.store.staff import Role

LOOK_S = 1.0
TOGETHER_S = 0.1
STILL_LOGGED_IN_S = 15
STILL_ON_DUTY_S = 30.0
NO_STORE = {"cache-control": "no-store"}

AnyRequest = Request[Any, Any, Any]


def _remember_language(request: AnyRequest, answer: Response[Any]) -> Response[Any]:
    if "lang" in request.query_params:
        answer.set_cookie(cookie(request, LANGUAGE_COOKIE, words_of(request).language, max_age=31_536_000))
    return answer


@get("/login", opt={"door": True})
async def login_page(request: AnyRequest) -> Response[Any]:
    """Name and password."""
    if request.state.staff is not None:
        return pages.to("/board")
    said = words_of(request)
    note = said.say("staff.login.again") if "again" in request.query_params else ""
    async with Central.of(request).database.read() as db:
        is_first = not await staff.some(db)
    return _remember_language(request, pages.page("login.html", said, note=note, name="", is_first=is_first))


@post("/login", opt={"door": True})
async def log_in(request: AnyRequest) -> Response[Any]:
    """A fresh login, or the form again with the reason."""
    name = request.state.form.get("name", "").strip()[:64]
    password = request.state.form.get("password", "")[:1024]
    browser = request.headers.get("user-agent", "")[:400]
    result = await Logins.of(request).log_in(name, password, address_of(request), browser=browser)
    if isinstance(result, LoggedIn):
        answer = pages.to("/board")
        answer.set_cookie(cookie(request, COOKIE, result.cookie))
        return answer
    said = words_of(request)
    key = "staff.login.wait" if result.wait_s else "staff.login.wrong"
    status = 429 if result.wait_s else 403
    note = said.say(key, n=result.wait_s)
    refused = pages.page("login.html", said, status_code=status, note=note, name=name, is_first=False)
    if result.wait_s:
        refused.headers["retry-after"] = str(result.wait_s)
    return refused


@post("/logout", opt={"role": Role.VIEWER, "own": True})
async def log_out(request: AnyRequest) -> Response[Any]:
    """The login ends, here and in the database."""
    who = staff_of(request)
    await Logins.of(request).log_out(who.id_hash, who.user.name)
    answer = pages.to("/login")
    answer.set_cookie(cookie(request, COOKIE, "", max_age=0))
    return answer


async def _facilities(request: AnyRequest) -> list[Facility]:
    """Those they may see; the one asked for, if it is theirs, comes first."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = [each for each in await facilities.every(db) if who.may_see(each.id)]
    return sorted(theirs, key=lambda each: each.id != asked)


async def _facility(request: AnyRequest) -> Facility | None:
    return next(iter(await _facilities(request)), None)


def _view(request: AnyRequest, facility: Facility) -> BoardView:
    who = staff_of(request)
    can_listen = may_listen(who.user, facility.settings)
    return BoardView(
        Central.of(request), facility, words_of(request), can_act=who.may(Role.OFFICER), can_listen=can_listen
    )


@get("/board", opt={"role": Role.VIEWER})
async def board_page(request: AnyRequest) -> Response[Any]:
    """The whole board; it also works without a script."""
    who = staff_of(request)
    theirs = await _facilities(request)
    if not theirs:
        return denied(request, "board.none", 404)
    view = _view(request, theirs[0])
    await view.read()
    places = sorted(theirs, key=lambda each: each.name)
    text = view.page(name=who.user.name, csrf=who.csrf, places=places)
    answer = Response(text, media_type="text/html", headers=pages.HEADERS)
    return _remember_language(request, answer)


@get("/board/events", opt={"role": Role.VIEWER})
async def board_events(request: AnyRequest) -> Response[Any]:
    """The board's changes as they happen, and a beat every second."""
    who = staff_of(request)
    facility = await _facility(request)
    if facility is None:
        return denied(request, "board.none", 404)
    return ServerSentEvent(_changes(_view(request, facility), who))


async def _changes(view: BoardView, who: Staff) -> AsyncIterator[ServerSentEventMessage]:
    """Messages until central stops or the login ends; a slow reader only ever gets the newest."""
    bus, beats, duty_s = view.central.bus, 0, -STILL_ON_DUTY_S
    with bus.waiting(f"facility:{view.facility.id}") as news:
        await view.hear_booths()
        while not bus.stopping.is_set():
            if (now_s := asyncio.get_running_loop().time()) - duty_s >= STILL_ON_DUTY_S:
                duty_s = now_s
                await board_view.note_duty(view.central, who, view.facility.id)
            if news.is_set():
                news.clear()
                await view.read()
            beats += 1
            if beats % STILL_LOGGED_IN_S == 0 and not await board_view.is_logged_in(view.central, who.id_hash):
                break
            yield ServerSentEventMessage(event="board", data=msgspec.json.encode(view.changes(who.csrf)).decode())
            try:
                await asyncio.wait_for(news.wait(), LOOK_S)
                await asyncio.sleep(TOGETHER_S)
            except TimeoutError:
                continue
    yield ServerSentEventMessage(event="bye", data="{}", retry=2000)


@post("/board/acts/{act:str}", opt={"role": Role.OFFICER})
async def do_act(request: AnyRequest, act: FromPath[str]) -> Response[Any]:
    """Do it, and say what became of it so far; the booth's answer follows on its tile."""
    try:
        done = await _act(request, act)
    except Refused as refused:
        return denied(request, refused.key, 409)
    facility = await _facility(request)
    if facility is not None:
        await board_view.note_duty(Central.of(request), staff_of(request), facility.id)
    back = f"/board?facility={request.query_params['facility']}" if "facility" in request.query_params else "/board"
    if wants_page(request):
        return pages.to(back)
    said = words_of(request)
    gaps = {name: said.say(value) if isinstance(value, str) else value for name, value in done.gaps.items()}
    body = {"text": said.say(done.key, **gaps), "command": done.command_id}
    return Response(body, status_code=200, headers=NO_STORE)


async def _act(request: AnyRequest, act: str) -> Done:
    central, who, form = Central.of(request), staff_of(request), request.state.form
    if act == "admit":
        return await acts.admit(central, who, form)
    if act in acts.FACILITY_ACTS:
        facility = await _facility(request)
        if facility is None:
            raise Refused("staff.missing")
        return await acts.FACILITY_ACTS[act](central, who, facility)
    if act in DECISIONS:
        return await DECISIONS[act](central, who, form)
    return await acts.command(central, who, act, form)


@post("/board/links/{session_id:str}", opt={"role": Role.OFFICER})
async def family_link(request: AnyRequest, session_id: FromPath[str]) -> Response[Any]:
    """The family's link of one session, to be sent on; who asked for it is noted."""
    central, said = Central.of(request), words_of(request)
    base = central.options.public_url or str(request.base_url).rstrip("/")
    try:
        number, link = await acts.family_link(central, staff_of(request), session_id, base)
    except Refused as refused:
        return denied(request, refused.key, 404)
    if wants_page(request):
        return pages.page("link.html", said, number=number, link=link)
    return Response(
        {"link": link, "text": said.say("board.link.copied", number=number)}, status_code=200, headers=NO_STORE
    )


@get("/board/stills/{session_id:str}", opt={"role": Role.VIEWER})
async def still(request: AnyRequest, session_id: FromPath[str]) -> Response[Any]:
    """The picture of a family that waits to be let in; it is kept nowhere else."""
    central = Central.of(request)
    async with central.database.read() as db:
        session = await sessions.get(db, session_id)
    picture = central.rooms.view(session_id).still
    if session is None or picture is None or not staff_of(request).may_see(session.facility_id):
        return denied(request, "staff.missing", 404)
    return Response(picture, media_type="image/jpeg", headers=NO_STORE)


staff_router = Router(
    path="/",
    before_request=gate,
    include_in_schema=False,
    route_handlers=[
        login_page, log_in, log_out, board_page, board_events, do_act, family_link, still,
    ],
)  # fmt: skip
