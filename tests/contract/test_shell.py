"""What every Shell keeps: the fake, the Unix socket with a real peer, and Windows' named pipe (`make wine-test`)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from agent.adapters.shell_link import ShellLink
from agent.ports import Shell, ShellHeard, ShellJoined, ShellLeft
from protocol.shell import EscapeFact, FromShell, Order, OrderKind, ShellHello, ToShell
from tests.fakes import FakeShell

pytestmark = pytest.mark.anyio

HELLO = ShellHello(version="0.1.0", pid=7, screen="1024x768")
ESCAPE = EscapeFact(kind="alt_tab")
CURTAIN = Order(kind=OrderKind.SHOW_CURTAIN)


class Peer(Protocol):
    """The shell's end, worked by the test."""

    shell: Shell

    async def join(self) -> None: ...

    async def leave(self) -> None: ...

    async def say(self, message: FromShell) -> None: ...

    async def seen(self, count: int) -> list[ToShell]: ...


class FakePeer:
    def __init__(self) -> None:
        self.fake = FakeShell()
        self.shell: Shell = self.fake

    async def join(self) -> None:
        self.fake.join()

    async def leave(self) -> None:
        self.fake.leave()

    async def say(self, message: FromShell) -> None:
        self.fake.say(message)

    async def seen(self, count: int) -> list[ToShell]:
        return self.fake.sent


class RealPeer:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.shell: Shell = ShellLink(path)
        self.ends: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def join(self) -> None:
        self.ends.append(await asyncio.open_unix_connection(str(self.path)))

    async def leave(self) -> None:
        self.ends[-1][1].close()

    async def say(self, message: FromShell) -> None:
        self.ends[-1][1].write(msgspec.json.encode(message) + b"\n")

    async def seen(self, count: int) -> list[ToShell]:
        async with asyncio.timeout(5):
            return [msgspec.json.decode(await self.ends[-1][0].readline(), type=ToShell) for _ in range(count)]


class PipePeer(RealPeer):
    """On a pipe for our own account, opened as bilik-shell opens it."""

    def __init__(self) -> None:
        from agent.adapters.pipe_windows import PipeListener, own_sid

        self.name = rf"\\.\pipe\bilik-contract-{os.getpid()}"
        self.listener = PipeListener(self.name, allowed=frozenset({own_sid()}))
        self.shell = ShellLink(Path(self.name), listener=self.listener)
        self.ends = []

    async def join(self) -> None:
        from kiosk_ui.shell.pipe_windows import open_pipe

        self.ends.append(await open_pipe(self.name, limit=65_536, is_kiosk=False))


IS_HERE = {"fake": True, "socket": hasattr(asyncio, "open_unix_connection"), "pipe": sys.platform == "win32"}


@pytest.fixture(params=list(IS_HERE))
async def peer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Peer]:
    if not IS_HERE[request.param]:
        pytest.skip(f"this system has no {request.param}; pipes are tried by make wine-test")
    made: Peer = {
        "fake": FakePeer,
        "socket": lambda: RealPeer(tmp_path / "shell.sock"),
        "pipe": PipePeer,
    }[request.param]()
    yield made
    await made.shell.close()
    if isinstance(made, RealPeer):
        for _, writer in made.ends:
            writer.close()


@pytest.fixture
def heard() -> list[ShellHeard]:
    return []


@pytest.fixture
def wait_heard(heard: list[ShellHeard]) -> Callable[..., Awaitable[None]]:
    async def wait(*expected: ShellHeard) -> None:
        async with asyncio.timeout(5):
            while len(heard) < len(expected):  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0.005)
        assert heard == list(expected)

    return wait


async def test_joining_talking_and_leaving_are_heard_in_order(
    peer: Peer, heard: list[ShellHeard], wait_heard: Callable[..., Awaitable[None]]
) -> None:
    await peer.shell.start(heard.append)
    await peer.join()
    await peer.say(HELLO)
    await peer.say(ESCAPE)
    await wait_heard(ShellJoined(), HELLO, ESCAPE)
    await peer.leave()
    await wait_heard(ShellJoined(), HELLO, ESCAPE, ShellLeft())


async def test_a_shell_gets_the_orders_given_while_it_is_there(
    peer: Peer, heard: list[ShellHeard], wait_heard: Callable[..., Awaitable[None]]
) -> None:
    await peer.shell.start(heard.append)
    peer.shell.send(Order(kind=OrderKind.RAISE_WINDOW))
    await peer.join()
    await wait_heard(ShellJoined())
    peer.shell.send(CURTAIN)
    assert await peer.seen(1) == [CURTAIN]


async def test_a_shell_that_comes_back_is_heard_as_joined_once_more(
    peer: Peer, heard: list[ShellHeard], wait_heard: Callable[..., Awaitable[None]]
) -> None:
    await peer.shell.start(heard.append)
    await peer.join()
    await wait_heard(ShellJoined())
    await peer.join()
    await peer.say(HELLO)
    await wait_heard(ShellJoined(), ShellJoined(), HELLO)
