"""The relay: credentials that expire, and the end of allocations that were made with them.

An expired credential alone ends nothing that runs, so at the end of a session its allocations are cancelled through
coturn's command line (a telnet-like port with a password).
"""

import asyncio
import base64
import hmac
import logging
import re
from dataclasses import dataclass

from protocol.call import IceServer

log = logging.getLogger(__name__)

CLI_TIMEOUT_S = 5.0
_LISTING_BYTES = 16_000_000
_LISTED = re.compile(r"id=(\d+), user <([^>]*)>")


@dataclass(frozen=True, kw_only=True)
class TurnCli:
    """Where coturn's command line listens, and its password."""

    host: str
    port: int
    password: str


@dataclass(frozen=True, kw_only=True)
class TurnServers:
    """The relays of this central; with no address there are none."""

    urls: tuple[str, ...] = ()
    secret: str = ""
    cli: TurnCli | None = None

    def ice_servers(self, session_id: str, role: str, *, expires_at_ms: int) -> tuple[IceServer, ...]:
        """Credentials for one end of one session, good for new allocations until then."""
        if not self.urls:
            return ()
        username = f"{expires_at_ms // 1000}:{session_id}-{role}"
        digest = hmac.digest(self.secret.encode(), username.encode(), "sha1")
        return (IceServer(urls=self.urls, username=username, credential=base64.b64encode(digest).decode()),)

    async def cancel(self, session_id: str) -> int:
        """End the session's allocations; returns how many; a relay that cannot be asked is logged, not raised."""
        if self.cli is None:
            return 0
        try:
            async with asyncio.timeout(CLI_TIMEOUT_S):
                return await _cancel(self.cli, session_id)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("the relay could not be told to end session %s: %s", session_id, type(error).__name__)
            return 0


async def _cancel(cli: TurnCli, session_id: str) -> int:
    reader, writer = await asyncio.open_connection(cli.host, cli.port, limit=_LISTING_BYTES)
    try:
        await reader.readuntil(b"password:")
        writer.write(f"{cli.password}\r\n".encode())
        await reader.readuntil(b"> ")
        writer.write(b"ps\r\n")
        listed = (await reader.readuntil(b"> ")).decode(errors="replace")
        mine = [number for number, user in _LISTED.findall(listed) if _is_of(user, session_id)]
        for number in mine:
            writer.write(f"cs {number}\r\n".encode())
            await reader.readuntil(b"> ")
        return len(mine)
    finally:
        writer.close()


def _is_of(username: str, session_id: str) -> bool:
    return username.partition(":")[2].rpartition("-")[0] == session_id
