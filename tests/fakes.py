"""Small real stand-ins for everything outside the supervisor; each passes the same contract suite as the real adapter."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.ports import (
    Change,
    JournalFailed,
    PageHeard,
    PageJoined,
    PageLeft,
    Saved,
    ShellHeard,
    ShellJoined,
    ShellLeft,
    Waiting,
)
from protocol.devices import DevicesMeasured, Speaker, TryDevices
from protocol.page import FromPage, ToPage
from protocol.shell import FromShell, Order, OrderKind, ToShell
from protocol.terminal import (
    CommandAnswered,
    OutboxEvent,
    OutboxRow,
)
from tests.fake_central import FakeCentral, FakeSignalling
from tests.fake_clock import NINE_O_CLOCK_MS, SETTINGS, FakeClock, settle
from tests.fake_technician import MEASURED, FakeNetwork, MemoryPinStore

__all__ = [
    "MEASURED",
    "NINE_O_CLOCK_MS",
    "SETTINGS",
    "FakeCentral",
    "FakeClock",
    "FakeHealth",
    "FakeNetwork",
    "FakePage",
    "FakeServiceManager",
    "FakeShell",
    "FakeSignalling",
    "MemoryCredentials",
    "MemoryJournal",
    "MemoryPinStore",
    "settle",
]


class MemoryJournal:
    """A journal whose disk is this object: a new agent on the same one finds what a crash left.

    `failing`: commits raise. `hold()`: commits hang until `release()`, as an fsync on a bad disk does.
    """

    def __init__(self, boot_id: str = "boot-1") -> None:
        self.boot_id = boot_id
        self.failing = False
        self.commits: list[Change] = []
        self.rows: list[tuple[str, OutboxRow]] = []
        self.done: dict[str, CommandAnswered] = {}
        self._booth: bytes | None = None
        self._booth_boot: str | None = None
        self._clean = False
        self._seq: dict[str, int] = {}
        self._last_central_ms: int | None = None
        self._open_gate = asyncio.Event()
        self._open_gate.set()

    def hold(self) -> None:
        """From now on commits hang."""
        self._open_gate.clear()

    def release(self) -> None:
        """Let hanging commits finish."""
        self._open_gate.set()

    def forget_hanging(self) -> None:
        """The process that hung in a commit is gone; the disk is well again."""
        self._open_gate = asyncio.Event()
        self._open_gate.set()

    def events(self) -> list[OutboxEvent]:
        """Every event that was ever committed, oldest first."""
        return [event for change in self.commits for event in change.events]

    async def load(self) -> Saved:
        saved = Saved(
            booth=self._booth,
            boot_id=self._booth_boot,
            clean=self._clean,
            done=dict(self.done),
            last_central_ms=self._last_central_ms,
        )
        self._clean = False
        return saved

    async def commit(self, change: Change) -> None:
        await self._open_gate.wait()
        if self.failing:
            raise JournalFailed("the journal's disk is full: free some space")
        self.commits.append(change)
        self.store(change.booth)
        self.done |= {answer.command_id: answer for answer in change.done}
        if change.at_ms is not None:
            self._last_central_ms = max(change.at_ms, self._last_central_ms or 0)
        for event in change.events:
            self._seq[self.boot_id] = self._seq.get(self.boot_id, 0) + 1
            self.rows.append((self.boot_id, OutboxRow(seq=self._seq[self.boot_id], at_ms=change.at_ms, event=event)))

    def checkpoint(self, booth: bytes) -> None:
        if not self.failing and self._open_gate.is_set():
            self.store(booth)

    def store(self, booth: bytes) -> None:
        """What is on the disk from now on."""
        self._booth = booth
        self._booth_boot = self.boot_id

    async def oldest(self, limit: int) -> Waiting | None:
        if not self.rows:
            return None
        boot_id = self.rows[0][0]
        rows = [row for boot, row in self.rows if boot == boot_id]
        return Waiting(boot_id=boot_id, rows=tuple(rows[:limit]), total=len(self.rows))

    async def acknowledge(self, boot_id: str, through: int) -> None:
        self.rows = [(boot, row) for boot, row in self.rows if boot != boot_id or row.seq > through]

    async def close(self) -> None:
        self._clean = True


class FakePage:
    """A page that keeps what it was sent and says what a test lets it say; it answers trials of its devices with `tries`, if any."""

    def __init__(self) -> None:
        self.sent: list[ToPage] = []
        self.tries: DevicesMeasured | None = MEASURED
        self.is_there = False
        self._heard: Callable[[PageHeard], None] = lambda _: None

    @property
    def port(self) -> int:
        return 4242

    @property
    def token(self) -> str:
        return "page-token"

    async def start(self, heard: Callable[[PageHeard], None]) -> None:
        self._heard = heard

    def send(self, message: ToPage) -> None:
        if not self.is_there:
            return
        self.sent.append(message)
        if isinstance(message, TryDevices) and self.tries is not None:
            speaker = Speaker.PLAYED if message.tone else Speaker.UNTRIED
            self._heard(msgspec.structs.replace(self.tries, try_id=message.try_id, speaker=speaker))

    async def close(self) -> None:
        self.is_there = False

    def join(self) -> None:
        """The page connects."""
        self.is_there = True
        self._heard(PageJoined())

    def leave(self) -> None:
        """The page's socket closes."""
        self.is_there = False
        self._heard(PageLeft())

    def say(self, message: FromPage) -> None:
        """The page says this."""
        self._heard(message)


class FakeShell:
    """A shell that keeps its orders and says what a test lets it say."""

    def __init__(self) -> None:
        self.sent: list[ToShell] = []
        self.is_there = False
        self._heard: Callable[[ShellHeard], None] = lambda _: None

    async def start(self, heard: Callable[[ShellHeard], None]) -> None:
        self._heard = heard

    def send(self, message: ToShell) -> None:
        if not self.is_there:
            return
        self.sent.append(message)
        if isinstance(message, TryDevices) and self.tries is not None:
            speaker = Speaker.PLAYED if message.tone else Speaker.UNTRIED
            self._heard(msgspec.structs.replace(self.tries, try_id=message.try_id, speaker=speaker))

    async def close(self) -> None:
        self.is_there = False

    def join(self) -> None:
        """bilik-shell connects."""
        self.is_there = True
        self._heard(ShellJoined())

    def leave(self) -> None:
        """bilik-shell has gone."""
        self.is_there = False
        self._heard(ShellLeft())

    def say(self, message: FromShell) -> None:
        """bilik-shell says this."""
        self._heard(message)

    def orders(self) -> list[OrderKind]:
        """Every order so far."""
        return [message.kind for message in self.sent if isinstance(message, Order)]


class MemoryCredentials:
    """A safe place that is not safe at all."""

    def __init__(self, token: str | None = None) -> None:
        self._token = token

    def place(self) -> str:
        return "this process's memory"

    def read(self) -> str | None:
        return self._token

    def write(self, token: str) -> None:
        self._token = token

    def delete(self) -> None:
        self._token = None


class FakeHealth(msgspec.Struct):
    """A PC that is always well."""

    uptime: int = 1000
    rss: int = 50_000_000
    lock: str | None = None

    def uptime_s(self) -> int:
        return self.uptime

    def rss_bytes(self) -> int:
        return self.rss

    def disk_free_bytes(self, place: Path) -> int:
        return 20_000_000_000 if place.is_dir() else 0

    def lock_changed(self) -> str | None:
        return self.lock

    def lock_watched(self) -> bool:
        return True


class FakeServiceManager:
    """Counts what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.alives = 0
        self.hands_over = False

    def ready(self) -> None:
        self.told.append("ready")

    def alive(self) -> None:
        self.alives += 1

    def stopping(self) -> None:
        self.told.append("stopping")

    async def restart_kiosk(self) -> None:
        self.told.append("restart_kiosk")

    async def reboot(self) -> None:
        self.told.append("reboot")

    async def hand_over(self) -> bool:
        self.told.append("hand_over")
        return self.hands_over
