"""Runs inside Wine by pytest: the shell's contract on a real named pipe, and who may use one."""

import asyncio
import ctypes
import os
from typing import Any

import pytest

from agent.adapters.pipe_windows import PipeListener, make_pipe, own_sid, peer_is_one_of, sid_of
from agent.ports import AgentError
from kiosk_ui.shell.pipe_windows import open_pipe
from tests.contract.test_shell import *  # noqa: F403 - the suite

IS_WINE = hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")  # type: ignore[attr-defined]  # runs on Windows only
no_wine = pytest.mark.skipif(IS_WINE, reason="Wine 8 knows neither first instances nor access lists of pipes")
NOBODY = "S-1-5-80-1-2-3-4-5"
NAME = rf"\\.\pipe\bilik-who-{os.getpid()}"
Met = list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]


@pytest.fixture
def met() -> Met:
    return []


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - lists have no event
            await asyncio.sleep(0.01)


@no_wine
async def test_a_name_that_is_somebodys_is_not_shared(met: Met) -> None:
    first, second = (PipeListener(NAME, allowed=frozenset({own_sid()})) for _ in range(2))
    await first.start(lambda *ends: met.append(ends), limit=100)
    with pytest.raises(AgentError, match="cannot be made"):
        await second.start(lambda *ends: met.append(ends), limit=100)
    await second.close()
    await first.close()
    await second.start(lambda *ends: met.append(ends), limit=100)
    await second.close()


@no_wine
async def test_an_account_that_is_not_on_the_list_cannot_even_open_it(met: Met) -> None:
    """Only our own account is here: so the agent's is taken off the list as well, by a pipe that is not a listener's."""
    descriptor = ctypes.c_void_p()
    advapi32 = ctypes.WinDLL("advapi32")  # type: ignore[attr-defined]  # runs on Windows only
    convert = advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW
    assert convert(ctypes.c_wchar_p(f"D:P(A;;FA;;;{NOBODY})"), 1, ctypes.byref(descriptor), None)
    from agent.adapters.pipe_windows import Attributes, _kernel32

    attributes = Attributes(ctypes.sizeof(Attributes), descriptor, False)
    handle = _kernel32.CreateNamedPipeW(NAME, 0x40000003, 8, 255, 100, 100, 0, ctypes.byref(attributes))
    try:
        with pytest.raises(PermissionError):
            await open_pipe(NAME, limit=100, is_kiosk=False)
    finally:
        _kernel32.CloseHandle(handle)


async def test_who_came_in_all_the_same_is_turned_away_unheard(met: Met) -> None:
    """The administrator under whom Wine runs owns the pipe and may open it; who may talk is another question."""
    listener = PipeListener(NAME, allowed=frozenset({NOBODY}))
    await listener.start(lambda *ends: met.append(ends), limit=100)
    reader, writer = await open_pipe(NAME, limit=100, is_kiosk=False)
    writer.write(b"hello\n")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    await until(lambda: listener.refused_peers == 1)
    assert met == []
    writer.close()
    await listener.close()


async def test_who_goes_at_once_or_begins_with_nonsense_does_not_keep_the_next_away(met: Met) -> None:
    listener = PipeListener(NAME, allowed=frozenset({own_sid()}))
    await listener.start(lambda *ends: met.append(ends), limit=100)
    loop: Any = asyncio.get_running_loop()
    (await loop._proactor.connect_pipe(NAME)).close()
    pipe = await loop._proactor.connect_pipe(NAME)
    await loop._proactor.send(pipe, b"GET / HTTP/1.0")
    await until(lambda: listener.refused_peers >= 1)
    pipe.close()
    _, writer = await open_pipe(NAME, limit=100, is_kiosk=False)
    await until(lambda: len(met) == 1)
    writer.close()
    met[0][1].close()
    await listener.close()


async def test_a_shell_takes_no_pipe_that_its_own_kiosk_account_made(met: Met) -> None:
    listener = PipeListener(NAME, allowed=frozenset({own_sid()}))
    await listener.start(lambda *ends: met.append(ends), limit=100)
    with pytest.raises(PermissionError, match="no agent"):
        await open_pipe(NAME, limit=100, is_kiosk=True)
    await listener.close()


async def test_many_come_and_go_and_an_end_is_always_free(met: Met) -> None:
    listener = PipeListener(NAME, allowed=frozenset({own_sid()}))
    await listener.start(lambda *ends: met.append(ends), limit=100)
    for count in range(1, 21):
        _, writer = await open_pipe(NAME, limit=100, is_kiosk=False)
        await until(lambda count=count: len(met) == count)
        writer.close()
        met[-1][1].close()
    await listener.close()


async def test_groups_count_and_names_have_numbers() -> None:
    pipe = make_pipe(NAME, frozenset({own_sid()}), is_first=True)
    loop: Any = asyncio.get_running_loop()
    accepting = loop._proactor.accept_pipe(pipe)
    _, writer = await open_pipe(NAME, limit=100, is_kiosk=False)
    await accepting
    assert await loop._proactor.recv(pipe, 1) == b"\n"
    assert peer_is_one_of(pipe.handle, frozenset({own_sid()}))
    assert peer_is_one_of(pipe.handle, frozenset({"S-1-5-32-544"}))
    assert not peer_is_one_of(pipe.handle, frozenset({NOBODY}))
    writer.close()
    pipe.close()
    assert sid_of("SYSTEM") == "S-1-5-18"
    assert sid_of("nobody-of-this-name") is None
