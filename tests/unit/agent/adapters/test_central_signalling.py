"""The signalling socket: both ways, broken, refused."""

import msgspec
import pytest
from websockets.datastructures import Headers
from websockets.http11 import Response

from agent.ports import (
    CentralError,
    Nonsense,
    Rejected,
    Unauthorised,
    Unreachable,
)
from protocol.call import HangUp, Peer
from tests.unit.agent.adapters.central_wire import TOKEN, Calls

pytestmark = pytest.mark.anyio


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
