"""Who may talk to the loopback server, and the one WebSocket of the newest page."""

import asyncio
import contextlib
import hmac
import http
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from agent.adapters.page_server.files import read_files, respond
from agent.ports import AgentError, PageHeard, PageJoined, PageLeft
from protocol.page import FromPage, ToPage

log = logging.getLogger(__name__)

library_log = logging.getLogger(f"{__name__}.websockets")
library_log.setLevel(
    logging.CRITICAL
)  # it reports every file as a rejected handshake, and every port scan with a traceback

HOST = "127.0.0.1"
COOKIE = "bilik_page"
LONGEST_MESSAGE_BYTES = 128 * 1024
WAITING_MESSAGES = 256
"""A page that has not read this many messages hangs; it is dropped and comes back by itself."""
CLOSE_REPLACED = 4001
CLOSE_BAD_MESSAGE = 1008
CLOSE_GOING = 1001
CLOSE_LIMIT_S = 1.0

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(FromPage).decode


def inherited_socket(environ: Mapping[str, str], pid: int) -> socket.socket | None:
    """The listening socket that systemd passes as fd 3, if it is meant for this process."""
    if environ.get("LISTEN_PID") != str(pid) or environ.get("LISTEN_FDS", "0") == "0":
        return None
    listening = socket.socket(fileno=3)
    listening.set_inheritable(False)
    return listening


def bind_socket(port: int) -> socket.socket:
    """A listening loopback socket on `port` (0: any free one)."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise AgentError(
            f"port {port} of {HOST} cannot be used for the page ({error.strerror}); free it or set [page] port"
        ) from error
    return listening


class PageServer:
    """Serves `pages` and `fonts`; talks to at most one page, the newest.

    Every request needs our Host, our Origin where it has one, and the cookie; all else gets a bare 403.
    """

    def __init__(
        self, pages: Path, *, fonts: Path | None = None, port: int = 0, listening: socket.socket | None = None
    ) -> None:
        self._files = read_files(pages)
        if fonts is not None:
            self._files |= read_files(fonts, "/fonts/")
        self._wanted_port = port
        self._listening = listening
        self._port = 0
        self._token = secrets.token_urlsafe(32)
        self._server: Server | None = None
        self._heard: Callable[[PageHeard], None] = lambda _: None
        self._page: PageSocket | None = None
        self.bad_messages = 0
        self.refused_requests = 0

    @property
    def port(self) -> int:
        """The loopback port; 0 before `start`."""
        return self._port

    @property
    def token(self) -> str:
        """The cookie's value; new with every start of the agent."""
        return self._token

    async def start(self, heard: Callable[[PageHeard], None]) -> None:
        """Serve; raises AgentError if the port is taken."""
        self._heard = heard
        if self._listening is None:
            self._listening = bind_socket(self._wanted_port)
        self._port = int(self._listening.getsockname()[1])
        self._server = await serve(
            self._talk,
            sock=self._listening,
            process_request=self._answer,
            compression=None,
            ping_interval=None,
            open_timeout=5,
            close_timeout=CLOSE_LIMIT_S,
            max_size=LONGEST_MESSAGE_BYTES,
            server_header=None,
            logger=library_log,
        )

    def send(self, message: ToPage) -> None:
        """Queue a message; dropped when no page is there, and a page that does not read is dropped itself."""
        if self._page is not None and not self._page.put(encode(message).decode("utf-8")):
            log.warning("page_does_not_read")
            self._page.break_off()

    async def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.close(code=CLOSE_GOING)
            await self._server.wait_closed()
            self._server = None
        elif self._listening is not None:
            self._listening.close()

    # ---- requests -------------------------------------------------------------------------------------------------

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if not self._is_ours(request.headers, is_socket=path == "/ws"):
            self.refused_requests += 1
            return respond(http.HTTPStatus.FORBIDDEN)
        if path == "/ws":
            return None
        file = self._files.get("/index.html" if path == "/" else path)
        if file is None:
            return respond(http.HTTPStatus.NOT_FOUND)
        return respond(http.HTTPStatus.OK, file)

    def _is_ours(self, headers: Headers, *, is_socket: bool) -> bool:
        host = f"{HOST}:{self._port}"
        origins = headers.get_all("Origin")
        expected = [[f"http://{host}"]] if is_socket else [[], [f"http://{host}"]]
        return headers.get_all("Host") == [host] and origins in expected and self._has_cookie(headers)

    def _has_cookie(self, headers: Headers) -> bool:
        found = ""
        for header in headers.get_all("Cookie"):
            with contextlib.suppress(CookieError):
                morsel = SimpleCookie(header).get(COOKIE)
                found = found if morsel is None else morsel.value
        return hmac.compare_digest(found.encode(), self._token.encode())

    # ---- the socket -----------------------------------------------------------------------------------------------

    async def _talk(self, connection: ServerConnection) -> None:
        page = PageSocket(connection)
        replaced, self._page = self._page, page
        if replaced is not None:
            replaced.replace()
        self._heard(PageJoined())
        writing = asyncio.create_task(page.write())
        try:
            await self._listen(connection, page)
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
            if self._page is page:
                self._page = None
                self._heard(PageLeft())

    async def _listen(self, connection: ServerConnection, page: "PageSocket") -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in connection:
                if self._page is not page:
                    return
                try:
                    message = decode(require_text(text))
                except (msgspec.MsgspecError, RecursionError) as error:
                    self.bad_messages += 1
                    log.warning("page_message_refused", extra={"why": str(error)})
                    await connection.close(CLOSE_BAD_MESSAGE)
                    return
                self._heard(message)


class PageSocket:
    """One page's connection with its bounded queue."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[str] = asyncio.Queue(WAITING_MESSAGES)
        self._closing: asyncio.Task[None] | None = None

    def put(self, text: str) -> bool:
        """Queue a message; False if the page has stopped reading."""
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            return False
        return True

    def replace(self) -> None:
        """Say that a newer page is there, without waiting; one that does not answer is broken off."""
        self._closing = asyncio.create_task(self._close(CLOSE_REPLACED))

    def break_off(self) -> None:
        """End the connection at once: a page that does not read would not read the good-bye either."""
        self._connection.transport.abort()

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._connection.close(code)
        except TimeoutError:
            self.break_off()

    async def write(self) -> None:
        """Send what is queued until the connection closes."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._connection.send(await self._queue.get())


def require_text(text: str | bytes) -> str:
    """The message, if it came as text."""
    if isinstance(text, bytes):
        raise msgspec.DecodeError("a binary message")
    return text
