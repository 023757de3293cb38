"""One agent on fakes, with hands on everything around it; time moves when a test says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.supervisor import enrolment
from agent.supervisor.enrolment import Enrolment
from agent.supervisor.outside import Outside
from agent.supervisor.supervisor import Supervisor
from protocol.call import Peer
from protocol.page import Alive, AudioFacts, Closed, Lease, Ready, RulesAccepted, Show, Start, StartCall
from protocol.shell import WindowFact, WindowPhase
from protocol.terminal import AssignedSession, UsageWritten, VisitState
from tests.fakes import (
    SETTINGS,
    FakeCentral,
    FakeClock,
    FakeHealth,
    FakeNetwork,
    FakePage,
    FakeServiceManager,
    FakeShell,
    FakeSignalling,
    MemoryCredentials,
    MemoryJournal,
    MemoryPinStore,
)


class Rig:
    """What an agent lives in; `start` begins a run of it, `crash` drops one as a kill does."""

    def __init__(self, state_dir: Path, *, is_enrolled: bool = True) -> None:
        self.clock = FakeClock()
        self.journal = MemoryJournal()
        self.central = FakeCentral(self.clock)
        self.page = FakePage()
        self.shell = FakeShell()
        self.credentials = MemoryCredentials("a-device-token" if is_enrolled else None)
        self.pins = MemoryPinStore()
        self.services = FakeServiceManager()
        self.network = FakeNetwork()
        self.state_dir = state_dir
        self.supervisor: Supervisor
        self.is_page_well = True
        self._run: asyncio.Task[None] | None = None
        self._beat: asyncio.Task[None] | None = None
        if is_enrolled:
            self.enrol()

    def enrol(self) -> None:
        """What `bilik-agent enroll` leaves behind."""
        self.credentials.write("a-device-token")
        there = Enrolment(url="https://central.test", terminal_id="t3", authority_pem=None, settings=SETTINGS)
        enrolment.save(self.state_dir, there)

    # ---- the run ----

    def outside(self) -> Outside:
        """Everything around the agent that `start` begins."""
        return Outside(
            clock=self.clock,
            journal=self.journal,
            page=self.page,
            shell=self.shell,
            credentials=self.credentials,
            pins=self.pins,
            health=FakeHealth(),
            services=self.services,
            network=self.network,
            connect=lambda _: self.central,
            state_dir=self.state_dir,
            agent_version="1.2.3",
            engine_version="5.0",
            upgrade_outcome=self.state_dir / "outcome.json",
        )

    async def start(self) -> None:
        """Start an agent on what the journal remembers."""
        self.supervisor = Supervisor(self.outside(), await self.journal.load())
        self._run = asyncio.ensure_future(self.supervisor.run())
        await self.clock.advance(0)

    async def crash(self) -> None:
        """Drop everything that is not on the journal's disk, as kill -9 does."""
        await self._end(self._run)
        self.page.is_there = self.shell.is_there = False
        self.journal.forget_hanging()

    async def bury_beat(self) -> None:
        """The page of a dead agent says nothing more; the next one beats anew."""
        if self._beat is not None:
            await self._end(self._beat)
        self._beat = None

    async def stop(self) -> None:
        """End in order, as SIGTERM does."""
        self.supervisor.stop()
        await self.clock.advance(1)
        assert self._run is not None
        assert self._run.done()
        await self._run
        await self.journal.close()

    async def close(self) -> None:
        """End whatever still runs."""
        for task in (self._run, self._beat):
            if task is not None and not task.done():
                await self._end(task)
        if self._run is not None and not self._run.cancelled() and self._run.exception() is not None:
            self._run.result()

    @staticmethod
    async def _end(task: "asyncio.Task[None] | None") -> None:
        assert task is not None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    # ---- the kiosk ----

    async def show_window(self) -> None:
        """Shell, window and page come up and live."""
        self.shell.join()
        self.shell.say(WindowFact(phase=WindowPhase.UP, pid=1, starts=1))
        self.page.join()
        self.page.say(Ready())
        if self._beat is None:
            self._beat = asyncio.ensure_future(self._live())
        await self.clock.advance(0)

    async def _live(self) -> None:
        while True:
            await self.clock.wait_until(self.clock.boot_s + 0.5)
            if self.page.is_there and self.is_page_well:
                self.page.say(Alive(hidden=False))
                self._report_audio()

    def _report_audio(self) -> None:
        call_id = self.call_id
        if call_id is not None and self.is_connected:
            self.page.say(AudioFacts(call_id=call_id, here_silent_ms=20, there_silent_ms=20))

    is_connected = False

    @property
    def call_id(self) -> str | None:
        """The call that was last started, while its view is on the glass."""
        visit = self.supervisor.loop.booth.visit
        return None if visit is None else visit.call_id

    @property
    def shown(self) -> Show:
        """The screen that was sent last."""
        return next(message for message in reversed(self.page.sent) if isinstance(message, Show))

    @property
    def started(self) -> list[str]:
        """The calls that were started, by id."""
        return [message.call_id for message in self.page.sent if isinstance(message, StartCall)]

    @property
    def leases(self) -> list[Lease]:
        """The leases that were sent to the page."""
        return [message for message in self.page.sent if isinstance(message, Lease)]

    @property
    def state(self) -> VisitState:
        """How far the visit has come."""
        return self.supervisor.loop.booth.state

    # ---- a visit ----

    def plan(self, *, in_s: float = 10.0, talk_s: int = 60, session_id: str = "s1", number: str = "012") -> None:
        """Assign one session."""
        start_ms = self.central.now_ms() + round(in_s * 1000)
        self.central.assign(AssignedSession(id=session_id, number=number, start_at_ms=start_ms, talk_s=talk_s))

    @property
    def socket(self) -> FakeSignalling:
        """The newest signalling socket of s1."""
        return self.central.sockets["s1"][-1]

    async def come_to(self, state: VisitState) -> None:
        """Go through a visit in the ordinary way up to this state."""
        await self.clock.advance_until(lambda: self.state is VisitState.CHECK_IN)
        if state is VisitState.CHECK_IN:
            return
        self.page.say(Start())
        await self.clock.advance_until(lambda: self.state is VisitState.RULES)
        if state is VisitState.RULES:
            return
        self.page.say(RulesAccepted())
        await self.clock.advance_until(lambda: self.state is VisitState.WAITING and "s1" in self.central.sockets)
        if state is VisitState.WAITING:
            return
        self.socket.hear(Peer(present=True, ready=True, admitted=True))
        await self.clock.advance_until(lambda: bool(self.started))
        self.is_connected = True
        await self.clock.advance_until(lambda: self.state is VisitState.TALKING)

    async def finish(self) -> None:
        """Let the visit end by itself, the page answering as it should, and everything be sent."""
        await self.clock.advance_until(lambda: self.state is VisitState.FAREWELL, limit_s=700)
        self.answer_close()
        await self.clock.advance_until(lambda: self.state is VisitState.NONE and not self.journal.rows, limit_s=60)

    def answer_close(self) -> None:
        """The page has taken the call from the glass."""
        self.page.say(Closed(call_id=None, by="show"))

    def usage_in_journal(self) -> list[UsageWritten]:
        """Every usage record that was committed."""
        return [event for event in self.journal.events() if isinstance(event, UsageWritten)]


@asynccontextmanager
async def running_rig(state_dir: Path, *, is_enrolled: bool = True) -> AsyncIterator[Rig]:
    """A rig with an agent started on it."""
    rig = Rig(state_dir, is_enrolled=is_enrolled)
    await rig.start()
    try:
        yield rig
    finally:
        await rig.close()
