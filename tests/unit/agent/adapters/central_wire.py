"""A central at the end of a wire: scripted answers, servers that misbehave, certificates, a signalling end."""

import asyncio
import contextlib
import datetime
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import msgspec
import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from agent.adapters.central_client import HttpCentral
from protocol.terminal import (
    EnrolmentRequest,
    FaultChanged,
    MachineFacts,
    Mode,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
    TerminalStatus,
    VisitState,
)

NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
NOW_MS = round(NOW.timestamp() * 1000)
DAY = datetime.timedelta(days=1)
TOKEN = "device-token-of-the-test"
SYNC = SyncRequest(
    protocol=1, boot_id="b1", revision=0, hold=False, status=TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.NONE)
)
ANSWER = SyncAnswer(received_at_ms=NOW_MS, answered_at_ms=NOW_MS + 1, revision=3, hold_s=5.0)
ENROL = EnrolmentRequest(
    protocol=1,
    code="ABCD-EFGH",
    machine=MachineFacts(hostname="pc", operating_system="Debian 12", machine_key="k", agent_version="0.1.0"),
)
ROWS = (OutboxRow(seq=1, at_ms=None, event=FaultChanged(code="JAR-1", raised=True)),)
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (
    len(msgspec.json.encode(ANSWER)),
    msgspec.json.encode(ANSWER),
)


def client(handler: Callable[[httpx.Request], httpx.Response], **arguments: object) -> HttpCentral:
    """A client whose network is `handler`."""
    central = HttpCentral(
        "http://127.0.0.1:9",
        version="0.1.0",
        boot_s=lambda: 100.0,
        transport=httpx.MockTransport(handler),
        **arguments,
    )
    central.use_token(TOKEN)
    return central


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            status, content=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return handler


def problem(status: int, code: str = "", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    body = msgspec.json.encode({"status": status, "title": "No", "detail": "the detail", "code": code})
    return answering(status, body, content_type="application/problem+json", **headers)


@asynccontextmanager
async def plain_server(answer: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that reads a request's head and body, answers these bytes and hangs up."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0, ssl=context)
    scheme = "http" if context is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """A server that takes every connection and says nothing."""
    connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in connections:
            writer.close()


class Certificates:
    """A private authority and one server certificate."""

    def __init__(self, *, host: str = "127.0.0.1", since_days: int = -1, until_days: int = 1) -> None:
        self.authority = trustme.CA()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = self.authority.issue_cert(host, not_before=NOW + since_days * DAY, not_after=NOW + until_days * DAY)
        leaf.configure_cert(self.context)
        self.pem = self.authority.cert_pem.bytes().decode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.pem)).hexdigest()


@asynccontextmanager
async def secure(
    certificates: Certificates, *, now_ms: int | None, pem: str | None = None
) -> AsyncIterator[HttpCentral]:
    async with plain_server(GOOD, certificates.context) as url:
        central = HttpCentral(
            url,
            version="0",
            boot_s=lambda: 0.0,
            central_ms=lambda: now_ms,
            authority_pem=certificates.pem if pem is None else pem,
        )
        try:
            yield central
        finally:
            await central.close()


class Calls:
    """A signalling server: says `says`, keeps what it hears and the requests it saw."""

    def __init__(self, *says: str, refuse: Response | None = None, close_code: int = 1000) -> None:
        self.says = says
        self.refuse = refuse
        self.close_code = close_code
        self.requests: list[Request] = []
        self.heard: list[str | bytes] = []

    async def talk(self, connection: ServerConnection) -> None:
        for text in self.says:
            await connection.send(text)
        self.heard.append(await connection.recv())
        await connection.close(self.close_code)

    def answer(self, _: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return self.refuse

    def serve(self) -> AbstractAsyncContextManager[HttpCentral]:
        return self._serve()

    @asynccontextmanager
    async def _serve(self) -> AsyncIterator[HttpCentral]:
        async with serve(self.talk, "127.0.0.1", 0, process_request=self.answer) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            central = HttpCentral(f"http://127.0.0.1:{port}", version="0.1.0", boot_s=lambda: 0.0)
            central.use_token(TOKEN)
            yield central
            await central.close()
