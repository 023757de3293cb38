"""A virtual screen for tests, demo and bench: Xvfb, optionally openbox, and eyes and hands on it."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import mss
import mss.tools
from Xlib import X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError

OPENBOX_RC = Path(__file__).resolve().parents[1] / "kiosk_ui" / "shell" / "openbox-rc.xml"
POLL_S = 0.01
T = TypeVar("T")


class ShownWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A mapped child of the root window, in root coordinates; `name` is the program's window where a manager framed it."""

    id: int
    name: str
    x: int
    y: int
    width: int
    height: int
    override_redirect: bool


def wait_until(condition: Callable[[], T | None], what: str, timeout_s: float = 10.0) -> T:
    """Call `condition` until it answers something true; AssertionError naming `what` otherwise."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(POLL_S)


class VirtualScreen:
    """`with VirtualScreen(1280, 800, window_manager=True) as screen:` and give `screen.env` to what shall appear on it."""

    openbox_rc = OPENBOX_RC

    def __init__(self, width: int = 1280, height: int = 800, *, window_manager: bool = False) -> None:
        self.width, self.height = width, height
        self._window_manager = window_manager
        self._open = contextlib.ExitStack()
        self.name = ""
        self.server: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened:
            self.name = self._start_server(opened)
            self._display = Display(self.name)
            opened.callback(self._close_display)
            if self._window_manager:
                self._start_window_manager(opened)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    # ---- what runs on it ------------------------------------------------------------------------------------------

    @property
    def env(self) -> dict[str, str]:
        """The environment of this process with this screen as its display."""
        return {**os.environ, "DISPLAY": self.name}

    def _start_server(self, opened: contextlib.ExitStack) -> str:
        reading, writing = os.pipe()
        size = f"{self.width}x{self.height}x24"
        with os.fdopen(reading, "rb") as told:
            self.server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
                pass_fds=[writing],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(writing)
            opened.callback(end, self.server)
            number = told.readline().strip().decode()
        if not number:
            raise RuntimeError("Xvfb did not start: is the Debian package xvfb installed?")
        return f":{number}"

    def _start_window_manager(self, opened: contextlib.ExitStack) -> None:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bilik-screen-")))
        manager = subprocess.Popen(
            ["openbox", "--sm-disable", "--config-file", str(self.openbox_rc)],
            env={**self.env, "HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        opened.callback(end, manager)
        supporting = self._display.intern_atom("_NET_SUPPORTING_WM_CHECK")
        root = self._display.screen().root
        wait_until(lambda: root.get_full_property(supporting, X.AnyPropertyType), "openbox manages the screen")

    def _close_display(self) -> None:
        with contextlib.suppress(OSError, XError, ConnectionClosedError):
            self._display.close()

    # ---- eyes -----------------------------------------------------------------------------------------------------

    def screenshot(self, path: Path) -> Path:
        """Write what is on the screen as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with mss.MSS(display=self.name) as camera:
            shot = camera.grab(camera.monitors[0])
        mss.tools.to_png(shot.rgb, shot.size, output=str(path))
        return path

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """The colour at a place of the screen, as red, green, blue."""
        raw = self._display.screen().root.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFFFF).data
        return raw[2], raw[1], raw[0]

    def windows(self) -> list[ShownWindow]:
        """All mapped children of the root window of more than a pixel, the topmost last."""
        found = []
        for child in self._display.screen().root.query_tree().children:
            with contextlib.suppress(XError):
                attributes, place = child.get_attributes(), child.get_geometry()
                if attributes.map_state != X.IsViewable or place.width <= 1:
                    continue
                found.append(
                    ShownWindow(
                        id=child.id,
                        name=self._name_below(child),
                        x=place.x,
                        y=place.y,
                        width=place.width,
                        height=place.height,
                        override_redirect=bool(attributes.override_redirect),
                    )
                )
        return found

    def find(self, name: str) -> int | None:
        """The id of the program's window with this name, mapped or not."""
        waiting = list(self._display.screen().root.query_tree().children)
        while waiting:
            window = waiting.pop()
            with contextlib.suppress(XError):
                if window.get_wm_name() == name:
                    return int(window.id)
                waiting += window.query_tree().children
        return None

    def _name_below(self, window: object) -> str:
        name = window.get_wm_name()
        if name:
            return str(name)
        names = (self._name_below(child) for child in window.query_tree().children)
        return next((name for name in names if name), "")

    def focus(self) -> int:
        """The id of the window that has the keyboard (0: none, 1: the one under the pointer)."""
        owner = self._display.get_input_focus().focus
        return owner if isinstance(owner, int) else int(owner.id)

    # ---- hands ----------------------------------------------------------------------------------------------------

    def do(self, *xdotool: str | int) -> None:
        """One xdotool command line: `do("key", "alt+F4")`, `do("type", "123")`."""
        subprocess.run(["xdotool", *map(str, xdotool)], env=self.env, check=True, capture_output=True, timeout=20)

    def take_keyboard_away(self) -> None:
        """Give the keyboard to nobody, as a program that behaves badly would."""
        self._display.set_input_focus(X.NONE, X.RevertToNone, X.CurrentTime)
        self._display.sync()

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Move the pointer there and click."""
        self.do("mousemove", x, y, "click", button)


def end(process: subprocess.Popen[bytes], grace_s: float = 3.0) -> None:
    """SIGTERM, and SIGKILL after `grace_s`; returns when it has ended."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
