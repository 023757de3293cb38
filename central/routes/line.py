"""A terminal tries its line to central: bytes up, bytes down, each bounded in size and rate, and never in a call."""

import os
from collections.abc import AsyncIterator

from litestar import Request, Router, get, post
from litestar.datastructures import State
from litestar.response import Stream

from central.context import Central
from central.known import Known
from central.routes.access import refuse_clone, terminal_of
from central.routes.problems import ApiProblem
from central.routes.terminal import problems
from central.store import sessions
from protocol.diagnosis import LineTried

MOST_BYTES = 1_000_000
PIECE_BYTES = 50_000
EVERYBODY = "everybody"


async def _allowed(request: Request[None, None, State]) -> Central:
    """Count the try; raises a problem for who may not, may not now, or tries too often."""
    central = Central.of(request)
    known = await terminal_of(central, request.headers.get("Authorization"))
    refuse_clone(known, request.query_params.get("boot_id", ""))
    await _refuse_in_call(central, known)
    wait_s = max(central.lines.wait_s(known.terminal.id), central.all_lines.wait_s(EVERYBODY))
    if wait_s:
        raise ApiProblem(429, "wait", "the line was tried too often: wait", retry_after_s=wait_s)
    central.lines.count(known.terminal.id)
    central.all_lines.count(EVERYBODY)
    return central


async def _refuse_in_call(central: Central, known: Known) -> None:
    async with central.database.read() as db:
        if await sessions.open_on(db, known.terminal.id) is not None:
            raise ApiProblem(409, "in_call", "a session is open on this terminal: its line is not tried now")


@post(
    "/terminal/line",
    operation_id="send_line",
    status_code=200,
    tags=["terminal"],
    security=[{"device": []}],
    request_max_body_size=MOST_BYTES,
    responses=problems(400, 401, 409, 429),
)
async def send_line(request: Request[None, None, State]) -> LineTried:
    """Take bytes and say how many they were; also central's time and its relays, whose passwords are left out."""
    central = await _allowed(request)
    received = 0
    async for piece in request.stream():
        received += len(piece)
    return LineTried(received_bytes=received, at_ms=central.clock(), relays=central.turn.urls[:16])


@get(
    "/terminal/line/bytes",
    operation_id="fetch_line",
    tags=["terminal"],
    security=[{"device": []}],
    media_type="application/octet-stream",
    responses=problems(401, 409, 429),
)
async def fetch_line(request: Request[None, None, State]) -> Stream:
    """Bytes that nothing on the way can make fewer; the terminal hangs up when it has seen enough."""
    await _allowed(request)
    return Stream(_bytes(), media_type="application/octet-stream")


async def _bytes() -> AsyncIterator[bytes]:
    for _ in range(MOST_BYTES // PIECE_BYTES):
        yield os.urandom(PIECE_BYTES)


line_router = Router(path="/api/v1", route_handlers=[send_line, fetch_line])
