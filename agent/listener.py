"""How an adapter is told who comes to the agent on this PC, whatever the system has for it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

Meet = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


class Listener(Protocol):
    """Where programs of this PC come to the agent: a Unix socket, or a named pipe of Windows."""

    refused_peers: int

    async def start(self, meet: Meet, *, limit: int) -> None:
        """Listen; `meet` gets who may come, all others are turned away unheard. `limit`: the longest line in bytes."""

    async def close(self) -> None:
        """Listen no more; who was met is left to `meet`."""
