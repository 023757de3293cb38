"""Signalling sockets: who may sit at which end of a call, and the way between socket and room."""

import asyncio

from litestar import Router, websocket
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import FromPath

from central.calls.end import CLOSE_VIOLATION, End, Role
from central.context import Central
from central.routes.access import bearer_token, is_identifier
from central.routes.join import COOKIE, is_claim_of
from central.routes.listening import listen
from central.routes.sockets import Socket, is_same_origin, read, write
from central.store import sessions
from central.store.sessions import OPEN_STATES


@websocket("/calls/{session_id:str}")
async def call(socket: Socket, session_id: FromPath[str]) -> None:
    """One end of a call: a terminal by its device token, a family by the cookie of its claim, with `listen` an officer by its login."""
    central = Central.of(socket)
    if not is_identifier(session_id):
        raise PermissionDeniedException("there is no such session")
    if "listen" in socket.query_params:
        await listen(socket, session_id)
        return
    end = await _end(central, socket, session_id)
    room = await central.rooms.watch(session_id)
    if room is None:
        raise PermissionDeniedException("the session is over")
    await socket.accept()
    room.enter(end)
    writer = asyncio.create_task(write(socket, end), name="signalling writer")
    try:
        await read(socket, room, end)
    finally:
        room.leave(end)
        end.finish(CLOSE_VIOLATION)
        await writer


async def _end(central: Central, socket: Socket, session_id: str) -> End:
    token = bearer_token(socket.headers.get("Authorization"))
    async with central.database.read() as db:
        session = await sessions.get(db, session_id)
    if token is not None:
        known = await central.known.by_token(token)
        if known is None:
            raise NotAuthorizedException("the device token is missing or void")
        if session is None or session.terminal_id != known.terminal.id or session.state != "open":
            raise PermissionDeniedException("this terminal has not opened this session")
        return End(Role.KIOSK)
    claim = socket.cookies.get(COOKIE)
    if claim is None or not is_same_origin(central, socket):
        raise NotAuthorizedException("open the link again")
    if session is None or session.state not in OPEN_STATES or not is_claim_of(session, claim):
        raise PermissionDeniedException("the call is bound to another browser or is over")
    return End(Role.FAMILY, session.claim_hash or "")


calls_router = Router(path="/api/v1", route_handlers=[call])
