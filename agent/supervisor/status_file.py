"""status.json in the state directory: how the running agent is, for `bilik-agent status`; no names, no secrets."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.ports import AgentError, Clock
from agent.supervisor.enrolment import write_private
from protocol.terminal import TerminalStatus

log = logging.getLogger(__name__)

FILE_NAME = "status.json"
LEAST_GAP_S = 1.0


class AgentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`since_boot_s` is when this state began, on the clock of `boot_id`."""

    pid: int
    boot_id: str
    since_boot_s: float
    running: bool
    enrolled: bool
    online: bool
    central: str | None
    terminal_name: str
    credentials: str
    page_port: int
    outbox_waiting: int
    rss_bytes: int
    status: TerminalStatus


class StatusFile:
    """Writes the file on every change, at most once a second, on a thread."""

    def __init__(self, state_dir: Path, clock: Clock, compose: Callable[[float], AgentStatus]) -> None:
        self._file = state_dir / FILE_NAME
        self._clock = clock
        self._compose = compose
        self._changed = asyncio.Event()
        self._key: tuple[object, ...] | None = None
        self._since_s = clock.now().boot_s
        self._is_failing = False

    def look(self) -> None:
        """Note a change."""
        self._changed.set()

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._write()
            await self._clock.wait_until(self._clock.now().boot_s + LEAST_GAP_S)
            await self._changed.wait()
            self._changed.clear()

    async def _write(self) -> None:
        status = self._compose(self._since_s)
        key = (status.status.mode, status.status.visit, status.online, status.status.faults)
        if key != self._key:
            self._key = key
            self._since_s = self._clock.now().boot_s
            status = msgspec.structs.replace(status, since_boot_s=self._since_s)
        try:
            await asyncio.to_thread(write_private, self._file, msgspec.json.encode(status))
        except OSError as error:
            if not self._is_failing:
                log.warning("status_not_written", extra={"why": error.strerror})
            self._is_failing = True
        else:
            self._is_failing = False

    def write_last(self) -> None:
        """The agent ends in order."""
        status = msgspec.structs.replace(self._compose(self._since_s), running=False)
        try:
            write_private(self._file, msgspec.json.encode(status))
        except OSError:
            log.warning("status_not_written")


def read(state_dir: Path) -> AgentStatus | None:
    """What the agent last wrote; None if there is nothing; raises AgentError if it may not be read."""
    try:
        return msgspec.json.decode((state_dir / FILE_NAME).read_bytes(), type=AgentStatus)
    except PermissionError as error:
        raise AgentError(f"{state_dir} may not be read: ask as the agent's account or as administrator") from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
