"""The real booth of a chaos run: a window on a small virtual screen, the inmate's hand on its keyboard, eyes on its pixels."""

import contextlib
import os
import signal
import threading
from collections.abc import Sequence

import psutil
from Xlib.display import Display

from tests.chaos.machine import Machine
from tests.chaos.watch import Watch
from tests.screen import VirtualScreen
from tests.stage.glass import Glass
from tests.stage.waiting import boot_s, pause

SIZE = (640, 480)
PRESS_S = 0.7
LOOK_S = 0.02
ASKING = {"CheckIn": "check_in", "Rules": "rules"}


class GlassBooth:
    """What an inmate does and sees. Faults may be called from any thread."""

    def __init__(self, machine: Machine, watch: Watch, screen: VirtualScreen) -> None:
        self._machine = machine
        self._watch = watch
        self._screen = screen
        self._glass = Glass(screen.name, SIZE, every_s=LOOK_S)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._press, name="inmate", daemon=True)

    def start(self) -> None:
        """Begin to look and to press."""
        paint_root(self._screen.name)
        self._glass.watch()
        self._thread.start()

    def stop(self) -> None:
        """Let go of the keyboard, and look no more."""
        self._stop.set()
        self._thread.join(5)
        self._glass.close()

    def views(self) -> list[tuple[float, float]]:
        """When a call view was on the glass: from, until (or now)."""
        found, since_s = [], None
        for look in self._glass.changes():
            if look.view:
                since_s = look.at_s
            elif since_s is not None:
                found.append((since_s, look.at_s))
                since_s = None
        return found if since_s is None else [*found, (since_s, boot_s())]

    # ---- faults ---------------------------------------------------------------------------------------------------

    def window(self) -> Sequence[int]:
        """The window's own process."""
        return [self._watch.window_pid] if psutil.pid_exists(self._watch.window_pid) else []

    def renderers(self) -> Sequence[int]:
        """The engine's processes that draw."""
        with contextlib.suppress(psutil.Error):
            below = psutil.Process(self._watch.window_pid).children(recursive=True)
            return [one.pid for one in below if "QtWebEngine" in one.name() and "--type=renderer" in one.cmdline()]
        return []

    # ---- inside ---------------------------------------------------------------------------------------------------

    def _press(self) -> None:
        while not self._stop.is_set():
            if ASKING.get(self._watch.screen) == self._watch.visit:
                with contextlib.suppress(Exception):
                    self._screen.do("key", "Return")
            pause(PRESS_S)


def paint_root(display: str) -> None:
    """Make the bare screen white: a call view is dark, and nothing else shall look like one."""
    with contextlib.closing(Display(display)) as opened:
        root = opened.screen().root
        root.change_attributes(background_pixel=opened.screen().white_pixel)
        root.clear_area(0, 0, 0, 0)
        opened.sync()


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    """Send each this signal; who has gone has gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
