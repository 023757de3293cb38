"""The Central on httpx: strict, bounded in time and size, and quiet about secrets."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from agent.adapters.central_client import line
from agent.adapters.central_client.answers import LONGEST_HOLD_S, check_sync, decode_answer, refusal, silence
from agent.adapters.central_client.download import download
from agent.adapters.central_client.signalling_socket import open_socket
from agent.adapters.central_client.trust import DatedObject, TimeReader, check_address, make_context
from agent.ports import ConfigWrong, Nonsense, Signalling, SyncReply
from protocol import PROTOCOL_VERSION
from protocol.diagnosis import LineMeasured, LineTried
from protocol.terminal import (
    EnrolmentAnswer,
    EnrolmentRequest,
    EventBatch,
    EventsAnswer,
    Grant,
    OpenRequest,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
)

CONNECT_S = 5.0
ANSWER_S = 10.0
FIRST_HOLD_S = 30.0
LONGEST_BODY_BYTES = 2_000_000
API = "/api/v1"

encode = msgspec.json.Encoder().encode

Answer = TypeVar("Answer")


def know_nothing() -> int | None:
    """No time is known."""
    return None


class HttpCentral:
    """The central at `url`.

    `boot_s`: seconds since boot, for the two stamps of a sync. `central_ms`: central's time by the clock map, None before there is one.
    `last_known_ms`: central's time as the journal remembers it. `authority_pem`: the private CA to believe instead of the system's.
    `answer_s`: how long an answer may take beyond what central said it would hold it.
    """

    def __init__(
        self,
        url: str,
        *,
        version: str,
        boot_s: Callable[[], float],
        central_ms: TimeReader = know_nothing,
        last_known_ms: TimeReader = know_nothing,
        authority_pem: str | None = None,
        answer_s: float = ANSWER_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = check_address(url)
        try:
            httpx.URL(self._url)
        except httpx.InvalidURL as error:
            raise ConfigWrong("central's address is no web address; it looks like https://central.example") from error
        self._boot_s = boot_s
        self._central_ms = central_ms
        self._last_known_ms = last_known_ms
        self._token: str | None = None
        self._answer_s = answer_s
        self._hold_s = FIRST_HOLD_S
        self._user_agent = f"bilik-agent/{version}"
        self._context = make_context(authority_pem, central_ms) if self._url.startswith("https:") else None
        self._client = make_client(self._context, self._user_agent, transport)

    def use_token(self, token: str | None) -> None:
        """Send this token from now on."""
        self._token = token

    async def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        """One-time code against a device token."""
        answer, _ = await self._post("/enrolment", request, EnrolmentAnswer, "enrolment")
        return answer

    async def sync(self, request: SyncRequest) -> SyncReply:
        """The regular request; held by central for as long as its last answer said."""
        sent_boot_s = self._boot_s()
        hold_s = self._hold_s if request.hold else 0.0
        answer, got = await self._post("/terminal/sync", request, SyncAnswer, "sync", hold_s=hold_s)
        answer = check_sync(answer, self._last_known_ms())
        check_dates(got.connection, self._central_ms() or answer.answered_at_ms, "sync")
        self._hold_s = answer.hold_s
        return SyncReply(answer=answer, sent_boot_s=sent_boot_s, got_boot_s=got.boot_s)

    async def open_session(self, session_id: str, request: OpenRequest) -> Grant:
        """Ask for the grant; Rejected.code: wrong_pin, moved, cancelled, open_elsewhere, not_now, wait."""
        grant, _ = await self._post(f"/terminal/sessions/{quote(session_id, safe='')}/open", request, Grant, "open")
        if grant.session_id != session_id:
            raise Nonsense("open: central granted another session than was asked for; check central")
        return grant

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        """Returns acknowledged_through, which is never beyond what was sent."""
        batch = EventBatch(protocol=PROTOCOL_VERSION, boot_id=boot_id, rows=rows)
        answer, _ = await self._post("/terminal/events", batch, EventsAnswer, "events")
        if not 0 <= answer.acknowledged_through <= rows[-1].seq:
            raise Nonsense("events: central acknowledged what it was never sent; check central")
        return answer.acknowledged_through

    def signalling(self, session_id: str) -> AbstractAsyncContextManager[Signalling]:
        """Open the signalling socket of a granted session."""
        return open_socket(
            f"ws{self._url.removeprefix('http')}{API}/calls/{quote(session_id, safe='')}",
            headers=self._authorisation(),
            user_agent=self._user_agent,
            context=self._context,
            central_ms=self._central_ms,
        )

    async def download(self, version: str, file: str, place: Path, *, most_bytes: int) -> None:
        """Fetch one file of a release onto the disk; an OSError is the disk's."""
        request = self._client.build_request(
            "GET",
            f"{self._url}{API}/terminal/releases/{quote(version, safe='')}/{quote(file, safe='')}",
            headers=self._authorisation(),
            timeout=httpx.Timeout(self._answer_s, connect=CONNECT_S),
        )
        now_ms = self._central_ms()
        connection = await download(self._client, request, place, most_bytes=most_bytes, central_ms=now_ms)
        if now_ms is not None:
            check_dates(connection, now_ms, "release")

    async def try_line(self, boot_id: str) -> LineMeasured:
        """Send and fetch up to a megabyte; Rejected.code: in_call, wait."""
        boot = f"?boot_id={quote(boot_id, safe='')}"

        async def send(content: bytes) -> LineTried:
            tried, _ = await self._send(
                f"/terminal/line{boot}", content, LineTried, "line", kind="application/octet-stream"
            )
            return tried

        def open_() -> Awaitable[httpx.Response]:
            timeout = httpx.Timeout(self._answer_s, connect=CONNECT_S)
            url = f"{self._url}{API}/terminal/line/bytes{boot}"
            request = self._client.build_request("GET", url, headers=self._authorisation(), timeout=timeout)
            return self._client.send(request, stream=True)

        return await line.measure(send, open_, self._boot_s)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()

    def _authorisation(self) -> dict[str, str]:
        return {} if self._token is None else {"Authorization": f"Bearer {self._token}"}

    async def _post(
        self, path: str, message: msgspec.Struct, kind: type[Answer], what: str, *, hold_s: float = 0.0
    ) -> tuple[Answer, "Received"]:
        return await self._send(path, encode(message), kind, what, hold_s=hold_s)

    async def _send(
        self,
        path: str,
        content: bytes,
        answer: type[Answer],
        what: str,
        *,
        kind: str = "application/json",
        hold_s: float = 0.0,
    ) -> tuple[Answer, "Received"]:
        answer_s = min(hold_s, LONGEST_HOLD_S) + self._answer_s
        request = self._client.build_request(
            "POST",
            f"{self._url}{API}{path}",
            content=content,
            headers={"Content-Type": kind} | self._authorisation(),
            timeout=httpx.Timeout(self._answer_s, connect=CONNECT_S, read=answer_s),
        )
        try:
            async with asyncio.timeout(CONNECT_S + answer_s):
                got = await self._receive(request, what)
        except (httpx.HTTPError, httpx.StreamError, OSError, TimeoutError) as error:
            raise silence(error, what) from error
        now_ms = self._central_ms()
        if now_ms is not None:
            check_dates(got.connection, now_ms, what)
        if not 200 <= got.status < 300:
            raise refusal(got.status, got.headers, got.body, what, now_ms)
        return decode_answer(answer, got.body, what), got

    async def _receive(self, request: httpx.Request, what: str) -> "Received":
        response = await self._client.send(request, stream=True)
        try:
            boot_s = self._boot_s()
            body = bytearray()
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Nonsense(f"{what}: a compressed answer that was not asked for; check what stands between")
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > LONGEST_BODY_BYTES:
                    raise Nonsense(f"{what}: central's answer is longer than {LONGEST_BODY_BYTES} bytes; check central")
        finally:
            await response.aclose()
        stream = response.extensions.get("network_stream")
        connection = None if stream is None else stream.get_extra_info("ssl_object")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Received(
            status=response.status_code, headers=headers, body=bytes(body), boot_s=boot_s, connection=connection
        )


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it came; `boot_s`: when its head was there. `connection`: the TLS connection it came on."""

    status: int
    headers: dict[str, str]
    body: bytes
    boot_s: float
    connection: object


def check_dates(connection: object, now_ms: int, what: str) -> None:
    """A connection made before the time was known is checked as soon as it is; raises Untrusted."""
    if isinstance(connection, DatedObject):
        try:
            connection.check_dates(now_ms)
        except ssl.SSLCertVerificationError as error:
            raise silence(error, what) from error


def make_client(
    context: ssl.SSLContext | None, user_agent: str, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """HTTP/1.1 with few kept connections, no redirects, no proxy from the environment, no compression (an answer's size is bounded)."""
    if transport is None:
        limits = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=60)
        transport = httpx.AsyncHTTPTransport(
            verify=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), http2=False, limits=limits, trust_env=False
        )
    headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
    return httpx.AsyncClient(transport=transport, headers=headers, follow_redirects=False, trust_env=False)
