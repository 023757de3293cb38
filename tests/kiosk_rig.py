"""bilik-shell with its real window on a virtual screen, a made-up agent and a made-up page that does what the test says."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psutil

from protocol.shell import FromShell, Order, OrderKind, PageAddress, ToShell, WindowFact, WindowPhase
from tests.kiosk_page import Page
from tests.screen import VirtualScreen, end, wait_until

FLAGS = (
    "--no-sandbox --use-fake-device-for-media-stream=fps=30"
    if os.geteuid() == 0
    else "--use-fake-device-for-media-stream"
)
GREEN = (0, 160, 0)
PAPER = (0xFA, 0xF6, 0xEF)


class Agent:
    """The agent's end of the shell's socket, made up."""

    def __init__(self, path: Path) -> None:
        self.told: list[tuple[float, FromShell]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._line: socket.socket | None = None
        self.address: PageAddress | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        decoder = msgspec.json.Decoder(FromShell)
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._line = line
                if self.address is not None:
                    self.say(self.address)
                with line.makefile("rb") as lines, contextlib.suppress(OSError):
                    for text in lines:
                        self.told.append((time.monotonic(), decoder.decode(text)))
                line.close()

    def say(self, message: ToShell) -> None:
        if self._line is not None:
            self._line.sendall(msgspec.json.encode(message) + b"\n")

    def hang_up(self) -> None:
        """Close the line, as an agent that ends does; the next one is answered at once."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def since(self, at_s: float) -> list[FromShell]:
        """What the shell told after this moment."""
        return [fact for when, fact in list(self.told) if when > at_s]

    def window(self) -> WindowFact | None:
        """The window as told last."""
        return next((fact for _, fact in reversed(list(self.told)) if isinstance(fact, WindowFact)), None)


class Kiosk:
    """`with Kiosk(screen, folder) as kiosk:` everything runs and the page is painted."""

    def __init__(
        self,
        screen: VirtualScreen,
        folder: Path,
        *,
        paint: bool = True,
        program: Sequence[str] = ("kiosk_ui.shell",),
        flags: str = "",
    ) -> None:
        self.screen = screen
        self.folder = folder
        self.socket_path = folder / "shell.sock"
        self._paint = paint
        self._program = program
        self._flags = f"{FLAGS} {flags}"
        self.launched = folder / "launched"
        self.page = Page("first-token")
        self.outside = Page("never")

    def __enter__(self) -> Self:
        self.agent = Agent(self.socket_path)
        self.agent.address = PageAddress(port=self.page.port, token=self.page.token)
        self.log = (self.folder / "shell.log").open("wb")
        self.started_s = time.monotonic()
        self.shell = subprocess.Popen(
            [sys.executable, "-m", *self._program, "--socket", str(self.socket_path)],
            env={**self.screen.env, **self._env()},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        if self._paint:
            self.wait_painted(starts=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self.shell)
        self.agent.close()
        self.page.close()
        self.outside.close()
        self.log.close()

    def _env(self) -> dict[str, str]:
        """Programs that a desktop would open addresses with are replaced by one that leaves a trace."""
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        for name in (
            "xdg-open",
            "x-www-browser",
            "www-browser",
            "gio",
            "chromium",
            "firefox",
            "kde-open5",
            "gvfs-open",
        ):
            (programs / name).write_text(f'#!/bin/sh\necho "$0 $@" >> "{self.launched}"\n')
            (programs / name).chmod(0o755)
        return {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "BROWSER": str(programs / "x-www-browser"),
            "QTWEBENGINE_CHROMIUM_FLAGS": self._flags,
            "PYTHONFAULTHANDLER": "1",
        }

    # ---- looking ----------------------------------------------------------------------------------------------------

    @property
    def window_pid(self) -> int:
        fact = self.agent.window()
        assert fact is not None
        assert fact.pid is not None
        return fact.pid

    def renderer_pid(self) -> int:
        """The window's renderer: the one of its processes that is a child of the zygote."""
        family = psutil.Process(self.window_pid).children(recursive=True)
        zygotes = {process.pid for process in family if "--type=zygote" in process.cmdline()}
        return max(process.pid for process in family if process.ppid() in zygotes and process.children() == [])

    def painted(self) -> bool:
        fact = self.agent.window()
        return fact is not None and fact.phase is WindowPhase.PAINTED

    def wait_painted(self, starts: int, timeout_s: float = 25.0) -> None:
        """The page of the n-th window is painted, and is what the screen shows."""
        wait_until(lambda: (f := self.agent.window()) and f.starts >= starts and self.painted(), "painted", timeout_s)
        wait_until(lambda: self.shows(GREEN), "the page is on the glass")

    def shows(self, colour: tuple[int, int, int]) -> bool:
        """Is this the colour near the screen's lower edge, where the page has nothing but its ground?"""
        return self.screen.pixel(self.screen.width // 2, self.screen.height - 20) == colour

    def wait_fact(
        self, check: Callable[[FromShell], bool], since_s: float, what: str, timeout_s: float = 10.0
    ) -> float:
        """When the first such fact arrived."""
        return wait_until(
            lambda: next((when for when, fact in list(self.agent.told) if when > since_s and check(fact)), None),
            what,
            timeout_s,
        )

    # ---- doing ------------------------------------------------------------------------------------------------------

    def order(self, kind: OrderKind) -> float:
        at_s = time.monotonic()
        self.agent.say(Order(kind=kind))
        return at_s

    def run(self, code: str, *, wait: bool = True) -> str:
        """Let the page run this without a gesture; what it gave."""
        before = self.page.count("ran")
        self.page.orders.put({"run": code})
        if wait:
            wait_until(lambda: self.page.count("ran") > before, f"the page ran {code}")
        return str(self.page.last("gave"))

    def click_runs(self, code: str) -> None:
        """Let a real click in the middle of the page run this."""
        self.page.orders.put({"click": code})
        wait_until(lambda: self.page.last("armed") == code, "the page is armed")
        self.screen.click(self.screen.width // 2, self.screen.height // 2)

    def type(self, text: str) -> None:
        self.screen.do("type", text)

    def typing_reaches_the_page(self, text: str = "7") -> bool:
        """Type, and see whether the page's field got it."""
        before = self.page.count("typed")
        self.type(text)
        with contextlib.suppress(AssertionError):
            return bool(wait_until(lambda: self.page.count("typed") > before, "typed", 1.0))
        return False

    def signal_window(self, number: signal.Signals) -> float:
        at_s = time.monotonic()
        os.kill(self.window_pid, number)
        return at_s


@contextlib.contextmanager
def kiosk_on(folder: Path, width: int = 1280, height: int = 800, *, window_manager: bool = False) -> Iterator[Kiosk]:
    """A screen with a painted kiosk on it."""
    with VirtualScreen(width, height, window_manager=window_manager) as screen, Kiosk(screen, folder) as kiosk:
        yield kiosk
