"""Talks with bilik-shell: tells it where the page is, hears of window, keys and attempts, and knows whether it is there."""

import logging
from collections.abc import Callable

from agent.core.events import EscapeSeen, FaultSeen, TechnicianCame, WindowChanged
from agent.ports import Clock, Page, Shell, ShellHeard, ShellJoined, ShellLeft
from agent.supervisor.closing import CloseWatch
from agent.supervisor.loop import Make
from agent.supervisor.meeting import MeetingDesk
from agent.supervisor.shell_spells import ShellSpells
from agent.supervisor.silence import Silence
from protocol.meeting import MeetingFact
from protocol.shell import (
    ChordFact,
    EscapeFact,
    ForeignWindow,
    FromShell,
    KeysFact,
    PageAddress,
    RendererFact,
    ShellBeat,
    ShellHello,
    WindowFact,
    WindowPhase,
)

log = logging.getLogger(__name__)

KEYS_CODE = "KUN-1"


class ShellDesk:
    """Everything the shell says comes here."""

    def __init__(
        self,
        *,
        clock: Clock,
        page: Page,
        shell: Shell,
        close_watch: CloseWatch,
        meeting: MeetingDesk,
        feed: Callable[[Make], None],
        window_is: Callable[[bool], None],
        renew_lease: Callable[[], None],
        know: Callable[[ShellHello | KeysFact | WindowFact], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._page = page
        self._shell = shell
        self._close_watch = close_watch
        self._meeting = meeting
        self._feed = feed
        self._window_is = window_is
        self._renew_lease = renew_lease
        self._know = know
        self._shell_up = False
        self._window_up = False
        self._given_up = False
        self._window_given_up = False
        self._keys_missing = False
        self._spells = ShellSpells()
        self._silence = Silence()

    def heard(self, message: ShellHeard) -> None:
        """One message of the shell's socket."""
        match message:
            case ShellJoined():
                self._has_joined()
            case ShellLeft():
                log.warning("shell_left")
                self._silence.forget()
                self._spells.left(self._clock.now().boot_s)
                self._now_is(shell_up=False, window_up=False, given_up=False)
            case WindowFact():
                self._window(message)
            case RendererFact(why=why):
                log.warning("renderer_ended", extra={"why": why})
                self._close_watch.engine_gone("renderer ended")
            case _:
                self._said(message)

    def _has_joined(self) -> None:
        log.info("shell_joined")
        self._silence.forget()
        self._spells.joined(self._clock.now().boot_s)
        self._shell.send(PageAddress(port=self._page.port, token=self._page.token))
        self._renew_lease()
        self._now_is(shell_up=True, window_up=False, given_up=False)

    def _said(self, message: FromShell) -> None:
        match message:
            case ShellHello(version=version, pid=pid, screen=screen):
                self._know(message)
                log.info("shell_hello", extra={"version": version, "shell_pid": pid, "screen": screen})
            case KeysFact(held=held, missing=missing):
                self._know(message)
                log.info("keys", extra={"held": held, "missing": len(missing)})
                self._keys(is_missing=bool(missing))
            case ForeignWindow(closed=closed):
                log.warning("foreign_window", extra={"closed": closed})
                self._feed(lambda now: EscapeSeen(now=now, kind="foreign_window"))
            case MeetingFact():
                self._meeting.heard(message)
            case EscapeFact(kind=kind, count=count):
                self._feed(lambda now: EscapeSeen(now=now, kind=kind, count=count))
            case ShellBeat():
                self._silence.beat(self._clock.now().boot_s)
            case ChordFact():
                log.info("technician_chord")
                self._feed(lambda now: TechnicianCame(now=now, how="chord"))
            case _:
                raise TypeError(f"{type(message).__name__} of the shell is not known here")

    def _window(self, fact: WindowFact) -> None:
        self._know(fact)
        log.info(
            "window", extra={"phase": str(fact.phase), "window_pid": fact.pid, "why": fact.why, "starts": fact.starts}
        )
        if fact.phase in {WindowPhase.GONE, WindowPhase.GIVEN_UP}:
            self._close_watch.window_gone("window ended")
            self._meeting.window_gone()
        self._now_is(
            shell_up=True,
            window_up=fact.phase in {WindowPhase.UP, WindowPhase.PAINTED},
            given_up=fact.phase is WindowPhase.GIVEN_UP,
        )

    def _now_is(self, *, shell_up: bool, window_up: bool, given_up: bool) -> None:
        self._window_given_up = given_up
        given_up = given_up or self._spells.is_hopeless(self._clock.now().boot_s)
        if (shell_up, window_up, given_up) == (self._shell_up, self._window_up, self._given_up):
            return
        self._shell_up, self._window_up, self._given_up = shell_up, window_up, given_up
        self._window_is(window_up)
        self._feed(lambda now: WindowChanged(now=now, shell_up=shell_up, window_up=window_up, given_up=given_up))

    def _keys(self, *, is_missing: bool) -> None:
        if is_missing != self._keys_missing:
            self._keys_missing = is_missing
            self._feed(lambda now: FaultSeen(now=now, code=KEYS_CODE, raised=is_missing))

    def is_overdue(self) -> bool:
        """Whether to restart the session of a shell that has gone or hangs; asked once a second, true once a try."""
        if self._silence.is_broken_off(self._clock.now().boot_s):
            log.error("shell_hangs")
            return True
        self._now_is(shell_up=self._shell_up, window_up=self._window_up, given_up=self._window_given_up)
        return self._spells.is_restart_due(self._clock.now().boot_s)
