"""What terminals ask besides sync: enrolment, the grant of a session, the delivery of their events."""

from litestar import Request, Router, post
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from central import outbox
from central.context import Central
from central.credentials import code_hashed, hashed, new_token
from central.grants import Refused, open_session
from central.routes.access import address_of, is_identifier, refuse_clone, terminal_of
from central.routes.problems import MEDIA_TYPE, ApiProblem
from central.store import terminals
from protocol.terminal import (
    EnrolmentAnswer,
    EnrolmentRequest,
    EventsAnswer,
    Grant,
    OpenRequest,
    Problem,
)

PROBLEMS = {
    status: ResponseSpec(Problem, media_type=MEDIA_TYPE, description=words)
    for status, words in {
        400: "The message is not as agreed.",
        401: "The device token is missing or void.",
        403: "Understood and refused; `code` says why.",
        404: "There is no such thing.",
        409: "Not possible as things are; `code` says why.",
        429: "Too often; Retry-After says when.",
    }.items()
}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The documented refusals of a route."""
    return {status: PROBLEMS[status] for status in statuses}


_REFUSALS = {
    "wrong_code": "this enrolment code is not known: type it again, or ask for a new one",
    "used_code": "this enrolment code was used already: ask for a new one",
    "expired_code": "this enrolment code is older than a day: ask for a new one",
}


@post("/enrolment", operation_id="enrol", status_code=200, tags=["terminal"], responses=problems(400, 403, 429))
async def enrol(request: Request[None, None, State], data: JSONBody[EnrolmentRequest]) -> EnrolmentAnswer:
    """Give a one-time code against a device token, which is shown this once."""
    central = Central.of(request)
    address = address_of(request)
    wait_s = central.enrolments.wait_s(address)
    if wait_s:
        raise ApiProblem(429, "wait", "too many codes were wrong: wait", retry_after_s=wait_s)
    token = new_token()
    try:
        async with central.database.write() as tx:
            terminal = await terminals.enrol(
                tx,
                code_hash=code_hashed(data.code),
                token_hash=hashed(token),
                machine=data.machine,
                now_ms=central.clock(),
            )
    except terminals.CodeRefused as refused:
        central.enrolments.count(address)
        raise ApiProblem(403, refused.code, _REFUSALS[refused.code]) from refused
    return EnrolmentAnswer(terminal_id=terminal.id, device_token=token, settings=terminal.settings)


@post(
    "/terminal/sessions/{session_id:str}/open",
    operation_id="open_session",
    status_code=200,
    tags=["terminal"],
    security=[{"device": []}],
    responses=problems(400, 401, 403, 404, 409, 429),
)
async def open_(request: Request[None, None, State], session_id: FromPath[str], data: JSONBody[OpenRequest]) -> Grant:
    """Grant a session to the terminal it is planned for; the same terminal gets the same answer again."""
    central = Central.of(request)
    known = await terminal_of(central, request.headers.get("Authorization"))
    if not is_identifier(session_id):
        raise ApiProblem(404, "unknown_session", "there is no such session")
    refuse_clone(known, data.boot_id)
    try:
        return await open_session(central, known.terminal, session_id, data)
    except Refused as refused:
        raise ApiProblem(refused.status, refused.code, str(refused), retry_after_s=refused.retry_after_s) from refused


@post(
    "/terminal/events",
    operation_id="send_events",
    status_code=200,
    tags=["terminal"],
    security=[{"device": []}],
    responses=problems(400, 401, 409),
)
async def send_events(request: Request[None, None, State]) -> EventsAnswer:
    """Store the outbox of one boot; the answer comes after the commit. What cannot count is kept for staff and named."""
    central = Central.of(request)
    known = await terminal_of(central, request.headers.get("Authorization"))
    return await outbox.take(central, known.terminal.id, await request.body())


terminal_router = Router(path="/api/v1", route_handlers=[enrol, open_, send_events])
