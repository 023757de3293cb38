"""Small real stand-ins for everything outside the supervisor; each passes the same contract suite as the real adapter."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec

from agent.core.events import Now
from agent.ports import (
    CentralError,
    Change,
    JournalFailed,
    PageHeard,
    PageJoined,
    PageLeft,
    Rejected,
    Saved,
    ShellHeard,
    ShellJoined,
    ShellLeft,
    Signalling,
    SyncReply,
    Unreachable,
    Waiting,
)
from protocol.call import FromEnd, ToEnd
from protocol.page import FromPage, ToPage
from protocol.shell import FromShell, Order, OrderKind, ToShell
from protocol.terminal import (
    AssignedSession,
    Assignments,
    Command,
    CommandAnswered,
    EnrolmentAnswer,
    EnrolmentRequest,
    Grant,
    OpenRequest,
    OutboxEvent,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
    TerminalSettings,
)

NINE_O_CLOCK_MS = 1_795_226_400_000
"""2026-11-21 09:00 in Jakarta: when the days of the tests begin."""

SETTINGS = TerminalSettings(terminal_name="Bilik 3", facility_name="Rutan Contoh")


async def settle(most_turns: int = 500) -> None:
    """Let every task that can run do so, until all wait for something outside."""
    loop = asyncio.get_running_loop()
    for _ in range(most_turns):
        await asyncio.sleep(0)
        if not loop._ready:  # type: ignore[attr-defined]  # asyncio has no other word for "nothing can run now"
            return


class FakeClock:
    """Time that moves when told to; `wait_until` wakes in order, so hours pass in milliseconds."""

    def __init__(self, *, boot_s: float = 100.0, boot_id: str = "boot-1", central_ms: int | None = None) -> None:
        self.boot_s = boot_s
        self._boot_id = boot_id
        self._offset_ms: float | None = None if central_ms is None else central_ms - boot_s * 1000
        self._waiters: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @property
    def boot_id(self) -> str:
        return self._boot_id

    def now(self) -> Now:
        central = None if self._offset_ms is None else round(self._offset_ms + self.boot_s * 1000)
        return Now(self.boot_s, central)

    async def wait_until(self, boot_s: float) -> None:
        if boot_s <= self.boot_s:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (boot_s, next(self._order), future))
        await future

    def add_stamps(self, *, sent_boot_s: float, received_at_ms: int, answered_at_ms: int, got_boot_s: float) -> None:
        if answered_at_ms - received_at_ms > (got_boot_s - sent_boot_s) * 1000 + 2 or got_boot_s < sent_boot_s:
            return
        middle_ms = (received_at_ms + answered_at_ms) / 2
        self._offset_ms = middle_ms - (sent_boot_s + got_boot_s) / 2 * 1000

    async def advance(self, seconds: float) -> None:
        """Let that much time pass, stopping at every moment somebody waits for."""
        await settle()
        end = self.boot_s + seconds
        while self._waiters and self._waiters[0][0] <= end:
            at, _, future = heapq.heappop(self._waiters)
            if future.done():
                continue
            self.boot_s = max(self.boot_s, at)
            future.set_result(None)
            await settle()
        self.boot_s = end
        await settle()

    async def advance_until(self, is_so: Callable[[], bool], *, limit_s: float = 60.0, step_s: float = 0.05) -> None:
        """Let time pass until `is_so()`; fails after `limit_s` of the fake time."""
        end = self.boot_s + limit_s
        await settle()
        while not is_so():
            assert self.boot_s < end, f"did not come true within {limit_s} s"
            await self.advance(step_s)


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


class FakeSignalling:
    """One end of a signalling socket; a test says what comes in and reads what went out."""

    def __init__(self) -> None:
        self.sent: list[FromEnd] = []
        self.broken = False
        self._incoming: asyncio.Queue[ToEnd | None] = asyncio.Queue()

    async def send(self, message: FromEnd) -> None:
        if self.broken:
            raise Unreachable("the signalling socket has gone: it is opened again")
        self.sent.append(message)

    def hear(self, message: ToEnd) -> None:
        """Central says this."""
        self._incoming.put_nowait(message)

    def break_off(self) -> None:
        """The line is cut."""
        self.broken = True
        self._incoming.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[ToEnd]:
        while (message := await self._incoming.get()) is not None:
            yield message
        raise Unreachable("the signalling socket broke: it is opened again")


class FakeCentral:
    """A central that knows one terminal: grants what it has assigned, keeps events once, gives commands until answered."""

    def __init__(self, clock: FakeClock, *, start_ms: int = NINE_O_CLOCK_MS) -> None:
        self._clock = clock
        self._offset_ms = start_ms - clock.boot_s * 1000
        self._news = asyncio.Event()
        self.token: str | None = None
        self.error: CentralError | None = None
        self.open_error: CentralError | None = None
        self.hold_s = 5.0
        self.revision = 0
        self.settings = SETTINGS
        self.sessions: tuple[AssignedSession, ...] = ()
        self.commands: dict[str, Command] = {}
        self.grants: dict[str, Grant] = {}
        self.opened: list[tuple[str, OpenRequest]] = []
        self.syncs: list[SyncRequest] = []
        self.events: dict[tuple[str, int], OutboxEvent] = {}
        self.sockets: dict[str, list[FakeSignalling]] = {}

    def now_ms(self) -> int:
        """Central's own clock."""
        return round(self._offset_ms + self._clock.boot_s * 1000)

    def assign(self, *sessions: AssignedSession) -> None:
        """Plan these sessions, and grant them when they are asked for."""
        self.sessions = sessions
        for one in sessions:
            self.grants[one.id] = Grant(
                session_id=one.id,
                number=one.number,
                start_at_ms=one.start_at_ms,
                talk_s=one.talk_s,
                inmate_name="Budi S.",
                family_name="Ibu Siti",
                closing_at_ms=one.closing_at_ms,
            )
        self.revision += 1
        self.news()

    def give(self, command: Command) -> None:
        """Give this command until it is answered."""
        self.commands[command.id] = command
        self.news()

    def news(self) -> None:
        """End the held requests."""
        self._news.set()
        self._news = asyncio.Event()

    def usage(self) -> list[OutboxEvent]:
        """The usage records that arrived."""
        return [event for event in self.events.values() if type(event).__name__ == "UsageWritten"]

    def use_token(self, token: str | None) -> None:
        self.token = token

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    async def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        self._check()
        if request.code != "GOOD-CODE":
            raise Rejected("the code is not known", code="wrong_code")
        return EnrolmentAnswer(terminal_id="t3", device_token="a-device-token", settings=self.settings)

    async def sync(self, request: SyncRequest) -> SyncReply:
        sent = self._clock.boot_s
        self._check()
        self.syncs.append(request)
        received = self.now_ms()
        if request.hold and request.revision == self.revision and not self.commands:
            await self._hold()
            self._check()
        assignments = None
        if request.revision != self.revision:
            assignments = Assignments(sessions=self.sessions, settings=self.settings)
        answer = SyncAnswer(
            received_at_ms=received,
            answered_at_ms=self.now_ms(),
            revision=self.revision,
            hold_s=self.hold_s,
            commands=tuple(self.commands.values()),
            assignments=assignments,
        )
        return SyncReply(answer=answer, sent_boot_s=sent, got_boot_s=self._clock.boot_s)

    async def _hold(self) -> None:
        news = asyncio.ensure_future(self._news.wait())
        time_up = asyncio.ensure_future(self._clock.wait_until(self._clock.boot_s + self.hold_s))
        try:
            await asyncio.wait({news, time_up}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            time_up.cancel()

    async def open_session(self, session_id: str, request: OpenRequest) -> Grant:
        self.opened.append((session_id, request))
        self._check()
        if self.open_error is not None:
            raise self.open_error
        if session_id not in self.grants:
            raise Rejected("this session is not here", code="moved")
        return self.grants[session_id]

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        self._check()
        for row in rows:
            self.events.setdefault((boot_id, row.seq), row.event)
            if isinstance(row.event, CommandAnswered):
                self.commands.pop(row.event.command_id, None)
        return rows[-1].seq

    def signalling(self, session_id: str) -> AbstractAsyncContextManager[Signalling]:
        return self._signalling(session_id)

    @asynccontextmanager
    async def _signalling(self, session_id: str) -> AsyncIterator[Signalling]:
        self._check()
        socket = FakeSignalling()
        self.sockets.setdefault(session_id, []).append(socket)
        try:
            yield socket
        finally:
            socket.broken = True

    async def close(self) -> None:
        self.news()


class FakePage:
    """A page that keeps what it was sent and says what a test lets it say."""

    def __init__(self) -> None:
        self.sent: list[ToPage] = []
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
        if self.is_there:
            self.sent.append(message)

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
        if self.is_there:
            self.sent.append(message)

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

    def uptime_s(self) -> int:
        return self.uptime

    def rss_bytes(self) -> int:
        return self.rss


class FakeServiceManager:
    """Counts what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.alives = 0

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
