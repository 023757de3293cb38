"""What the shell makes of a window that says things no window should."""

import asyncio
import sys

import pytest

from kiosk_ui.shell.child import WindowProcess
from protocol.shell import FromWindow, WindowPainted

NONSENSE = (b'{"type":"beat"', b"[" * 60_000, b"\xff\xfe", b'{"type":"blocked","kind":"\xed\xa0\x80"}', b"null", b"")


@pytest.mark.anyio
async def test_nonsense_from_a_window_is_passed_over_and_the_next_line_is_heard() -> None:
    lines = b"\n".join([*NONSENSE, b'{"type":"painted"}', b""])
    heard: list[FromWindow] = []
    program = f"import sys; sys.stdout.buffer.write({lines!r})"
    window = await WindowProcess.start(heard.append, (sys.executable, "-c", program))
    async with asyncio.timeout(20):
        assert await window.ended == 0
    assert heard == [WindowPainted()]
