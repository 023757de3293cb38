"""One run of bilik-window: a group of processes of its own, JSON lines in and out, its words in our log."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from kiosk_ui.shell.process_group import APART, group_of
from protocol.shell import FromWindow, ToWindow

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "kiosk_ui.window")
LONGEST_LINE_BYTES = 65_536
LOGGED_LINES = 200
LOGGED_CHARACTERS = 300
FIRST_EXCEPTION = 0x80000000
"""From here on an exit code of Windows is the name of what went wrong, in hexadecimal."""


class Child(Protocol):
    """One run of the window."""

    pid: int
    ended: asyncio.Task[int]

    def send(self, message: ToWindow) -> None:
        """Queue one line."""

    def kill(self) -> None:
        """End it at once."""

    def kill_member(self, pid: int) -> bool:
        """End one process of its group at once; False if it is none of it (any more)."""

    def owns(self, pid: int) -> bool:
        """Whether this process belongs to its group."""


StartChild = Callable[[Callable[[FromWindow], None]], Awaitable[Child]]


class WindowProcess:
    """Started by `start`; `ended` is done when the whole group has gone."""

    def __init__(self, process: asyncio.subprocess.Process, heard: Callable[[FromWindow], None]) -> None:
        self._process = process
        self._heard = heard
        self.pid = process.pid
        self._group = group_of(process.pid)
        self.ended: asyncio.Task[int] = asyncio.create_task(self._run())

    @classmethod
    async def start(cls, heard: Callable[[FromWindow], None], command: Sequence[str] = COMMAND) -> "WindowProcess":
        """Start it; `heard` is called for every line it says."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, limit=LONGEST_LINE_BYTES, **APART
        )
        try:
            return cls(process, heard)
        except OSError:
            process.kill()
            raise

    def send(self, message: ToWindow) -> None:
        """Queue one line; dropped when the process has gone."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            with contextlib.suppress(OSError):
                stdin.write(msgspec.json.encode(message) + b"\n")

    def kill(self) -> None:
        """End the whole group at once: nothing in it is worth an orderly end."""
        self._group.end()

    def kill_member(self, pid: int) -> bool:
        """End one process of the group at once; False if it is none of it (any more)."""
        return self._group.end_member(pid)

    def owns(self, pid: int) -> bool:
        """Whether this process belongs to its group."""
        return self._group.owns(pid)

    async def _run(self) -> int:
        readers = [asyncio.create_task(self._read_messages()), asyncio.create_task(self._read_words())]
        code = await self._process.wait()
        self.kill()
        self._group.close()
        await asyncio.wait(readers, timeout=1)
        for reader in readers:
            reader.cancel()
        return code

    async def _read_messages(self) -> None:
        decoder = msgspec.json.Decoder(FromWindow)
        async for line in _lines(self._process.stdout):
            try:
                message = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                log.warning("unreadable line from the window: %s", error)
            else:
                self._heard(message)

    async def _read_words(self) -> None:
        """Log what it writes on standard error, so much of it as is of use; never stop reading, or it would stop."""
        count = 0
        async for line in _lines(self._process.stderr):
            count += 1
            if count <= LOGGED_LINES:
                log.info("window: %s", line.decode(errors="replace").rstrip()[:LOGGED_CHARACTERS])
            elif count == LOGGED_LINES + 1:
                log.info("window: more, not logged")


def in_words(code: int) -> str:
    """How a process ended."""
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"exit code {code}" if code < FIRST_EXCEPTION else f"exception {code:#x}"


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    while stream is not None:
        try:
            line = await stream.readline()
        except ValueError:  # longer than the limit: asyncio has dropped it
            continue
        if not line:
            return
        yield line
