"""Real Chromium for the family's phone and the officer's desk, driven by Playwright."""

import os
import re
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.stage.waiting import boot_s, wait_for

CHROMIUM = "/usr/bin/chromium"
GIVES_WAY = 10
"""The nice value of a browser that is not on the booth's PC in real life."""
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
FAKE_DEVICES = (
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
FRAMES = """() => Math.max(0, ...[...document.querySelectorAll('video')]
  .filter(v => v.srcObject && !v.muted).map(v => v.getVideoPlaybackQuality().totalVideoFrames))"""


class Browsers:
    """One Chromium with any number of people in it; every person has a context, and so cookies, of their own. `more`: flags."""

    def __init__(self, *more: str) -> None:
        self._playwright: Playwright = sync_playwright().start()
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._browser: Browser = self._playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=[*FAKE_DEVICES, *sandbox, *more]
        )

    def give_way(self) -> None:
        """Let the booth's own processes go first from now on: these people's machines are elsewhere, and only here share its cores."""
        for process in psutil.Process().children(recursive=True):
            if "chrom" in process.name():
                process.nice(GIVES_WAY)

    @property
    def browser(self) -> Browser:
        """Chromium itself, for people who need something of their own."""
        return self._browser

    def person(self, *, size: dict[str, int], phone: bool, language: str) -> BrowserContext:
        """Somebody new, with camera and microphone allowed."""
        context = self._browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
            locale=language,
            timezone_id="Asia/Jakarta",
        )
        context.grant_permissions(["camera", "microphone"])
        return context

    def close(self) -> None:
        """End the browser."""
        self._browser.close()
        self._playwright.stop()


class Person:
    """A page with what it said on its console, for the error text of a failed test."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.console: list[str] = []
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"pageerror: {error}"))

    def text(self) -> str:
        """What can be read on the page."""
        return re.sub(r"\s+", " ", self.page.inner_text("body"))

    def wait_for_text(self, *parts: str, within_s: float = 20.0) -> str:
        """Return when the page shows one of these texts."""

        def shown() -> str | None:
            text = self.text()
            return text if any(part.lower() in text.lower() for part in parts) else None

        return str(wait_for(shown, within_s=within_s, what=f"{self.page.url} to show one of {parts}", every_s=0.1))

    def screenshot(self, path: Path) -> Path:
        """Write what the person sees as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(path))
        return path

    def evaluate(self, script: str) -> Any:
        """Run a script in the page."""
        return self.page.evaluate(script)


class Family(Person):
    """A phone with the family's link open."""

    def __init__(self, browsers: Browsers, link: str, *, language: str = "id-ID") -> None:
        super().__init__(browsers.person(size=PHONE, phone=True, language=language))
        self.link = link

    def open(self) -> None:
        """Open the link: looking alone changes nothing."""
        self.page.goto(self.link)

    def go_in(self) -> None:
        """Check camera and microphone and go to the waiting room."""
        self.page.click("#start")
        self.page.click("#go", timeout=15_000)

    def go_back_in(self) -> None:
        """After a reload: go back to the call, with whatever presses that takes."""

        def is_back() -> bool:
            for button in ("#start", "#go"):
                if self.page.is_visible(button) and self.page.is_enabled(button):
                    self.page.click(button)
            return self.page.is_visible("#call")

        wait_for(is_back, within_s=15, what="the call on the family's page after its reload", every_s=0.2)

    def frames(self) -> int:
        """How many frames of the booth's picture were decoded so far."""
        return int(self.evaluate(FRAMES))


class Officer(Person):
    """A browser at the officer's desk."""

    def __init__(self, browsers: Browsers, url: str, *, language: str = "id-ID") -> None:
        super().__init__(browsers.person(size=DESK, phone=False, language=language))
        self.url = url

    def log_in(self, name: str, password: str) -> None:
        """Log in and come to the board."""
        self.page.goto(f"{self.url}/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/board*")

    def press(self, act: str) -> None:
        """Press a booth's button on the board: admit, extend, lock, unlock, start."""
        self.page.click(f".tile form[data-act={act}] button[type=submit]", timeout=15_000)

    def end_now(self) -> float:
        """Press End and its reason; returns the moment (boot seconds) of the last press, without the driver's own time."""
        form = ".tile form[data-act=end]"
        self.page.click(f".tile details:has({form[6:]}) > summary", timeout=15_000)
        self.page.wait_for_selector(f"{form} button[type=submit]")
        pressed_s = boot_s()
        self.evaluate(f"document.querySelector('{form} button[type=submit]').click()")
        return pressed_s
