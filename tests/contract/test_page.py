"""What every Page keeps: the fake, and the loopback server with a real WebSocket page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect

from agent.adapters.page_server import PageServer
from agent.ports import Page, PageHeard, PageJoined, PageLeft
from protocol.page import Alive, FromPage, Lease, Ready, ToPage
from tests.fakes import FakePage

pytestmark = pytest.mark.anyio

LEASE = Lease(ms=2000, left_ms=60_000, running=True)


class Glass(Protocol):
    """A page's end, worked by the test. `seen`: what the page in front was sent."""

    page: Page

    async def join(self) -> None: ...

    async def leave(self) -> None: ...

    async def say(self, message: FromPage) -> None: ...

    async def seen(self, count: int) -> list[ToPage]: ...


class FakeGlass:
    def __init__(self) -> None:
        self.fake = FakePage()
        self.page: Page = self.fake

    async def join(self) -> None:
        self.fake.join()

    async def leave(self) -> None:
        self.fake.leave()

    async def say(self, message: FromPage) -> None:
        self.fake.say(message)

    async def seen(self, count: int) -> list[ToPage]:
        return self.fake.sent


class RealGlass:
    def __init__(self, directory: Path) -> None:
        self.page: Page = PageServer(directory)
        self.sockets: list[ClientConnection] = []

    async def join(self) -> None:
        origin = f"http://127.0.0.1:{self.page.port}"
        cookie = {"Cookie": f"bilik_page={self.page.token}"}
        self.sockets.append(
            await connect(f"{origin}/ws".replace("http", "ws"), origin=origin, additional_headers=cookie, proxy=None)
        )

    async def leave(self) -> None:
        await self.sockets[-1].close()

    async def say(self, message: FromPage) -> None:
        await self.sockets[-1].send(msgspec.json.encode(message).decode())

    async def seen(self, count: int) -> list[ToPage]:
        async with asyncio.timeout(5):
            return [msgspec.json.decode(await self.sockets[-1].recv(), type=ToPage) for _ in range(count)]


@pytest.fixture(params=["fake", "websocket"])
async def glass(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Glass]:
    made: Glass = FakeGlass() if request.param == "fake" else RealGlass(tmp_path)
    yield made
    await made.page.close()
    if isinstance(made, RealGlass):
        for socket in made.sockets:
            await socket.close()


@pytest.fixture
def heard() -> list[PageHeard]:
    return []


@pytest.fixture
def wait_heard(heard: list[PageHeard]) -> Callable[..., Awaitable[None]]:
    async def wait(*expected: PageHeard) -> None:
        async with asyncio.timeout(5):
            while len(heard) < len(expected):  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.005)
        assert heard == list(expected)

    return wait


async def test_joining_talking_and_leaving_are_heard_in_order(
    glass: Glass, heard: list[PageHeard], wait_heard: Callable[..., Awaitable[None]]
) -> None:
    await glass.page.start(heard.append)
    await glass.join()
    await glass.say(Ready())
    await glass.say(Alive(hidden=False))
    await wait_heard(PageJoined(), Ready(), Alive(hidden=False))
    await glass.leave()
    await wait_heard(PageJoined(), Ready(), Alive(hidden=False), PageLeft())


async def test_a_page_gets_what_is_sent_while_it_is_there(
    glass: Glass, heard: list[PageHeard], wait_heard: Callable[..., Awaitable[None]]
) -> None:
    await glass.page.start(heard.append)
    glass.page.send(Lease(ms=1, left_ms=1, running=False))
    await glass.join()
    await wait_heard(PageJoined())
    glass.page.send(LEASE)
    glass.page.send(LEASE)
    assert await glass.seen(2) == [LEASE, LEASE]


async def test_a_page_that_comes_back_is_heard_as_joined_once_more(
    glass: Glass, heard: list[PageHeard], wait_heard: Callable[..., Awaitable[None]]
) -> None:
    await glass.page.start(heard.append)
    await glass.join()
    await wait_heard(PageJoined())
    await glass.join()
    await glass.say(Ready())
    await wait_heard(PageJoined(), PageJoined(), Ready())


async def test_it_has_a_port_and_a_token(glass: Glass, heard: list[PageHeard]) -> None:
    await glass.page.start(heard.append)
    assert 0 < glass.page.port < 65536
    assert glass.page.token
