"""Head and body of an answer as one write: a system call and a packet less, for who answers and for who asked."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ENOUGH_BYTES = 65_536
"""From here on nothing is held back: the transport must see what piles up, to say when to wait for a slow reader."""


class OneWrite:
    """A transport that hands on together what is written in one turn of the loop; in all else it is the one it was given."""

    __slots__ = ("_loop", "_transport", "_written")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send these bytes, at the latest in the next turn."""
        if data:
            if not self._written:
                self._loop.call_soon(self._hand_on)
            self._written += data
            if len(self._written) >= ENOUGH_BYTES:
                self._hand_on()

    def close(self) -> None:
        """Hang up when all is sent."""
        self._hand_on()
        self._transport.close()

    def _hand_on(self) -> None:
        written, self._written = self._written, b""
        if written and not self._transport.is_closing():
            self._transport.write(written)


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol on such a transport: it writes head and body apart, and uvloop sends each at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with a connection."""
        whole: Any = OneWrite(transport, self.loop)  # type: ignore[arg-type]  # of TCP, so it is a Transport
        super().connection_made(whole)
