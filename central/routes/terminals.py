"""The staff's pages of terminals: all of a facility, and one each with its health, its diagnosis and what may be done about it."""

from typing import Any

import segno
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from central.context import Central
from central.staff import pages, terminal_acts, terminal_view
from central.staff.acts import Refused
from central.staff.board_view import WHY
from central.staff.gate import denied, gate, staff_of, wants_page, words_of
from central.staff.places import places_of
from central.staff.rights import Right
from central.staff.terminal_acts import Done, Enrolment
from central.staff.words import Words
from central.store import staff, terminals
from central.store.terminals import Terminal
from protocol.faults import FAULTS

AnyRequest = Request[Any, Any, Any]


@get("/terminals", opt={"right": Right.WATCH})
async def terminals_page(request: AnyRequest) -> Response[Any]:
    """All terminals of a facility."""
    return await _list(request)


@post("/terminals", opt={"right": Right.MANAGE_TERMINALS})
async def add_terminal(request: AnyRequest) -> Response[Any]:
    """A new terminal; its enrolment string is shown this once."""
    places = await places_of(request)
    if places.facility is None:
        return denied(request, "first.facility", 404)
    try:
        done = await terminal_acts.add(
            Central.of(request), staff_of(request), places.facility.id, request.state.form, _base(request)
        )
    except Refused as refused:
        return await _list(request, wrong=words_of(request).say(refused.key), status_code=409)
    return _enrolment_page(request, done)


@get("/terminals/{terminal_id:str}", opt={"right": Right.WATCH})
async def terminal_page(request: AnyRequest, terminal_id: FromPath[str]) -> Response[Any]:
    """One terminal."""
    said = request.query_params.get("said", "")
    return await _one(request, terminal_id, note=said if said in SAID else "")


@post("/terminals/{terminal_id:str}/acts/{act:str}", opt={"right": Right.CARE_FOR_TERMINALS})
async def do_act(request: AnyRequest, terminal_id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Do it, and show the page again, which says what becomes of it."""
    form = request.state.form | {"base": _base(request)}
    try:
        done = await terminal_acts.act(Central.of(request), staff_of(request), terminal_id, act, form)
    except Refused as refused:
        if refused.key in ("staff.denied.role", "staff.missing") or not wants_page(request):
            return denied(request, refused.key, {"staff.denied.role": 403, "staff.missing": 404}.get(refused.key, 409))
        return await _one(request, terminal_id, wrong=refused.key, status_code=409)
    if done.enrolment is not None:
        return _enrolment_page(request, done)
    return pages.to(f"/terminals/{terminal_id}?said={done.key}")


SAID = ("terminal.sent", "terminal.renamed", "terminal.revoked", "done.approved")
"""What a page may say at its top after an act: keys of sentences, and nothing that somebody else wrote."""


async def _list(request: AnyRequest, *, wrong: str = "", status_code: int = 200) -> Response[Any]:
    central, who, places = Central.of(request), staff_of(request), await places_of(request)
    found = [] if places.facility is None else await terminal_view.rows(central, places.facility)
    async with central.database.read() as db:
        users = [user for user in await staff.every(db) if user.disabled_at_ms is None]
    return pages.page(
        "terminals.html",
        words_of(request),
        status_code=status_code,
        places=places,
        rows=found,
        csrf=who.csrf,
        wrong=wrong,
        typed=request.state.form.get("name", ""),
        can_manage=who.can(Right.MANAGE_TERMINALS),
        can_add_facility=who.can(Right.ADD_FACILITIES),
        has_officers=len(users) > 1,
        now_ms=central.clock(),
        faults=FAULTS,
    )


async def _one(
    request: AnyRequest, terminal_id: str, *, note: str = "", wrong: str = "", status_code: int = 200
) -> Response[Any]:
    central, who, said = Central.of(request), staff_of(request), words_of(request)
    terminal = await _terminal(central, request, terminal_id)
    found = None if terminal is None else await terminal_view.detail(central, terminal)
    if terminal is None or found is None:
        return denied(request, "staff.missing", 404)
    return pages.page(
        "terminal.html",
        said,
        status_code=status_code,
        terminal=terminal,
        view=found,
        csrf=who.csrf,
        note=said.say(note) if note else "",
        wrong=said.say(wrong) if wrong else "",
        can_care=who.can(Right.CARE_FOR_TERMINALS),
        can_manage=who.can(Right.MANAGE_TERMINALS),
        now_ms=central.clock(),
        timezone=terminal.facility.settings.timezone,
        faults=FAULTS,
        why=lambda told: said.say(f"why.{WHY[told]}") if told in WHY else _more_why(said, told),
        width=terminal_view.WIDTH,
    )


def _more_why(said: Words, told: str | None) -> str:
    """A booth's reason that only this page hears of; one we do not know as it came."""
    known = {"no answer in time": "terminal.why.no_answer", "a diagnosis is under way": "terminal.why.diagnosing"}
    return said.say(known[told]) if told in known else told or ""


async def _terminal(central: Central, request: AnyRequest, terminal_id: str) -> Terminal | None:
    async with central.database.read() as db:
        terminal = await terminals.get(db, terminal_id)
    return terminal if terminal is not None and staff_of(request).may_see(terminal.facility.id) else None


def _base(request: AnyRequest) -> str:
    """Where this page was asked for: central's address as long as it was told no other."""
    return str(request.base_url).rstrip("/")


def _enrolment_page(request: AnyRequest, done: Done) -> Response[Any]:
    if not isinstance(done.enrolment, Enrolment):
        raise TypeError("there is no enrolment to show")
    made = done.enrolment
    picture = segno.make(made.text, error="l", micro=False).svg_data_uri(scale=4, border=4, dark="#16302e")
    return pages.page(
        "enrolment.html",
        words_of(request),
        terminal=made.terminal,
        text=made.text,
        picture=str(picture),
        expires_at_ms=made.expires_at_ms,
        timezone=made.terminal.facility.settings.timezone,
    )


terminals_router = Router(
    path="/",
    before_request=gate,
    include_in_schema=False,
    route_handlers=[terminals_page, add_terminal, terminal_page, do_act],
)
