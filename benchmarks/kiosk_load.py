"""The window and a plain `chromium --kiosk` on the same page: what a static screen and a countdown cost each."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
from playwright.sync_api import sync_playwright

from benchmarks.load import cpu_percent
from benchmarks.rows import Row, weighed
from protocol import page
from protocol.shell import Load
from tests.screen import VirtualScreen, end
from tests.stage.browsers import CHROMIUM
from tests.stage.fake_central import now_ms
from tests.stage.plain_agent import PlainAgent
from tests.stage.waiting import pause

SIZE = (1366, 768)
SETTLE_S = 4.0
MEASURE_S = 15.0
STATIC_MUST, COUNTING_MUST = 1.0, 3.0


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
