"""The doctor's socket: who may ask, one at a time, and what becomes of an agent that gives no answer."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.adapters.doctor_door import BUSY, LONGEST_ANSWER_BYTES, UnixDoctorDoor, ask_agent, door_path
from agent.adapters.shell_link import bind_socket, peer_uid

pytestmark = pytest.mark.anyio


async def well() -> bytes:
    return b"well"


@asynccontextmanager
async def opened(
    path: Path,
    ask: Callable[[], Awaitable[bytes]] = well,
    *,
    peer: Callable[[socket.socket], int | None] = peer_uid,
) -> AsyncIterator[UnixDoctorDoor]:
    door = UnixDoctorDoor(path, uid=os.getuid(), bind=bind_socket, peer_uid=peer)
    await door.start(ask)
    try:
        yield door
    finally:
        await door.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return door_path(tmp_path / "run" / "shell.sock")


async def test_whoever_is_the_agents_account_is_answered_and_nothing_is_left_behind(path: Path) -> None:
    async with opened(path):
        assert path.name == "doctor.sock"
        assert path.stat().st_mode & 0o777 == 0o600
        assert await ask_agent(path) == b"well"
        assert await ask_agent(path) == b"well"
    assert not path.exists()
    assert await ask_agent(path) is None


async def test_root_may_ask_and_other_accounts_are_shown_out(path: Path) -> None:
    async with opened(path, peer=lambda _: 0):
        assert await ask_agent(path) == b"well"
    for other in (os.getuid() + 4711, None):
        async with opened(path, peer=lambda _, uid=other: uid):  # type: ignore[misc]  # mypy knows no default of a lambda
            assert await ask_agent(path) == b""


async def test_who_comes_while_another_is_answered_is_told_so(path: Path) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow() -> bytes:
        asked.set()
        await answer.wait()
        return b"well"

    async with opened(path, slow):
        first = asyncio.create_task(ask_agent(path))
        await asked.wait()
        assert await ask_agent(path) == BUSY
        answer.set()
        assert await first == b"well"


async def test_an_agent_that_does_not_answer_is_silent(path: Path) -> None:
    async def never() -> bytes:
        await asyncio.Event().wait()
        return b""

    async with opened(path, never):
        assert await ask_agent(path, answer_s=0.05) == b""


async def test_an_answer_without_end_is_not_read_to_it(path: Path) -> None:
    async def endless() -> bytes:
        return b"x" * (LONGEST_ANSWER_BYTES * 4)

    async with opened(path, endless):
        answer = await ask_agent(path)
    assert answer is not None
    assert len(answer) < LONGEST_ANSWER_BYTES * 2


async def test_a_door_that_cannot_be_made_stops_no_agent(tmp_path: Path) -> None:
    there = tmp_path / "doctor.sock"
    there.write_text("somebody's file")
    async with opened(there):
        assert there.read_text() == "somebody's file"
    assert there.read_text() == "somebody's file"
