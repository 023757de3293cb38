"""A central in memory, and one end of its signalling, with their own words for what a test wants of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from agent.ports import CentralError, Clock, CutOff, Rejected, Signalling, SyncReply, Unreachable
from protocol.call import FromEnd, ToEnd
from protocol.diagnosis import LineMeasured
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
    UsageWritten,
)
from tests.fake_clock import NINE_O_CLOCK_MS, SETTINGS


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

    def __init__(self, clock: Clock, *, start_ms: int = NINE_O_CLOCK_MS) -> None:
        self._clock = clock
        self._offset_ms = start_ms - clock.now().boot_s * 1000
        self._news = asyncio.Event()
        self.token: str | None = None
        self.error: CentralError | None = None
        self.open_error: CentralError | None = None
        self.hold_s = 5.0
        self.cut_held_after_s: float | None = None
        self.faults: tuple[str, ...] = ()
        self.revision = 0
        self.settings = SETTINGS
        self.sessions: tuple[AssignedSession, ...] = ()
        self.commands: dict[str, Command] = {}
        self.grants: dict[str, Grant] = {}
        self.download_errors: list[CentralError] = []
        self.releases: dict[tuple[str, str], bytes] = {}
        self.relays: tuple[str, ...] = ()
        self.line_tries: list[str] = []
        self.line_error: CentralError | None = None
        self.line_open = asyncio.Event()
        self.line_open.set()
        self.opened: list[tuple[str, OpenRequest]] = []
        self.syncs: list[SyncRequest] = []
        self.events: dict[tuple[str, int], OutboxEvent] = {}
        self.sockets: dict[str, list[FakeSignalling]] = {}

    async def download(self, version: str, file: str, place: Path, *, most_bytes: int) -> None:
        if self.download_errors:
            raise self.download_errors.pop()
        content = self.releases.get((version, file))
        if content is None:
            raise Rejected("there is no such release", code="unknown_release")
        place.write_bytes(content[:most_bytes])

    async def try_line(self, boot_id: str) -> LineMeasured:
        self._check()
        self.line_tries.append(boot_id)
        await self.line_open.wait()
        if self.line_error is not None:
            raise self.line_error
        return LineMeasured(up_kbit_s=4000, down_kbit_s=9000, central_ms=self.now_ms(), relays=self.relays)

    def now_ms(self) -> int:
        """Central's own clock."""
        return round(self._offset_ms + self._clock.now().boot_s * 1000)

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

    def usage(self) -> list[UsageWritten]:
        """The usage records that arrived."""
        return [event for event in self.events.values() if isinstance(event, UsageWritten)]

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
        sent = self._clock.now().boot_s
        self._check()
        self.syncs.append(request)
        received = self.now_ms()
        if request.hold and request.revision == self.revision and not self.commands:
            await self._hold()
            self._check()
            if self.cut_held_after_s is not None and self.cut_held_after_s < self.hold_s:
                raise CutOff("a proxy closed what was silent")
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
            faults=self.faults,
        )
        return SyncReply(answer=answer, sent_boot_s=sent, got_boot_s=self._clock.now().boot_s)

    async def _hold(self) -> None:
        news = asyncio.ensure_future(self._news.wait())
        held_s = self.hold_s if self.cut_held_after_s is None else min(self.hold_s, self.cut_held_after_s)
        time_up = asyncio.ensure_future(self._clock.wait_until(self._clock.now().boot_s + held_s))
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
