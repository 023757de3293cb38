"""The HTTP server: one process, orderly end in under a second, and a word when it listens."""

import asyncio
import contextlib
import gc
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator

import uvicorn
from litestar import Litestar

from central.context import Central
from central.metrics import Measured

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


class Server(uvicorn.Server):
    """uvicorn that first tells held requests and sockets to finish, and then waits for them."""

    def __init__(self, app: Litestar, *, listening: Callable[[], Awaitable[None]] | None = None) -> None:
        self._central = Central.of(app.state)
        super().__init__(
            uvicorn.Config(
                Measured(app, self._central.metrics),
                http="httptools",
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
