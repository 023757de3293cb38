"""The family's link: what it is good for now, and the binding of one browser to the call."""

import secrets
from typing import Any

from litestar import Request, Response, Router, post
from litestar.datastructures import Cookie, State
from litestar.params import JSONBody

from central.context import Central
from central.credentials import hashed
from central.routes.access import address_of
from central.routes.problems import ApiProblem
from central.routes.terminal import problems
from central.store import facilities, moves, sessions
from central.store.engine import Reading, Writing
from central.store.facilities import Facility
from central.store.sessions import CallSession
from protocol.join import JoinAnswer, JoinRequest, JoinState
from protocol.terminal import CallKind

COOKIE = "bilik_family"
COOKIE_PATH = "/api/v1"
EARLY_MS = 900_000
GONE_MS = 5_000
COOKIE_S = 86_400

_OVER = {"cancelled": JoinState.CANCELLED, "ended": JoinState.ENDED}


@post("/join", operation_id="join", status_code=200, tags=["family"], responses=problems(400, 404, 429))
async def join(request: Request[None, None, State], data: JSONBody[JoinRequest]) -> Response[JoinAnswer]:
    """Say what the link is good for; with `claim` bind this browser to the call by a cookie."""
    central = Central.of(request)
    address = address_of(request)
    wait_s = central.joins.wait_s(address)
    if wait_s:
        raise ApiProblem(429, "wait", "too many links were wrong: wait", retry_after_s=wait_s)
    claim = request.cookies.get(COOKIE)
    async with central.database.read() as db:
        session, facility = await _found(db, data.token)
    if session is None or facility is None:
        central.joins.count(address)
        raise ApiProblem(404, "unknown_link", "this link is not known: open it as it was sent")
    state = state_of(central, session, facility, claim)
    if state is not JoinState.OPEN or not data.claim or session.call_kind == CallKind.WEB_PAGE:
        return Response(_answer(central, session, facility, state))
    return await _claimed(central, session, facility, claim)


async def _claimed(
    central: Central, session: CallSession, facility: Facility, claim: str | None
) -> Response[JoinAnswer]:
    async with central.database.write() as tx:
        fresh = await sessions.get(tx, session.id, lock=True)
        state = JoinState.CANCELLED if fresh is None else state_of(central, fresh, facility, claim)
        if fresh is None or state is not JoinState.OPEN:
            return Response(_answer(central, session, facility, state))
        value = await _bind(tx, fresh, claim, now_ms=central.clock())
    cookie = Cookie(
        key=COOKIE,
        value=value,
        path=COOKIE_PATH,
        max_age=COOKIE_S,
        httponly=True,
        samesite="strict",
        secure=central.options.is_https,
    )
    return Response(_answer(central, fresh, facility, JoinState.OPEN), cookies=[cookie])


async def _bind(tx: Writing, session: CallSession, claim: str | None, *, now_ms: int) -> str:
    """The same browser keeps its place; another one must be admitted anew."""
    if claim is not None and is_claim_of(session, claim):
        await sessions.changed(tx, session.id, claimed_at_ms=now_ms)
        return claim
    value = secrets.token_urlsafe(32)
    changes: dict[str, Any] = {"claim_hash": hashed(value), "claimed_at_ms": now_ms}
    await sessions.changed(tx, session.id, admitted_at_ms=None, admitted_by=None, **changes)
    return value


def is_claim_of(session: CallSession, claim: str) -> bool:
    """Whether this cookie's browser is the one the session is bound to."""
    return session.claim_hash is not None and _is_hash_of(session.claim_hash, claim)


def _is_hash_of(stored: str, claim: str) -> bool:
    return secrets.compare_digest(stored, hashed(claim))


def state_of(central: Central, session: CallSession, facility: Facility, claim: str | None) -> JoinState:
    """What the link is good for, for the browser with this cookie."""
    now = central.clock()
    if session.state == "ended" and session.opened_at_ms is None:
        return JoinState.TOO_LATE
    if session.state in _OVER:
        return _OVER[session.state]
    if now < session.start_at_ms - EARLY_MS:
        return JoinState.TOO_EARLY
    if now >= session.hard_stop_ms(facility.settings):
        return JoinState.TOO_LATE
    if claim is not None and session.refused_hash is not None and _is_hash_of(session.refused_hash, claim):
        return JoinState.REFUSED
    mine = claim is not None and is_claim_of(session, claim)
    if session.claim_hash is not None and not mine and _is_used(central, session, now):
        return JoinState.IN_USE
    return JoinState.OPEN


def _is_used(central: Central, session: CallSession, now: int) -> bool:
    if central.rooms.view(session.id).family_present:
        return True
    since = max(session.claimed_at_ms or 0, central.rooms.family_left_ms(session.id) or 0)
    return now - since < GONE_MS


async def _found(db: Reading, token: str) -> tuple[CallSession | None, Facility | None]:
    session = await moves.latest(db, await sessions.by_link(db, hashed(token)))
    return session, None if session is None else await facilities.get(db, session.facility_id)


def _answer(central: Central, session: CallSession, facility: Facility, state: JoinState) -> JoinAnswer:
    return JoinAnswer(
        state=state,
        session_id=session.id,
        number=session.number,
        now_ms=central.clock(),
        opens_at_ms=session.start_at_ms - EARLY_MS,
        start_at_ms=session.start_at_ms,
        talk_s=session.talk_s,
        timezone=facility.settings.timezone,
        facility_name=facility.name,
        inmate_name=session.inmate_name,
        language=facility.settings.language,
        meeting_url=session.call_url if state is JoinState.OPEN and session.call_kind == CallKind.WEB_PAGE else None,
    )


join_router = Router(path="/api/v1", route_handlers=[join])
