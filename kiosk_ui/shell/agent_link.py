"""The shell's line to the agent: JSON lines, kept open, found again after the agent restarts."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from kiosk_ui.shell.system import open_line
from protocol.shell import FromShell, ShellBeat, ToShell

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
LONGEST_LINE_BYTES = 65_536
LONGEST_QUEUE_BYTES = 65_536
BEAT_S = 1.0


class AgentLink:
    """Calls `heard` for every message, on the loop; `greeting` is what an agent is told first."""

    def __init__(
        self,
        path: Path,
        *,
        heard: Callable[[ToShell], None],
        greeting: Callable[[], Iterable[FromShell]],
        is_kiosk: bool = False,
    ) -> None:
        self._path = path
        self._is_kiosk = is_kiosk
        self._heard = heard
        self._greeting = greeting
        self._writer: asyncio.StreamWriter | None = None

    def tell(self, message: FromShell) -> None:
        """Queue a message; dropped while the agent is away: the greeting tells it how things are."""
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        writer.write(msgspec.json.encode(message) + b"\n")
        if writer.transport.get_write_buffer_size() > LONGEST_QUEUE_BYTES:
            log.warning("the agent does not read: line dropped")
            writer.transport.abort()

    async def run(self) -> None:
        """Connect for ever, with short pauses; says once when the agent goes and once when it is there."""
        pause_s, lost = FIRST_PAUSE_S, False
        while True:
            try:
                reader, writer = await open_line(self._path, limit=LONGEST_LINE_BYTES, is_kiosk=self._is_kiosk)
            except OSError as error:
                if not lost:
                    log.warning("no agent at %s (%s): trying again", self._path, error.strerror or error)
                lost = True
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
                continue
            log.info("connected with the agent")
            pause_s, lost = FIRST_PAUSE_S, False
            await self._talk(reader, writer)
            log.warning("the agent has gone")
            await asyncio.sleep(pause_s)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        beating = asyncio.create_task(self._beat())
        try:
            for message in self._greeting():
                self.tell(message)
            await self._listen(reader)
        finally:
            beating.cancel()
            self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _beat(self) -> None:
        """Say once a second that this loop turns; whoever hangs on the X server hangs here too."""
        while True:
            self.tell(ShellBeat())
            await asyncio.sleep(BEAT_S)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        decoder = msgspec.json.Decoder(ToShell)
        while True:
            try:
                line = await reader.readline()
            except (OSError, ValueError) as error:
                log.warning("the line to the agent broke: %s", error)
                return
            if not line:
                return
            try:
                message = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                log.warning("unreadable line from the agent: %s", error)
            else:
                self._heard(message)
