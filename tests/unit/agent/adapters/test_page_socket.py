"""The page's socket: newest wins, and a page that misbehaves does no harm."""

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from agent.adapters.page_server.server import WAITING_MESSAGES
from agent.ports import PageJoined, PageLeft
from protocol.page import Alive, Notice, Ready, ToPage
from tests.unit.agent.adapters.page_booth import LEASE, Booth, booth, wait_for

pytestmark = pytest.mark.anyio


async def test_messages_go_both_ways_and_leaving_is_heard(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        one.server.send(LEASE)  # nobody is there: dropped
        async with one.page() as page:
            await page.send('{"type":"ready"}')
            await wait_for(lambda: len(one.heard) == 2)
            one.server.send(LEASE)
            assert msgspec.json.decode(await page.recv(), type=ToPage) == LEASE
        await wait_for(lambda: len(one.heard) == 3)
        assert one.heard == [PageJoined(), Ready(), PageLeft()]


async def test_the_newest_page_wins_and_the_old_one_is_told(tmp_path: Path) -> None:
    async with booth(tmp_path) as one, one.page() as old, one.page() as new:
        assert await closed_with(old) == 4001
        await new.send('{"type":"alive","hidden":false}')
        await wait_for(lambda: Alive(hidden=False) in one.heard)
        assert one.heard == [PageJoined(), PageJoined(), Alive(hidden=False)]
        one.server.send(LEASE)
        assert await new.recv()


async def closed_with(page: ClientConnection) -> int | None:
    """The code with which the server closed this page."""
    async with asyncio.timeout(5):
        await page.wait_closed()
    return page.close_code


@pytest.mark.parametrize(
    "message", ['{"type":"unlock_everything"}', '{"type":"ready","extra":1}', '{"type":"alive"}', "half {", b"\x00\x01"]
)
async def test_a_bad_message_closes_the_socket_and_is_counted(tmp_path: Path, message: str | bytes) -> None:
    async with booth(tmp_path) as one, one.page() as page:
        await page.send(message)
        assert await closed_with(page) == 1008
        await wait_for(lambda: one.heard[-1] == PageLeft())
        assert one.server.bad_messages == 1


async def test_a_huge_message_closes_the_socket(tmp_path: Path) -> None:
    async with booth(tmp_path) as one, one.page() as page:
        await page.send("x" * 300_000)
        assert await closed_with(page) == 1009
        await wait_for(lambda: one.heard == [PageJoined(), PageLeft()])


async def test_a_page_that_does_not_read_is_dropped_and_does_not_fill_memory(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        with await joined_without_reading(one):
            await wait_for(lambda: one.heard == [PageJoined()])
            for _ in range(WAITING_MESSAGES * 100):
                one.server.send(Notice(kind="message", text="x" * 200))
                await asyncio.sleep(0)
                if one.heard[-1] == PageLeft():
                    break
            await wait_for(lambda: one.heard[-1] == PageLeft())


async def test_a_page_that_hangs_is_replaced_all_the_same(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        with await joined_without_reading(one):
            await wait_for(lambda: one.heard == [PageJoined()])
            async with one.page() as new:
                one.server.send(LEASE)
                assert await new.recv()


async def joined_without_reading(one: Booth) -> socket.socket:
    """A page whose socket is open and which then hangs."""
    page = socket.socket()
    page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    page.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(page, ("127.0.0.1", one.server.port))
    head = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{one.server.port}\r\nOrigin: {one.origin}\r\nCookie: bilik_page={one.server.token}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(page, head.encode())
    assert b"101" in await loop.sock_recv(page, 200)
    return page
