"""The socket of an officer who hears a call: who may, and the way between socket and room."""

import asyncio
import logging

from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from sqlalchemy.exc import SQLAlchemyError

from central.calls import listening
from central.calls.end import CLOSE_NORMAL, CLOSE_VIOLATION, End, Role
from central.calls.room import Room
from central.context import Central
from central.credentials import hashed
from central.routes.sockets import Socket, is_same_origin, read, write
from central.staff.gate import COOKIE
from central.store import facilities, sessions, staff
from central.store.impossible import Impossible
from central.store.staff import User

log = logging.getLogger(__name__)


async def listen(socket: Socket, session_id: str) -> None:
    """Hear a call for as long as the socket is open, by the cookie of a staff login."""
    central = Central.of(socket)
    user, id_hash = await _officer(central, socket, session_id)
    room = await central.rooms.watch(session_id)
    if room is None:
        raise PermissionDeniedException("the session is over")
    await socket.accept()
    end = End(Role.LISTENER)
    writer = asyncio.create_task(write(socket, end), name="listening writer")
    reader = asyncio.create_task(read(socket, room, end), name="listening reader")
    try:
        await _hear(central, room, end, {reader, writer}, user, id_hash)
    finally:
        end.finish(CLOSE_VIOLATION)
        await writer
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)


async def _hear(
    central: Central, room: Room, end: End, socket_tasks: set[asyncio.Task[None]], user: User, id_hash: str
) -> None:
    """Until the officer leaves, the call or the login ends, or the booth does not agree."""
    try:
        found, command_id = await listening.begin(central, user, room.session.id)
    except Impossible as impossible:
        end.finish(CLOSE_NORMAL, str(impossible))
        return
    attending = asyncio.create_task(listening.attend(central, room, end, found, command_id, id_hash), name="listening")
    try:
        await asyncio.wait({*socket_tasks, attending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        why = end.bye or ("left" if end.close_code is None else "lost")
        room.leave(end)
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
        await _finish(central, found.id, why)


async def _finish(central: Central, listen_id: str, why: str) -> None:
    """What cannot be noted now is noted by the sweep of a central that runs."""
    try:
        await asyncio.shield(listening.finish(central, listen_id, why))
    except (SQLAlchemyError, OSError):
        log.exception("the end of %s cannot be noted yet", listen_id)


async def _officer(central: Central, socket: Socket, session_id: str) -> tuple[User, str]:
    cookie = socket.cookies.get(COOKIE)
    if not cookie or not is_same_origin(central, socket):
        raise NotAuthorizedException("log in again")
    id_hash = hashed(cookie)
    async with central.database.read() as db:
        login = await staff.session(db, id_hash, now_ms=central.clock())
        session = await sessions.get(db, session_id)
        facility = None if session is None else await facilities.get(db, session.facility_id)
    if login is None:
        raise NotAuthorizedException("log in again")
    if session is None or facility is None or login.user.facility_id not in (None, facility.id):
        raise PermissionDeniedException("there is no such session")
    if not listening.may_listen(login.user, facility.settings):
        raise PermissionDeniedException("hearing calls is not this person's right")
    return login.user, id_hash
