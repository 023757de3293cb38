"""The HTTP server: one process, orderly end in under a second, and a word when it listens."""

import asyncio
import contextlib
import gc
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from central.context import Central
from central.metrics import Measured
from central.one_write import OneWriteProtocol
from central.routes import sync

MESSAGE_BYTES = 131_072
BACKLOG = 4096


def spare_collector() -> None:
    """Let the garbage collector look seldom, and never again at what is there from the start.

    A held request is some hundred objects that live for seconds: with Python's own thresholds thousands of them are gone through
    several times a second, every pass of the oldest generation stops everybody for as long as half a second, and half of the CPU
    goes there (measured: `make fleet`). What refers to itself in a circle is freed all the same, a little later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Straight:
    """Syncs go straight to their route, past the framework: they are nearly all that thousands of terminals ask."""

    def __init__(self, app: ASGIApp, central: Central) -> None:
        self._app = app
        self._central = central

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a sync here, pass everything else on."""
        if scope["type"] == ScopeType.HTTP and scope["path"] == sync.PATH:
            fields: MutableMapping[str, Any] = scope  # type: ignore[assignment]  # a TypedDict that takes one key more
            fields["path_template"] = sync.PATH
            await sync.serve(self._central, scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Server(uvicorn.Server):
    """uvicorn that first tells held requests and sockets to finish, and then waits for them."""

    def __init__(self, app: Litestar, *, listening: Callable[[], Awaitable[None]] | None = None) -> None:
        self._central = Central.of(app.state)
        super().__init__(
            uvicorn.Config(
                Measured(Straight(app, self._central), self._central.metrics),
                http=OneWriteProtocol,
                ws="websockets-sansio",
                lifespan="on",
                timeout_graceful_shutdown=2,
                timeout_keep_alive=75,
                backlog=BACKLOG,
                access_log=False,
                server_header=False,
                ws_ping_interval=20,
                ws_max_size=MESSAGE_BYTES,
                log_config=None,
            )
        )
        self._say_listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve and say so."""
        await super().startup(sockets)
        if self.started and self._say_listening is not None:
            await self._say_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, end what is held, then stop."""
        for server in self.servers:
            server.close()
        self._central.bus.stop()
        await self._central.rooms.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """SIGTERM and SIGINT end the server and then this program by its own way out, with code 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        caught = (signal.SIGTERM, signal.SIGINT)
        for number in caught:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
