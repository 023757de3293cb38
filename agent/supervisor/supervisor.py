"""The agent at work: puts its parts together, starts them, and ends them in order."""

import asyncio
import logging
import os

import msgspec

from agent.core.booth import Booth, SavedUnreadable, decode, new_booth, status_for
from agent.core.effects import Effect
from agent.core.ending import owing_again
from agent.core.events import CommandArrived, Event, FaultSeen, SessionGranted, SessionRefused, Started
from agent.ports import Saved
from agent.supervisor.central_line import CentralLine
from agent.supervisor.change_log import log_change
from agent.supervisor.closing import CloseWatch
from agent.supervisor.done_table import DoneTable
from agent.supervisor.effects import Deeds
from agent.supervisor.grants import Grants
from agent.supervisor.leases import Leases
from agent.supervisor.lock_watch import LockWatch
from agent.supervisor.loop import SET_ASIDE_CODE, Loop
from agent.supervisor.meeting import MeetingDesk
from agent.supervisor.outside import Outside
from agent.supervisor.page_desk import PageDesk
from agent.supervisor.screen import Presenter
from agent.supervisor.shell_desk import ShellDesk
from agent.supervisor.status_file import AgentStatus, StatusFile
from agent.supervisor.tasks import Tasks
from agent.supervisor.technician import TechnicianDesk
from agent.supervisor.upgrading import UpgradeDesk
from agent.supervisor.waiting import wait_either
from protocol.call import FromEnd
from protocol.page import Volume
from protocol.terminal import CommandAnswered, OutboxEvent, TerminalStatus

log = logging.getLogger(__name__)

WATCH_S = 1.0
LAST_COMMIT_S = 0.4


class Supervisor:
    """One run of the agent, between `load` of the journal and its `close`."""

    def __init__(self, outside: Outside, saved: Saved) -> None:
        self._outside = outside
        self._saved = saved
        self._tasks = Tasks()
        self._stop = asyncio.Event()
        self._minute = asyncio.Event()
        self.wants_restart = False
        clock, page, shell = outside.clock, outside.page, outside.shell
        self.loop = Loop(_booth_of(saved), clock, outside.journal, self)
        self.line = CentralLine(outside, self.loop, self.status)
        self.line.done = DoneTable(saved.done, self.loop.report)
        self._presenter = Presenter(clock, page)
        self._leases = Leases(clock, page, shell, lambda: self.loop.booth)
        self._close_watch = CloseWatch(clock, shell, self.loop.feed, self._tasks.spawn)
        self._meeting = MeetingDesk(shell, self._close_watch, self.loop.feed)
        self._technician = TechnicianDesk(outside=outside, line=self.line, feed=self.loop.feed, spawn=self._tasks.spawn)
        self._upgrade = self._make_upgrade_desk()
        self._deeds = Deeds(
            outside=outside,
            booth=lambda: self.loop.booth,
            feed=self.loop.feed,
            line=self.line,
            close_watch=self._close_watch,
            meeting=self._meeting,
            leases=self._leases,
            grants=Grants(clock, self.loop.feed, self._tasks.spawn),
            technician=self._technician,
            upgrade=self._upgrade,
            spawn=self._tasks.spawn,
            restart=self.restart,
        )
        self._page_desk = self._make_page_desk()
        self._shell_desk = self._make_shell_desk()
        self._lock_watch = LockWatch(outside.health, self.loop.feed)
        self._status_file = StatusFile(outside.state_dir, clock, self.agent_status)

    def _make_upgrade_desk(self) -> UpgradeDesk:
        outside = self._outside
        return UpgradeDesk(
            clock=outside.clock,
            central=lambda: self.line.central,
            folder=outside.state_dir / "upgrade",
            engine_version=outside.engine_version,
            outcome=outside.upgrade_outcome,
            is_idle=lambda: self.loop.booth.visit is None,
            feed=self.loop.feed,
            spawn=self._tasks.spawn,
        )

    def _make_page_desk(self) -> PageDesk:
        return PageDesk(
            clock=self._outside.clock,
            shell=self._outside.shell,
            presenter=self._presenter,
            close_watch=self._close_watch,
            feed=self.loop.feed,
            signal=self._say,
            visit=lambda: self.loop.booth.visit,
            spawn=self._tasks.spawn,
            joined=self._greet_page,
            tried=self._technician.tried,
        )

    def _make_shell_desk(self) -> ShellDesk:
        return ShellDesk(
            clock=self._outside.clock,
            page=self._outside.page,
            shell=self._outside.shell,
            close_watch=self._close_watch,
            meeting=self._meeting,
            feed=self.loop.feed,
            window_is=lambda up: self._page_desk.window_is(up=up),
            renew_lease=self._leases.renew,
            know=self._technician.know,
        )

    # ---- what the loop lets through ----

    def do(self, effect: Effect) -> None:
        """Carry it out, or begin to."""
        self._deeds.do(effect)

    def look(self, before: Booth, after: Booth) -> None:
        """The booth is another one: derive anew what is shown, leased and told."""
        self._presenter.look(after)
        self._leases.look(after)
        self.line.look(after)
        self._status_file.look()
        log_change(before, after)

    def stored(self, answers: tuple[CommandAnswered, ...], reports: tuple[OutboxEvent, ...]) -> None:
        """These are on the disk."""
        self.line.done.stored(answers)
        for answer in answers:
            log.info("command_answered", extra={"command": answer.command_id, "outcome": str(answer.outcome)})
        if reports:
            self.line.committed()

    def refused(self, event: Event) -> None:
        """This event was dropped because the journal does not work."""
        if isinstance(event, CommandArrived):
            self.line.done.forget(event.command.id, event.now.boot_s)
        if isinstance(event, SessionGranted):
            session_id = event.grant.session_id
            self.loop.feed(lambda now: SessionRefused(now=now, session_id=session_id, why="not_now"))

    # ---- what others ask ----

    def _session_id(self) -> str | None:
        visit = self.loop.booth.visit
        return None if visit is None else visit.session_id

    def _say(self, message: FromEnd) -> None:
        self.line.say(self._session_id(), message)

    def _greet_page(self) -> None:
        """A new page has connected."""
        self._presenter.look(self.loop.booth)
        self._outside.page.send(Volume(percent=self.loop.booth.volume_percent))
        self._leases.renew()

    def status(self) -> TerminalStatus:
        """The heartbeat."""
        status = status_for(self.loop.booth, self._outside.clock.now())
        return msgspec.structs.replace(
            status,
            agent_version=self._outside.agent_version,
            outbox_waiting=self.line.outbox_waiting,
            uptime_s=self._outside.health.uptime_s(),
        )

    def agent_status(self, since_boot_s: float) -> AgentStatus:
        """What `bilik-agent status` reads."""
        booth, enrolment = self.loop.booth, self.line.enrolment
        return AgentStatus(
            pid=os.getpid(),
            running=True,
            boot_id=self._outside.clock.boot_id,
            since_boot_s=since_boot_s,
            enrolled=booth.enrolled,
            online=booth.online,
            central=None if enrolment is None else enrolment.url,
            terminal_name=booth.settings.terminal_name,
            credentials=self._outside.credentials.place(),
            page_port=self._outside.page.port,
            outbox_waiting=self.line.outbox_waiting,
            rss_bytes=self._outside.health.rss_bytes(),
            status=self.status(),
        )

    # ---- running ----

    def stop(self) -> None:
        """End in order."""
        self._stop.set()

    def restart(self) -> None:
        """End in order, so that the service manager starts a new agent."""
        self.wants_restart = True
        self._stop.set()

    async def run(self) -> None:
        """Work until `stop`; a bug in any task comes out as an ExceptionGroup. The journal is left to who loaded it."""
        outside = self._outside
        await outside.page.start(self._tasks.watched(self._page_desk.heard))
        await outside.shell.start(self._tasks.watched(self._shell_desk.heard))
        await self._technician.open_door()
        self._begin()
        outside.services.ready()
        log.info("agent_started", extra={"version": outside.agent_version, "page_port": outside.page.port})
        try:
            await self._work()
            self._status_file.write_last()
            outside.journal.checkpoint(self.loop.encoded())
        finally:
            self._tasks.end()
            await outside.page.close()
            await outside.shell.close()
            await self._technician.close_door()

    def _begin(self) -> None:
        saved, outside = self._saved, self._outside
        enrolled = self.line.is_enrolled
        same_boot = saved.boot_id == outside.clock.boot_id
        self.loop.feed(lambda now: Started(now=now, clean=saved.clean, same_boot=same_boot, enrolled=enrolled))
        self.line.connect()
        if saved.trouble is not None:
            self.loop.prove()
        if saved.set_aside is not None:
            self.loop.feed(lambda now: FaultSeen(now=now, code=SET_ASIDE_CODE, raised=True, detail=saved.set_aside))

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._tasks.begin(group)
            always = (
                self.loop.keep(),
                self.loop.tick(),
                self.loop.checkpoint(),
                self._leases.run(),
                self.line.run(),
                self._status_file.run(),
                self._watch(),
                self._keep_clock(),
            )
            running = [group.create_task(work) for work in always]
            await self._stop.wait()
            log.info("agent_stopping")
            self._outside.services.stopping()
            await self._wait_settled()
            self._tasks.end()
            for task in running:
                task.cancel()

    async def _wait_settled(self) -> None:
        clock = self._outside.clock
        until_s = clock.now().boot_s + LAST_COMMIT_S
        while not self.loop.is_settled and clock.now().boot_s < until_s:
            await clock.wait_until(clock.now().boot_s + 0.02)

    async def _watch(self) -> None:
        """Once a second: tell the service manager that the loop turns and takes events, and look after page and shell."""
        clock = self._outside.clock
        while True:
            self.loop.runs()
            if self.loop.takes_events:
                self._outside.services.alive()
            self._page_desk.watch()
            self.line.watch()
            self._lock_watch.watch(clock.now().boot_s)
            self._upgrade.watch(clock.now().boot_s)
            if self._shell_desk.is_overdue() and not self.loop.booth.technician.handed_over:
                log.error("shell_overdue", extra={"then": "kiosk session restarted"})
                self._tasks.spawn(self._outside.services.restart_kiosk())
            await clock.wait_until(clock.now().boot_s + WATCH_S)

    async def _keep_clock(self) -> None:
        """Send the screen again when the minute on it is over, for ever."""
        while True:
            minute_s = self._presenter.next_minute()
            if minute_s is None:
                minute_s = self._outside.clock.now().boot_s + WATCH_S
            await wait_either(self._outside.clock, minute_s, self._minute)
            self._presenter.look(self.loop.booth)


def _booth_of(saved: Saved) -> Booth:
    """What the journal remembers, or a new booth."""
    if saved.booth is None:
        return new_booth()
    try:
        booth = decode(saved.booth)
    except SavedUnreadable as error:
        log.error("booth_unreadable", extra={"why": str(error)})  # noqa: TRY400 - said in words, no bug
        return new_booth()
    return booth if saved.set_aside is None else owing_again(booth)
