"""Everything between the agent and central while it is enrolled: sync, outbox, signalling."""

import asyncio
import logging
from collections.abc import Callable

from agent.core.booth import Booth, family_clock_for
from agent.core.effects import JoinSignalling, LeaveSignalling
from agent.core.events import FaultSeen, WasEnrolled
from agent.core.visit import OPENED
from agent.ports import Central, CentralError, CredentialsUnusable, Nonsense, Unauthorised, Untrusted
from agent.supervisor import enrolment
from agent.supervisor.done_table import DoneTable
from agent.supervisor.enrolment import Enrolment, EnrolmentWrong
from agent.supervisor.loop import Loop
from agent.supervisor.outbox import Outbox
from agent.supervisor.outside import Outside
from agent.supervisor.refused import RefusedRows
from agent.supervisor.signalling import SignallingLine
from agent.supervisor.straight import StraightRecords
from agent.supervisor.sync import Sync
from agent.supervisor.tasks import Spawn
from protocol.call import FromEnd
from protocol.diagnosis import LineMeasured
from protocol.terminal import TerminalStatus

log = logging.getLogger(__name__)

LOOK_S = 2.0
LOOK_FOR_CALL_S = 0.2
LINE_S = 20.0
REFUSED_CODE = "LAP-1"
TRIED = {Untrusted: "untrusted", Nonsense: "unreadable", Unauthorised: "refused"}
"""What a technician is told of a request that failed."""


class CentralLine:
    """Connects as soon as this PC is enrolled, and lets go when its token is forgotten."""

    def __init__(self, outside: Outside, loop: Loop, status: Callable[[], TerminalStatus]) -> None:
        self.central: Central | None = None
        self.enrolment: Enrolment | None = None
        self.done: DoneTable
        self._outside = outside
        self._loop = loop
        self._status = status
        self._sync: Sync | None = None
        self._outbox: Outbox | None = None
        self._straight: StraightRecords | None = None
        self._lines: dict[str, SignallingLine] = {}
        self._forgotten = asyncio.Event()
        self._complained = False
        self._stamp: int | None = None
        self._refused = RefusedRows(outside.state_dir)

    # ---- for the rest of the supervisor ----

    @property
    def outbox_waiting(self) -> int:
        """Rows that central has not acknowledged."""
        return 0 if self._outbox is None else self._outbox.waiting

    @property
    def clock_age_s(self) -> int | None:
        """Whole seconds since central last told the time; None if it has not since the agent connected."""
        told_s = None if self._sync is None else self._sync.told_time_s
        return None if told_s is None else max(0, round(self._outside.clock.now().boot_s - told_s))

    async def try_now(self) -> tuple[str, int | None]:
        """Ask central once, for a technician: what came of it (see protocol.maintenance) and the milliseconds it took."""
        if self._sync is None:
            return "not_enrolled", None
        try:
            return "reached", round(await self._sync.try_now() * 1000)
        except CentralError as error:
            return TRIED.get(type(error), "unreachable"), None

    async def try_line(self) -> LineMeasured | None:
        """How fast the way to central is; None where it cannot be told. Begins in no call, and is dropped when one begins."""
        if self.central is None or self.is_in_call:
            return None
        clock = self._outside.clock
        trying, until_s = asyncio.ensure_future(self.central.try_line(clock.boot_id)), clock.now().boot_s + LINE_S
        try:
            while not trying.done() and not self.is_in_call and clock.now().boot_s < until_s:
                await asyncio.wait([trying], timeout=LOOK_FOR_CALL_S)
            return trying.result() if trying.done() else None
        except CentralError as error:
            log.info("line_not_tried", extra={"why": str(error)})
            return None
        finally:
            trying.cancel()

    @property
    def is_in_call(self) -> bool:
        """Whether somebody has a session open here."""
        return self.booth.state in OPENED

    @property
    def booth(self) -> Booth:
        """As it is at this moment."""
        return self._loop.booth

    def line(self, session_id: str | None) -> SignallingLine | None:
        """The signalling of this session, if there is any."""
        return None if session_id is None else self._lines.get(session_id)

    def look(self, booth: Booth) -> None:
        """The booth has changed."""
        if self._sync is not None:
            self._sync.look(booth)
        if self._straight is not None:
            self._straight.look(booth)
        for line in self._lines.values():
            line.look()

    def committed(self) -> None:
        """There may be something to send."""
        if self._outbox is not None:
            self._outbox.woken.set()

    def say(self, session_id: str | None, message: FromEnd) -> None:
        """Say something on that session's signalling."""
        line = self.line(session_id)
        if line is not None:
            line.say(message)

    def join(self, wanted: JoinSignalling, spawn: Spawn) -> None:
        """Keep a socket for this session; repeating it changes nothing."""
        if wanted.session_id not in self._lines and self.central is not None:
            line = SignallingLine(
                wanted.session_id,
                central=self.central,
                clock=self._outside.clock,
                page=self._outside.page,
                feed=self._loop.feed,
                family_clock=lambda: family_clock_for(self._loop.booth, self._outside.clock.now()),
            )
            self._lines[wanted.session_id] = line
            spawn(self._keep(line))

    async def _keep(self, line: SignallingLine) -> None:
        try:
            await line.run()
        finally:
            if self._lines.get(line.session_id) is line:
                del self._lines[line.session_id]

    def leave(self, wanted: LeaveSignalling) -> None:
        """Say farewell and close; repeating it changes nothing."""
        line = self._lines.pop(wanted.session_id, None)
        if line is not None:
            line.leave(wanted.farewell)

    def forget(self) -> None:
        """The token is gone: this PC belongs nowhere."""
        try:
            self._outside.credentials.delete()
            enrolment.forget(self._outside.state_dir)
        except (CredentialsUnusable, OSError) as error:
            log.error("token_not_deleted", extra={"why": str(error)})  # noqa: TRY400 - said in words, no bug
        self._forgotten.set()

    def watch(self) -> None:
        """A technician may have enrolled this PC anew; taken up as soon as no visit needs the old connection."""
        if self.central is not None and self._loop.booth.visit is None:
            stamp = enrolment.stamp(self._outside.state_dir)
            if stamp is not None and stamp != self._stamp:
                log.info("enrolled_anew")
                self._forgotten.set()

    # ---- connecting ----

    async def run(self) -> None:
        """Connect, stay connected until the token is forgotten, and again, for ever."""
        while True:
            await self._wait_enrolled()
            self._forgotten.clear()
            work = asyncio.ensure_future(self._talk())
            forgotten = asyncio.ensure_future(self._forgotten.wait())
            try:
                await asyncio.wait({work, forgotten}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                work.cancel()
                forgotten.cancel()
                await asyncio.gather(work, forgotten, return_exceptions=True)
                await self._let_go()
            if not work.cancelled():
                work.result()

    async def _wait_enrolled(self) -> None:
        clock = self._outside.clock
        while not self.connect():
            await clock.wait_until(clock.now().boot_s + LOOK_S)

    @property
    def is_enrolled(self) -> bool:
        """Whether this PC has an enrolment and a device token."""
        return self._find() is not None

    def _find(self) -> tuple[Enrolment, str] | None:
        try:
            found = enrolment.load(self._outside.state_dir)
            token = None if found is None else self._outside.credentials.read()
        except (EnrolmentWrong, CredentialsUnusable) as error:
            if not self._complained:
                log.error("enrolment_unusable", extra={"why": str(error)})  # noqa: TRY400 - said in words, no bug
            self._complained = True
            return None
        return None if found is None or token is None else (found, token)

    def connect(self) -> bool:
        """Take up the enrolment if there is one; whether there is."""
        if self.central is not None:
            return True
        found = self._find()
        if found is None:
            return False
        self.enrolment, token = found
        self.central = self._outside.connect(self.enrolment)
        self.central.use_token(token)
        settings, booth = self.enrolment.settings, self._loop.booth
        is_another = self._stamp is not None
        self._stamp = enrolment.stamp(self._outside.state_dir)
        if is_another or not booth.enrolled or not booth.settings.terminal_name:
            self._loop.feed(lambda now: WasEnrolled(now=now, settings=settings))
        return True

    async def _talk(self) -> None:
        if self.central is None:
            raise RuntimeError("there is no central to talk to")
        outside = self._outside
        self._sync = Sync(
            central=self.central,
            clock=outside.clock,
            feed=self._loop.feed,
            status=self._status,
            done=self.done,
        )
        self._outbox = Outbox(
            central=self.central,
            clock=outside.clock,
            journal=outside.journal,
            refused=self._refused,
            kept=self._tell_refused,
            sent=self._sync.hurry,
            recovered=self._sync.reached,
        )
        self._straight = StraightRecords(
            central=self.central, clock=outside.clock, booth=lambda: self._loop.booth, feed=self._loop.feed
        )
        if self._refused.has_some:
            self._tell_refused("kept from before: see the state directory")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sync.keep_one_held())
            tasks.create_task(self._sync.tell_changes())
            tasks.create_task(self._outbox.run())
            tasks.create_task(self._straight.run())

    def _tell_refused(self, why: str) -> None:
        self._loop.feed(lambda now: FaultSeen(now=now, code=REFUSED_CODE, raised=True, detail=why))

    async def _let_go(self) -> None:
        for line in self._lines.values():
            line.leave(None)
        self._sync = self._outbox = self._straight = None
        central, self.central = self.central, None
        if central is not None:
            await central.close()
