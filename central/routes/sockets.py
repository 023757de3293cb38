"""The way between a signalling socket and its end in a room."""

import asyncio
from urllib.parse import urlsplit

from litestar import WebSocket
from litestar.datastructures import State
from litestar.exceptions import WebSocketDisconnect

from central.calls.end import CLOSE_VIOLATION, End, Violation
from central.calls.room import Room
from central.context import Central

Socket = WebSocket[None, None, State]


def is_same_origin(central: Central, socket: Socket) -> bool:
    """Whether a page of this central opened it: a browser's cookies come along with anybody's page."""
    origin = socket.headers.get("Origin", "")
    host = urlsplit(origin).netloc
    return bool(host) and host in (socket.headers.get("Host"), urlsplit(central.options.public_url).netloc)


async def read(socket: Socket, room: Room, end: End) -> None:
    """Let the room hear what comes, until the socket closes or says what it may not."""
    loop = asyncio.get_running_loop()
    try:
        while True:
            raw = await socket.receive_data(mode="text")
            message = end.read(raw, now_s=loop.time())
            room.hear(end, message, raw.encode())
    except WebSocketDisconnect:
        return
    except Violation:
        return


async def write(socket: Socket, end: End) -> None:
    """Send what the end is told, until it is finished; then close."""
    try:
        while (message := await end.next()) is not None:
            await socket.send_data(message.decode(), mode="text")
        await socket.close(code=end.close_code or CLOSE_VIOLATION)
    except (WebSocketDisconnect, RuntimeError, OSError):
        end.finish(CLOSE_VIOLATION)
