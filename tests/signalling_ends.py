"""Both ends of a call as tests have them: bare sockets on a central's signalling, without a page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.central_rig import Booth, Rig, heard


async def next_of(socket: ClientConnection, kind: type, *, within_s: float = 5.0) -> Any:
    """The next message of this kind; what comes before it is left out."""
    async with asyncio.timeout(within_s):
        while True:
            message = heard(await socket.recv())
            if isinstance(message, kind):
                return message


@asynccontextmanager
async def kiosk(rig: Rig, booth: Booth, session_id: str) -> AsyncIterator[ClientConnection]:
    """The booth's end."""
    address = f"{rig.url.replace('http', 'ws')}/api/v1/calls/{session_id}"
    async with connect(address, additional_headers=booth.headers) as found:
        yield found


@asynccontextmanager
async def family(
    rig: Rig, session_id: str, *, cookie: str | None = None, origin: str | None = None
) -> AsyncIterator[ClientConnection]:
    """The family's end; without a cookie it claims its link first."""
    claimed = cookie or (await rig.join(session_id)).cookies["bilik_family"]
    async with connect(
        f"{rig.url.replace('http', 'ws')}/api/v1/calls/{session_id}",
        additional_headers={"Cookie": f"bilik_family={claimed}"},
        origin=origin or rig.url,  # type: ignore[arg-type]  # websockets asks for a NewType of str
    ) as found:
        yield found
