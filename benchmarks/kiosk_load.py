"""The window and a plain `chromium --kiosk` on the same page: what a static screen and a countdown cost each."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import fontpkg_atkinson_hyperlegible
import msgspec
import psutil
from playwright.sync_api import sync_playwright

from agent.adapters.page_server import PageServer
from agent.ports import PageHeard
from benchmarks.load import cpu_percent
from benchmarks.rows import Row, weighed
from protocol import page
from protocol.page import Ready
from protocol.shell import Load
from tests.screen import VirtualScreen, end
from tests.stage.browsers import CHROMIUM
from tests.stage.fake_central import now_ms
from tests.stage.waiting import boot_s, pause, wait_for

PAGES = Path(__file__).resolve().parents[1] / "kiosk_ui" / "pages"
FONTS = Path(fontpkg_atkinson_hyperlegible.__file__).parent / "files"
SIZE = (1366, 768)
SETTLE_S = 4.0
MEASURE_S = 15.0
STATIC_MUST, COUNTING_MUST = 1.0, 3.0


class PlainAgent:
    """The agent's own page server and nothing behind it: shows one screen, and leases a countdown if asked to."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.server = PageServer(PAGES, fonts=FONTS)
        self._screen: page.Screen = page.Idle(next=())
        self._leases: asyncio.Task[None] | None = None
        self.heard: list[type] = []

    def start(self) -> None:
        """Serve."""
        self._thread.start()
        self._run(self.server.start(self._hear))

    def stop(self) -> None:
        """Stop serving."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def show(self, screen: page.Screen, *, counting: bool) -> None:
        """Draw this on whatever page is or comes."""
        self._run(self._show(screen, counting=counting))

    def wait_for_page(self, within_s: float = 20.0) -> None:
        """Return when a page that was opened since the last call is drawn."""
        wait_for(lambda: Ready in self.heard, within_s=within_s, what="the page to be ready")
        self.heard.clear()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        if self._leases is not None:
            self._leases.cancel()
        await self.server.close()

    def _hear(self, message: PageHeard) -> None:
        self.heard.append(type(message))
        if isinstance(message, Ready):
            self._send_screen()

    def _send_screen(self) -> None:
        self.server.send(
            page.Show(
                seq=1,
                screen=self._screen,
                language="id",
                terminal_name="Bilik 3",
                facility_name="Rutan Contoh",
                clock=page.WallClock(now_ms=now_ms(), offset_min=420, zone="WIB"),
                online=True,
            )
        )

    async def _show(self, screen: page.Screen, *, counting: bool) -> None:
        self._screen = screen
        self._send_screen()
        if self._leases is not None:
            self._leases.cancel()
        self._leases = asyncio.create_task(self._lease()) if counting else None

    async def _lease(self) -> None:
        ends_s = boot_s() + 600
        while True:
            left_ms = int((ends_s - boot_s()) * 1000)
            self.server.send(page.Lease(ms=2000, left_ms=left_ms, running=True))
            await asyncio.sleep(0.5)


def static_screen() -> page.Screen:
    """Between visits, with three numbers to come."""
    coming = tuple(page.NextUp(number=f"01{n}", start_at_ms=now_ms() + n * 600_000) for n in range(1, 4))
    return page.Idle(next=coming)


def counting_screen() -> page.Screen:
    """The call view with its clock, without any picture."""
    return page.Call(number="012", family_name="Ibu Siti", talk_s=600, phase="talking", left_ms=600_000)


def measure(folder: Path) -> list[Row]:
    """All four figures, and how long the engine takes from nothing to a drawn page."""
    agent = PlainAgent()
    agent.start()
    try:
        with VirtualScreen(*SIZE) as screen:
            ours = _in_window(agent, screen, folder)
        with VirtualScreen(*SIZE) as screen:
            peer = _in_chromium(agent, screen)
    finally:
        agent.stop()
    names = ("window, static screen: CPU", "window, with countdown: CPU")
    musts = (STATIC_MUST, COUNTING_MUST)
    return [
        weighed(name, cpu, "%", must=must, peer=theirs)
        for name, must, cpu, theirs in zip(names, musts, ours, peer, strict=True)
    ]


def _in_window(agent: PlainAgent, screen: VirtualScreen, folder: Path) -> tuple[float, float]:
    flags = {"QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox"} if os.geteuid() == 0 else {}
    agent.show(static_screen(), counting=False)
    with (folder / "window.err").open("ab") as log:
        window = subprocess.Popen(
            [sys.executable, "-m", "kiosk_ui.window"],
            env={**screen.env, **flags},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert window.stdin is not None
        address = Load(port=agent.server.port, token=agent.server.token)
        window.stdin.write(msgspec.json.encode(address) + b"\n")
        window.stdin.flush()
        return _both(agent, lambda: cpu_percent(window.pid, over_s=MEASURE_S))
    finally:
        end(window)


def _in_chromium(agent: PlainAgent, screen: VirtualScreen) -> tuple[float, float]:
    agent.show(static_screen(), counting=False)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    url = f"http://127.0.0.1:{agent.server.port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=False,
            args=["--kiosk", "--disable-gpu", f"--window-size={SIZE[0]},{SIZE[1]}", *sandbox],
            env=dict(screen.env),
        )
        context = browser.new_context(no_viewport=True)
        context.add_cookies([{"name": "bilik_page", "value": agent.server.token, "url": url}])
        context.new_page().goto(url)
        pid = _chromium_pid(screen)
        figures = _both(agent, lambda: cpu_percent(pid, over_s=MEASURE_S))
        browser.close()
    return figures


def _chromium_pid(screen: VirtualScreen) -> int:
    """The browser's own process: the one on this screen that is no child of another Chromium."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        is_browser = "--kiosk" in words and not any(word.startswith("--type=") for word in words)
        if is_browser and process.environ().get("DISPLAY") == screen.name:
            return int(process.pid)
    raise RuntimeError("no chromium --kiosk was found on the screen")


def _both(agent: PlainAgent, cpu: Callable[[], float]) -> tuple[float, float]:
    agent.wait_for_page()
    pause(SETTLE_S)
    static = cpu()
    agent.show(counting_screen(), counting=True)
    pause(SETTLE_S)
    return static, cpu()
