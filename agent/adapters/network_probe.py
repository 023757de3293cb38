"""Asks a relay or STUN server whether it is there, as a technician would: without credentials, once, within two seconds."""

import asyncio
import os
import re
from typing import Any

ADDRESS = re.compile(
    r"(?P<scheme>stuns?|turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[^:?\[\]]+)(?::(?P<port>[0-9]{1,5}))?(?:\?transport=(?P<way>udp|tcp))?"
)
PATIENCE_S = 2.0
AGAIN_S = 0.5
BINDING = b"\x00\x01\x00\x00\x21\x12\xa4\x42"
"""RFC 8489: a binding request without attributes, and the magic cookie; twelve bytes of the asker's choice follow."""


class NetworkProbe:
    """UDP is asked with a STUN binding request, which TURN servers answer too; TCP by connecting."""

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s

    async def answers(self, address: str) -> bool:
        """Whether the server at `turn:host:port?transport=udp` (or stun, turns, tcp) answers; False for what is no address."""
        found = ADDRESS.fullmatch(address)
        if found is None:
            return False
        is_secure = found["scheme"].endswith("s")
        host, port = found["host"].strip("[]"), int(found["port"] or (5349 if is_secure else 3478))
        ask = self._connects if is_secure or found["way"] == "tcp" else self._binds
        try:
            async with asyncio.timeout(self._patience_s):
                return await ask(host, port)
        except (OSError, TimeoutError, OverflowError, UnicodeError):
            return False

    async def _connects(self, host: str, port: int) -> bool:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True

    async def _binds(self, host: str, port: int) -> bool:
        ours = os.urandom(12)
        loop = asyncio.get_running_loop()
        transport, heard = await loop.create_datagram_endpoint(lambda: _Answer(ours), remote_addr=(host, port))
        try:
            while not heard.came.done():
                transport.sendto(BINDING + ours)
                await asyncio.wait([heard.came], timeout=AGAIN_S)
            return heard.came.result()
        finally:
            transport.close()


class _Answer(asyncio.DatagramProtocol):
    """Done with the first datagram that answers ours, or when the server's PC says that nobody is there."""

    def __init__(self, ours: bytes) -> None:
        self._ours = ours
        self.came: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """An answer carries the twelve bytes back."""
        if data[8:20] == self._ours and not self.came.done():
            self.came.set_result(True)

    def error_received(self, exc: Exception) -> None:
        """The port is closed."""
        if not self.came.done():
            self.came.set_result(False)
