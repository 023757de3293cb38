"""Keeps one window running and honest: starts it, hears it, ends what hangs, and starts it anew."""

import asyncio
import logging
from collections.abc import Callable

from kiosk_ui.shell.child import Child, StartChild, WindowProcess, in_words
from kiosk_ui.shell.clock import boot_s
from kiosk_ui.shell.curtain import Curtain
from kiosk_ui.shell.lease_watch import Ending, LeaseWatch
from kiosk_ui.shell.line_watch import LineWatch
from kiosk_ui.shell.meeting_relay import MeetingRelay
from kiosk_ui.shell.open_lines import open_lines
from kiosk_ui.shell.restarts import Restarts
from protocol.meeting import CloseMeeting, MeetingFact, MeetingVolume, OpenMeeting
from protocol.shell import (
    Blocked,
    FromShell,
    FromWindow,
    LeaseOver,
    Load,
    Order,
    OrderKind,
    PageAddress,
    RendererEnded,
    RendererFact,
    ShellLease,
    ToShell,
    ToWindow,
    WindowBeat,
    WindowFact,
    WindowOrder,
    WindowPainted,
    WindowPhase,
    WindowUp,
)

log = logging.getLogger(__name__)

SILENCE_S = 3.0
START_S = 20.0
FRESH_S = 5.0
LOOK_S = 0.1
RENDERER_LOOK_S = 2.0


class Keeper:
    """Runs on one asyncio loop; `tell` brings facts to the agent, `attempt` counts a way out that the window refused."""

    def __init__(
        self,
        *,
        curtain: Curtain,
        tell: Callable[[FromShell], None],
        attempt: Callable[[str], None],
        start: StartChild = WindowProcess.start,
        now_s: Callable[[], float] = boot_s,
        open_lines: Callable[[int, int], frozenset[int]] = open_lines,
    ) -> None:
        self._curtain = curtain
        self._tell = tell
        self._start = start
        self._now_s = now_s
        self._lease = LeaseWatch()
        self._lines = LineWatch()
        self._open_lines = open_lines
        self._restarts = Restarts()
        self._renderer_restarts = Restarts()
        self._attempt = attempt
        self._meeting = MeetingRelay(self._lease, now_s, self._say, tell)
        self._address: PageAddress | None = None
        self._child: Child | None = None
        self._start_now = asyncio.Event()
        self._why: str | None = None
        self._ordered = False
        self._renderer_why: str | None = None
        self._renderer_pid: int | None = None
        self._fresh, self._started_s = True, 0.0
        self._heard_at_s, self._silence_s = 0.0, START_S
        self._window_id: int | None = None
        self.fact = WindowFact(phase=WindowPhase.GONE, why="not started", starts=0)

    # ---- what the agent says ----------------------------------------------------------------------------------------

    def hear_agent(self, message: ToShell) -> None:
        """Take up one message of the agent."""
        match message:
            case PageAddress():
                self._take_address(message)
            case ShellLease():
                self._lines.leased(meeting=message.meeting)
                self._meeting.take_lease(message)
            case OpenMeeting() | CloseMeeting() | MeetingVolume():
                self._meeting.hear_agent(message)
            case LeaseOver():
                self._lease.over()
                self._lines.over(self._now_s())
            case Order(kind=kind):
                self._obey(kind)

    def _obey(self, kind: OrderKind) -> None:
        match kind:
            case OrderKind.SHOW_CURTAIN:
                self._curtain.show()
            case OrderKind.RAISE_WINDOW:
                self._raise()
            case OrderKind.END_RENDERER:
                self._end_renderer("ordered")
            case OrderKind.RESTART_WINDOW:
                self._restart()
            case OrderKind.RESCUE_WINDOW:
                self._end_window("showed no page that lives")

    def _take_address(self, address: PageAddress) -> None:
        if address != self._address:
            self._address = address
            self._load()

    def _load(self) -> None:
        if self._child is not None and self._address is not None:
            self._child.send(Load(port=self._address.port, token=self._address.token))

    def _say(self, message: ToWindow) -> bool:
        if self._child is not None:
            self._child.send(message)
        return self._child is not None

    def owns(self, pid: int) -> bool:
        """Whether this process is the window's or one of its own."""
        return self._child is not None and self._child.owns(pid)

    @property
    def shown_window(self) -> int | None:
        """The X id of the window that everybody should see and type into now."""
        is_shown = self.fact.phase is WindowPhase.PAINTED and not self._curtain.covers
        return self._window_id if is_shown else None

    def put_back(self) -> None:
        """The window is not what everybody sees and types into: let it take its place again."""
        if self._child is not None:
            self._child.send(WindowOrder(kind="raise"))

    def _raise(self) -> None:
        self.put_back()
        if self.fact.phase is WindowPhase.PAINTED:
            self._curtain.lower()

    def _end_renderer(self, why: str) -> None:
        """Cover the view at once, then end what drew it, even if the window itself is stuck; it loads the page again."""
        if self._meeting.is_open:  # drawn by a renderer of its own: all of the window ends
            self._end_window(why)
            return
        self._curtain.show()
        self._renderer_why = why
        pid, self._renderer_pid = self._renderer_pid, None
        if self._child is not None and not (pid is not None and self._child.kill_member(pid)):
            self._child.send(WindowOrder(kind="end_renderer"))

    def _restart(self) -> None:
        """A window just started that has not shown a page yet is as good as new, and is kept."""
        if not self._fresh or self._now_s() - self._started_s > FRESH_S:
            self._end_window("ordered", ordered=True)
        self._start_now.set()

    def _end_window(self, why: str, *, ordered: bool = False) -> None:
        self._curtain.show()
        if self._child is not None:
            self._why, self._ordered = why, ordered
            self._child.kill()

    # ---- what the window says ---------------------------------------------------------------------------------------

    def _hear_window(self, message: FromWindow) -> None:
        self._heard_at_s = asyncio.get_running_loop().time()
        match message:
            case WindowUp(window_id=window_id):
                self._window_id = window_id
                self._set_phase(WindowPhase.UP)
            case WindowPainted():
                self._fresh = False
                self._set_phase(WindowPhase.PAINTED)
                self._lines.quiet(self._look_at_lines())
                self._curtain.lower()
            case WindowBeat(renderer_pid=pid):
                self._silence_s = SILENCE_S
                self._renderer_pid = pid
            case RendererEnded(code=code):
                self._renderer_ended(code)
            case Blocked(kind=kind):
                self._attempt(kind)
            case MeetingFact():
                self._meeting.hear_window(message)

    def _renderer_ended(self, code: int) -> None:
        why, self._renderer_why = self._renderer_why or f"ended by itself, code {code}", None
        self._renderer_pid = None
        self._lease.over()
        self._curtain.show()
        self._tell(RendererFact(why=why))
        self._set_phase(WindowPhase.UP)
        pause_s = self._renderer_restarts.ended(self._now_s())
        if pause_s is None or pause_s > RENDERER_LOOK_S:
            self._end_window("its renderer ends again and again")

    def _set_phase(self, phase: WindowPhase, why: str | None = None, starts: int | None = None) -> None:
        pid = self._child.pid if self._child is not None else None
        self.fact = WindowFact(phase=phase, pid=pid, why=why, starts=self.fact.starts if starts is None else starts)
        log.info("window %s pid=%s starts=%s %s", phase, pid, self.fact.starts, why or "")
        self._tell(self.fact)

    # ---- the run ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep a window for ever; cancelled, it ends the window first."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                await self._one_run()
                await self._pause()
        finally:
            watching.cancel()
            if self._child is not None:
                self._child.kill()
                await asyncio.wait([self._child.ended], timeout=0.5)

    async def _one_run(self) -> None:
        self._curtain.show()
        self._why, self._ordered, self._renderer_why, self._renderer_pid = None, False, None, None
        self._fresh, self._started_s = True, self._now_s()
        self._heard_at_s, self._silence_s = asyncio.get_running_loop().time(), START_S
        try:
            self._child = await self._start(self._hear_window)
        except OSError as error:
            self._set_phase(WindowPhase.GONE, f"could not be started: {error.strerror}", self.fact.starts + 1)
            return
        self._set_phase(WindowPhase.STARTING, starts=self.fact.starts + 1)
        self._load()
        code = await asyncio.shield(self._child.ended)
        self._child, self._window_id, self._meeting.is_open = None, None, False
        self._curtain.show()
        self._lease.over()
        self._set_phase(WindowPhase.GONE, self._why or in_words(code))

    async def _pause(self) -> None:
        """After an ordered end none; otherwise as the count of ends demands; an order to restart ends any pause."""
        pause_s = 0.0 if self._ordered else self._restarts.ended(self._now_s())
        if pause_s is None:
            self._set_phase(WindowPhase.GIVEN_UP, self.fact.why)
        if pause_s != 0.0:
            self._start_now.clear()
            try:
                await asyncio.wait_for(self._start_now.wait(), pause_s)
            except TimeoutError:
                return

    # ---- the watch --------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Look ten times a second: timers of the loop do not count suspend, and this process may have been stopped."""
        loop = asyncio.get_running_loop()
        looked_at_s = loop.time()
        while True:
            due_s = self._lease.due_s
            await asyncio.sleep(LOOK_S if due_s is None else max(0.0, min(LOOK_S, due_s - self._now_s())))
            self._keep_lease()
            if loop.time() - looked_at_s > 1.0:  # we were stopped ourselves: what it said meanwhile is unread
                self._heard_at_s = loop.time()
            looked_at_s = loop.time()
            if self._child is not None and looked_at_s - self._heard_at_s > self._silence_s:
                self._heard_at_s = looked_at_s
                self._end_window(f"no beat for {self._silence_s:g} s")

    def _keep_lease(self) -> None:
        """What must be off the glass, or off the line, is ended."""
        now_s = self._now_s()
        match self._lease.ending(now_s):
            case Ending.RENDERER:
                self._end_renderer("lease ran out")
            case Ending.WINDOW:
                self._end_window("lease ran out, the renderer did not end")
            case None:
                pass
        if self._lines.is_due(now_s):
            match self._lines.looked(self._look_at_lines(), now_s):
                case Ending.RENDERER:
                    self._end_renderer("its call went on after the end")
                case Ending.WINDOW:
                    self._end_window("its call went on after the end")
                case None:
                    pass

    def _look_at_lines(self) -> frozenset[int]:
        if self._child is None or self._address is None:
            return frozenset()
        return self._open_lines(self._child.pid, self._address.port)
