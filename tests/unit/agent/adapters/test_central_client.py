"""The central client against a central that is absent, slow, hostile or talks nonsense."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import msgspec
import pytest

from agent.adapters.central_client import HttpCentral
from agent.adapters.central_client.answers import read_retry_after
from agent.ports import (
    CentralError,
    CutOff,
    Nonsense,
    Rejected,
    Unauthorised,
    Unreachable,
    Untrusted,
)
from protocol.terminal import (
    OpenRequest,
    SyncRequest,
)
from tests.unit.agent.adapters.central_wire import (
    ANSWER,
    ENROL,
    NOW_MS,
    ROWS,
    SYNC,
    TOKEN,
    answering,
    client,
    plain_server,
    problem,
    silent_server,
)

pytestmark = pytest.mark.anyio


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


GATEWAY = b"HTTP/1.1 504 Gateway Time-out\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{half", b"garbage\r\n\r\n", GATEWAY]
)
async def test_a_connection_that_breaks_is_told_from_one_that_never_was(answer: bytes) -> None:
    async with plain_server(answer) as url:
        central = HttpCentral(url, version="0", boot_s=lambda: 0.0)
        with pytest.raises(CutOff):
            await central.sync(SYNC)
        await central.close()


async def test_an_answer_that_does_not_come_is_unreachable_after_the_time_it_was_given() -> None:
    async with silent_server() as url:
        central = HttpCentral(url, version="0", boot_s=lambda: 0.0, answer_s=0.05)
        with pytest.raises(Unreachable):
            await asyncio.wait_for(central.sync(SYNC), 5)
        await central.close()


async def test_a_held_request_is_waited_for_as_long_as_central_said() -> None:
    reads: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        reads.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, content=msgspec.json.encode(ANSWER))

    central = client(handler)
    for hold in (True, True, False):
        await central.sync(msgspec.structs.replace(SYNC, hold=hold))
    assert reads == [40.0, 15.0, 10.0]
