"""The central client against a central that is absent, slow, hostile or talks nonsense."""

import asyncio
import contextlib
import datetime
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from agent.adapters.central_client import HttpCentral, fetch_authority, read_authority
from agent.adapters.central_client.answers import read_retry_after
from agent.ports import (
    CentralError,
    ConfigWrong,
    Nonsense,
    Rejected,
    Unauthorised,
    Unreachable,
    Untrusted,
)
from protocol.call import HangUp, Peer
from protocol.terminal import (
    EnrolmentRequest,
    FaultChanged,
    MachineFacts,
    Mode,
    OpenRequest,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
    TerminalStatus,
    VisitState,
)

pytestmark = pytest.mark.anyio

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


async def test_a_sync_carries_token_and_agent_name_and_gives_both_stamps() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=msgspec.json.encode(ANSWER))

    reply = await client(handler).sync(SYNC)
    assert reply.answer == ANSWER
    assert (reply.sent_boot_s, reply.got_boot_s) == (100.0, 100.0)
    (request,) = seen
    assert str(request.url) == "http://127.0.0.1:9/api/v1/terminal/sync"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"] == "bilik-agent/0.1.0"
    assert msgspec.json.decode(request.content, type=SyncRequest) == SYNC


async def test_enrolment_sends_no_token_before_there_is_one() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        body = {
            "terminal_id": "t3",
            "device_token": "new",
            "settings": {"terminal_name": "Bilik 3", "facility_name": "Rutan"},
        }
        return httpx.Response(201, content=msgspec.json.encode(body))

    central = client(handler)
    central.use_token(None)
    assert (await central.enrol(ENROL)).device_token == "new"


async def test_unknown_fields_of_a_newer_central_are_ignored() -> None:
    body = msgspec.json.encode(msgspec.to_builtins(ANSWER) | {"of_the_future": [1, 2]})
    assert (await client(answering(200, body)).sync(SYNC)).answer == ANSWER


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (answering(500), Unreachable),
        (answering(502, b"<html>Bad gateway"), Unreachable),
        (answering(503), Unreachable),
        (problem(429), Unreachable),
        (answering(200, b"<!doctype html><title>Welcome to the hotel"), Nonsense),
        (answering(200, b'{"received_at_ms": 17'), Nonsense),
        (answering(200, b""), Nonsense),
        (answering(200, b"null"), Nonsense),
        (answering(200, b"\xff\xfe\x00"), Nonsense),
        (answering(200, b"[" * 100_000), Nonsense),
        (answering(200, b'{"received_at_ms":"1","answered_at_ms":1,"revision":1,"hold_s":5}'), Nonsense),
        (answering(200, b'{"received_at_ms":2,"answered_at_ms":1,"revision":1,"hold_s":5}'), Nonsense),
        (answering(200, b'{"received_at_ms":-2,"answered_at_ms":1,"revision":1,"hold_s":5}'), Nonsense),
        (
            answering(200, b'{"received_at_ms":1,"answered_at_ms":99999999999999999999,"revision":1,"hold_s":5}'),
            Nonsense,
        ),
        (answering(200, b'{"received_at_ms":1,"answered_at_ms":1,"revision":1,"hold_s":1e300}'), Nonsense),
        (answering(200, b'{"received_at_ms":1,"answered_at_ms":1,"revision":-1,"hold_s":5}'), Nonsense),
        (answering(302, location="http://portal.example/"), Nonsense),
        (answering(404, b"<html>Not found"), Nonsense),
        (answering(401), Unauthorised),
        (problem(401), Unauthorised),
        (problem(403, "not_approved"), Rejected),
        (problem(404, "unknown"), Rejected),
        (problem(409, "moved"), Rejected),
        (problem(410, "gone"), Rejected),
        (problem(422, "invalid"), Rejected),
    ],
)
async def test_every_bad_answer_has_its_place_in_the_error_tree(
    handler: Callable[[httpx.Request], httpx.Response], kind: type[CentralError]
) -> None:
    with pytest.raises(CentralError) as caught:
        await client(handler).sync(SYNC)
    assert type(caught.value) is kind
    assert TOKEN not in str(caught.value)


async def test_a_refusal_carries_centrals_code_and_when_to_come_back() -> None:
    with pytest.raises(Rejected) as caught:
        await client(problem(429, "wait", retry_after="30")).open_session(
            "s1", OpenRequest(protocol=1, boot_id="b1", pin="123456")
        )
    assert (caught.value.code, caught.value.retry_after_s) == ("wait", 30.0)
    assert "the detail" in str(caught.value)
    assert "123456" not in str(caught.value)


async def test_retry_after_is_honoured_in_seconds_and_as_a_date() -> None:
    with pytest.raises(Unreachable) as caught:
        await client(answering(503, retry_after="17")).sync(SYNC)
    assert caught.value.retry_after_s == 17.0
    date = "Sat, 21 Nov 2026 00:00:40 GMT"
    assert read_retry_after({"retry-after": date, "date": "Sat, 21 Nov 2026 00:00:00 GMT"}, None) == 40.0
    assert read_retry_after({"retry-after": date}, NOW_MS) == 40.0
    assert read_retry_after({"retry-after": date}, None) is None
    assert read_retry_after({"retry-after": date}, NOW_MS + 100_000) == 0.0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "٣", "Sat, 99 Nov 2026 00:00:40 GMT"])
async def test_a_retry_after_that_says_nothing_is_left_out(text: str) -> None:
    assert read_retry_after({"retry-after": text}, NOW_MS) is None


async def test_a_retry_after_is_never_longer_than_an_hour() -> None:
    assert read_retry_after({"retry-after": "99999999"}, None) == 3600.0


async def test_an_answer_without_an_end_is_cut_off() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 100_000

    with pytest.raises(Nonsense, match="longer than"):
        await client(lambda _: httpx.Response(200, content=endless())).sync(SYNC)


async def test_ten_thousand_sessions_fit_into_an_answer() -> None:
    session = {
        "id": "0" * 32,
        "number": "012",
        "start_at_ms": NOW_MS,
        "talk_s": 600,
        "closing_at_ms": None,
        "call_kind": "webrtc",
    }
    settings = {"terminal_name": "Bilik 3", "facility_name": "Rutan"}
    body = msgspec.to_builtins(ANSWER) | {"assignments": {"sessions": [session] * 10_000, "settings": settings}}
    reply = await client(answering(200, msgspec.json.encode(body))).sync(SYNC)
    assert reply.answer.assignments is not None
    assert len(reply.answer.assignments.sessions) == 10_000


async def test_central_may_not_be_earlier_than_it_was_when_last_heard() -> None:
    body = msgspec.json.encode(ANSWER)
    with pytest.raises(Untrusted, match="earlier"):
        await client(answering(200, body), last_known_ms=lambda: NOW_MS + 61_000).sync(SYNC)
    assert (await client(answering(200, body), last_known_ms=lambda: NOW_MS + 59_000).sync(SYNC)).answer == ANSWER


async def test_an_acknowledgement_of_what_was_never_sent_is_nonsense() -> None:
    assert await client(answering(200, b'{"acknowledged_through":1}')).send_events("b1", ROWS) == 1
    for through in (b"2", b"-1"):
        with pytest.raises(Nonsense):
            await client(answering(200, b'{"acknowledged_through":' + through + b"}")).send_events("b1", ROWS)


async def test_a_grant_of_another_session_is_nonsense() -> None:
    body = {
        "session_id": "s2",
        "number": "1",
        "start_at_ms": 1,
        "talk_s": 600,
        "inmate_name": "Budi S.",
        "family_name": "Ibu Siti",
    }
    with pytest.raises(Nonsense) as caught:
        await client(answering(200, msgspec.json.encode(body))).open_session(
            "s1", OpenRequest(protocol=1, boot_id="b1")
        )
    assert "Budi" not in str(caught.value)


async def test_a_session_id_cannot_change_the_address() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return problem(404)(request)

    with pytest.raises(Rejected):
        await client(handler).open_session("../../x?y#z", OpenRequest(protocol=1, boot_id="b1"))
    assert seen == ["/api/v1/terminal/sessions/..%2F..%2Fx%3Fy%23z/open"]


@pytest.mark.parametrize(
    "url",
    [
        "http://central.example",
        "ftp://central.example",
        "central.example",
        "https://",
        "https://user:pw@c.example",
        "https://c.example/?q=1",
    ],
)
async def test_an_address_that_cannot_be_right_is_refused(url: str) -> None:
    with pytest.raises(ConfigWrong) as caught:
        HttpCentral(url, version="0", boot_s=lambda: 0.0)
    assert "pw" not in str(caught.value)


async def test_nobody_listening_is_unreachable() -> None:
    async with plain_server(b"") as url:
        pass
    central = HttpCentral(url, version="0", boot_s=lambda: 0.0)
    with pytest.raises(Unreachable, match=r"refused|reached"):
        await central.sync(SYNC)
    with pytest.raises(Unreachable):
        async with central.signalling("s1"):
            pass
    await central.close()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{half", b"garbage\r\n\r\n"])
async def test_a_connection_that_breaks_is_unreachable(answer: bytes) -> None:
    async with plain_server(answer) as url:
        central = HttpCentral(url, version="0", boot_s=lambda: 0.0)
        with pytest.raises(Unreachable):
            await central.sync(SYNC)
        await central.close()


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


async def test_an_answer_that_does_not_come_is_unreachable_after_the_time_it_was_given() -> None:
    async with silent_server() as url:
        central = HttpCentral(url, version="0", boot_s=lambda: 0.0, answer_s=0.05)
        with pytest.raises(Unreachable):
            await asyncio.wait_for(central.sync(SYNC), 5)
        await central.close()


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


async def test_a_held_request_is_waited_for_as_long_as_central_said() -> None:
    reads: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        reads.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, content=msgspec.json.encode(ANSWER))

    central = client(handler)
    for hold in (True, True, False):
        await central.sync(msgspec.structs.replace(SYNC, hold=hold))
    assert reads == [40.0, 15.0, 10.0]


# ---- certificates -------------------------------------------------------------------------------------------------

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (
    len(msgspec.json.encode(ANSWER)),
    msgspec.json.encode(ANSWER),
)


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


async def test_a_certificate_of_the_known_authority_is_believed() -> None:
    async with secure(Certificates(), now_ms=NOW_MS) as central:
        assert (await central.sync(SYNC)).answer == ANSWER


async def test_signalling_goes_through_the_same_trust() -> None:
    certificates = Certificates()
    calls = Calls()
    async with serve(calls.talk, "127.0.0.1", 0, ssl=certificates.context) as server:
        url = f"https://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        central = HttpCentral(
            url, version="0", boot_s=lambda: 0.0, central_ms=lambda: NOW_MS, authority_pem=certificates.pem
        )
        async with central.signalling("s1") as socket:
            await socket.send(HangUp())
            assert [message async for message in socket] == []
        await central.close()
    assert calls.heard == ['{"type":"hang_up"}']


@pytest.mark.parametrize(("since_days", "until_days", "why"), [(-9, -5, "expired"), (5, 9, "not valid yet")])
async def test_wrong_dates_are_refused_once_the_time_is_known(since_days: int, until_days: int, why: str) -> None:
    certificates = Certificates(since_days=since_days, until_days=until_days)
    async with secure(certificates, now_ms=NOW_MS) as central:
        with pytest.raises(Untrusted, match=why):
            await central.sync(SYNC)
        with pytest.raises(Untrusted, match=why):
            async with central.signalling("s1"):
                pass


async def test_without_a_known_time_the_dates_are_checked_against_the_first_answer() -> None:
    async with secure(Certificates(), now_ms=None) as central:
        assert (await central.sync(SYNC)).answer == ANSWER
    async with secure(Certificates(since_days=-9, until_days=-5), now_ms=None) as central:
        with pytest.raises(Untrusted, match="expired"):
            await central.sync(SYNC)


async def test_a_pc_with_a_dead_battery_reaches_a_central_whose_certificate_its_wall_clock_finds_wrong() -> None:
    """The certificate's days lie in 2020: wrong by this machine's wall clock, right by central's time."""
    then = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    days = (then - NOW).days
    async with secure(
        Certificates(since_days=days - 1, until_days=days + 2), now_ms=round(then.timestamp() * 1000)
    ) as central:
        assert (await central.sync(SYNC)).answer == ANSWER


@pytest.mark.parametrize("now_ms", [None, NOW_MS])
async def test_another_host_name_is_refused_whatever_the_time(now_ms: int | None) -> None:
    async with secure(Certificates(host="other.example"), now_ms=now_ms) as central:
        with pytest.raises(Untrusted, match="IP address mismatch"):
            await central.sync(SYNC)


@pytest.mark.parametrize("now_ms", [None, NOW_MS])
async def test_an_unknown_authority_is_refused_whatever_the_time(now_ms: int | None) -> None:
    async with secure(Certificates(), now_ms=now_ms, pem=Certificates().pem) as central:
        with pytest.raises(Untrusted, match=r"self-signed|unable to get"):
            await central.sync(SYNC)


async def test_plain_http_on_the_secure_port_is_refused() -> None:
    async def speak_first(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GOOD)
        writer.close()

    async with await asyncio.start_server(speak_first, "127.0.0.1", 0) as server:
        central = HttpCentral(
            f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", version="0", boot_s=lambda: 0.0
        )
        with pytest.raises(Untrusted, match="no TLS"):
            await central.sync(SYNC)
        await central.close()


async def test_a_private_authority_is_found_by_its_hash_and_nothing_else_is_believed(tmp_path: Path) -> None:
    certificates = Certificates()
    certificates.context.load_cert_chain(write_chain(certificates, tmp_path / "chain.pem"))
    async with plain_server(GOOD, certificates.context) as url:
        found = await fetch_authority(url, certificates.sha256.upper())
        assert ssl.PEM_cert_to_DER_cert(found) == ssl.PEM_cert_to_DER_cert(certificates.pem)
        with pytest.raises(Untrusted, match="ca_file"):
            await fetch_authority(url, Certificates().sha256)
    with pytest.raises(Unreachable):
        await fetch_authority(url, certificates.sha256)


def write_chain(certificates: Certificates, path: Path) -> Path:
    """Key and chain with the authority at its end, as the set-up of a private authority is to send it."""
    leaf = certificates.authority.issue_cert("127.0.0.1", not_before=NOW - DAY, not_after=NOW + DAY)
    path.write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + certificates.authority.cert_pem.bytes())
    return path


async def test_an_authority_from_a_file_must_have_the_hash(tmp_path: Path) -> None:
    certificates = Certificates()
    path = tmp_path / "ca.pem"
    path.write_text(certificates.pem)
    assert read_authority(path, certificates.sha256) == certificates.pem
    assert read_authority(path) == certificates.pem
    with pytest.raises(ConfigWrong, match=r"ca\.pem"):
        read_authority(path, "0" * 64)
    path.write_text("not a certificate")
    with pytest.raises(ConfigWrong, match="ca_file"):
        read_authority(path)


# ---- signalling ---------------------------------------------------------------------------------------------------


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


async def test_signalling_goes_both_ways_and_a_message_of_nonsense_does_not_end_it() -> None:
    peer = Peer(present=True, ready=True, admitted=False)
    calls = Calls("half {", '{"type":"of_the_future"}', msgspec.json.encode(peer).decode())
    async with calls.serve() as central, central.signalling("s1") as socket:
        await socket.send(HangUp())
        assert [message async for message in socket] == [peer]
        with pytest.raises(Unreachable):
            await socket.send(HangUp())
    assert calls.heard == ['{"type":"hang_up"}']
    (request,) = calls.requests
    assert request.path == "/api/v1/calls/s1"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["User-Agent"] == "bilik-agent/0.1.0"


async def test_a_signalling_socket_that_breaks_is_unreachable() -> None:
    async with Calls(close_code=1012).serve() as central, central.signalling("s1") as socket:
        await socket.send(HangUp())
        with pytest.raises(Unreachable, match="1012"):
            [message async for message in socket]


@pytest.mark.parametrize(
    ("status", "kind", "content_type", "body"),
    [
        (401, Unauthorised, "text/plain", b""),
        (403, Rejected, "application/problem+json", b'{"status":403,"title":"No","code":"not_open"}'),
        (503, Unreachable, "text/plain", b""),
        (307, Nonsense, "text/plain", b""),
    ],
)
async def test_a_refused_socket_has_its_place_in_the_error_tree(
    status: int, kind: type[CentralError], content_type: str, body: bytes
) -> None:
    headers = Headers(
        [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Location", "ws://127.0.0.1:1/")]
    )
    async with Calls(refuse=Response(status, "No", headers, body)).serve() as central:
        with pytest.raises(CentralError) as caught:
            async with central.signalling("s1"):
                pass
    assert type(caught.value) is kind
    assert TOKEN not in str(caught.value)
