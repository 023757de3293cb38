"""The shell's socket: who may speak on it, and what becomes of lines that make no sense."""

import asyncio
import contextlib
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.adapters.shell_link import LONGEST_LINE_BYTES, UNREAD_BYTES, ShellLink
from agent.ports import AgentError, ShellHeard, ShellJoined, ShellLeft
from protocol.shell import EscapeFact, Order, OrderKind, PageAddress, ShellHello

pytestmark = pytest.mark.anyio

HELLO = b'{"type":"hello","version":"0.1.0","pid":7,"screen":"1024x768"}\n'
SAID = ShellHello(version="0.1.0", pid=7, screen="1024x768")
CURTAIN = Order(kind=OrderKind.SHOW_CURTAIN)


async def wait_for(is_so: Callable[[], bool], limit_s: float = 5.0) -> None:
    """Return when `is_so()`; fails after `limit_s`."""
    async with asyncio.timeout(limit_s):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


class Booth:
    """A listening link and what it heard."""

    def __init__(self, path: Path, allowed_uids: frozenset[int] | None = None) -> None:
        self.path = path
        self.link = ShellLink(path, allowed_uids=allowed_uids)
        self.heard: list[ShellHeard] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Booth"]:
        await self.link.start(self.heard.append)
        try:
            yield self
        finally:
            await self.link.close()

    @asynccontextmanager
    async def shell(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        try:
            yield reader, writer
        finally:
            writer.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "shell.sock"


async def test_lines_go_both_ways_and_leaving_is_heard(path: Path) -> None:
    async with Booth(path).running() as booth:
        booth.link.send(CURTAIN)  # nobody is there: dropped
        async with booth.shell() as (reader, writer):
            writer.write(HELLO)
            await wait_for(lambda: booth.heard == [ShellJoined(), SAID])
            booth.link.send(PageAddress(port=4242, token="t"))
            booth.link.send(CURTAIN)
            assert await reader.readline() == b'{"type":"page","port":4242,"token":"t"}\n'
            assert await reader.readline() == b'{"type":"order","kind":"show_curtain"}\n'
        await wait_for(lambda: booth.heard == [ShellJoined(), SAID, ShellLeft()])


async def test_lines_that_come_in_pieces_and_together_are_told_apart(path: Path) -> None:
    async with Booth(path).running() as booth, booth.shell() as (_, writer):
        writer.write(HELLO[:20])
        await writer.drain()
        writer.write(HELLO[20:] + b'{"type":"escape","kind":"alt_tab"}\n' * 2)
        await wait_for(lambda: booth.heard == [ShellJoined(), SAID, *[EscapeFact(kind="alt_tab")] * 2])


async def test_only_owner_and_group_can_reach_the_socket(path: Path) -> None:
    async with Booth(path).running():
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


async def test_another_account_is_cut_off_unheard(path: Path) -> None:
    async with Booth(path, frozenset({os.getuid() + 1})).running() as booth, booth.shell() as (reader, writer):
        writer.write(HELLO)
        with contextlib.suppress(ConnectionError):  # it hangs up without reading
            assert await reader.read() == b""
        assert booth.heard == []
        assert booth.link.refused_peers == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"unlock"}\n',
        b'{"type":"hello","version":"1","pid":"7","screen":"x"}\n',
        b"half {\n",
        b"\n",
        b"x" * (LONGEST_LINE_BYTES * 2),
    ],
)
async def test_a_bad_line_ends_the_connection_and_is_counted(path: Path, line: bytes) -> None:
    async with Booth(path).running() as booth, booth.shell() as (reader, writer):
        writer.write(line)
        with contextlib.suppress(ConnectionError):  # what was sent behind the bad line makes it a reset
            assert await reader.read() == b""
        await wait_for(lambda: booth.heard == [ShellJoined(), ShellLeft()])
        assert booth.link.bad_lines == 1


async def test_the_newest_shell_counts(path: Path) -> None:
    async with Booth(path).running() as booth, booth.shell() as (old, _):
        await wait_for(lambda: booth.heard == [ShellJoined()])
        async with booth.shell() as (new, writer):
            assert await old.read() == b""
            writer.write(HELLO)
            await wait_for(lambda: booth.heard == [ShellJoined(), ShellJoined(), SAID])
            booth.link.send(CURTAIN)
            assert await new.readline()


async def test_a_shell_that_does_not_read_is_dropped(path: Path) -> None:
    async with Booth(path).running() as booth, booth.shell():
        await wait_for(lambda: booth.heard == [ShellJoined()])
        for _ in range(UNREAD_BYTES):
            booth.link.send(CURTAIN)
            await asyncio.sleep(0)
            if ShellLeft() in booth.heard:
                break
        assert booth.heard == [ShellJoined(), ShellLeft()]


async def test_the_socket_of_an_agent_that_crashed_is_replaced(path: Path) -> None:
    crashed = Booth(path)
    await crashed.link.start(crashed.heard.append)
    async with Booth(path).running() as booth, booth.shell() as (_, writer):
        writer.write(HELLO)
        await wait_for(lambda: SAID in booth.heard)
    await crashed.link.close()


async def test_a_file_in_its_place_is_named_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("somebody's file")
    with pytest.raises(AgentError, match="not a socket"):
        await ShellLink(path).start(lambda _: None)
    assert path.read_text() == "somebody's file"


async def test_closing_with_a_shell_there_cuts_it_off(path: Path) -> None:
    booth = Booth(path)
    await booth.link.start(booth.heard.append)
    async with booth.shell() as (reader, _):
        await wait_for(lambda: booth.heard == [ShellJoined()])
        await booth.link.close()
        assert await reader.read() == b""
    await booth.link.close()
