"""An office for the tests of the staff's pages: one facility with booths, an officer and a viewer."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

from protocol.terminal import CommandAnswered, CommandOutcome, SyncAnswer, VisitState
from tests.e2e.kiosk_leader import KioskLeader
from tests.stage.central import Called, Central
from tests.stage.stage import PASSWORD, Stage
from tests.stage.waiting import wait_for

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "out" / "central"
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"""
SIZES = {"phone": (390, 844), "desk": (1280, 800), "wall": (1920, 1080)}
DESK = ViewportSize(width=1280, height=800)
FORM = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


class Office:
    """One facility with booths, an officer and a viewer."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.central: Central = stage.central()
        self.facility = self.central.add_facility(name, admit="officer", extend_step_s=120)
        self.central.add_user("siti", PASSWORD)
        self.central.add_user("lihat", PASSWORD, role="viewer")
        self.booths: list[KioskLeader] = []

    @property
    def browser(self) -> Browser:
        """Chromium, without anybody in it."""
        return self.stage.browsers.browser

    def booth(self) -> KioskLeader:
        self.booths.append(KioskLeader(self.central, f"Bilik {len(self.booths) + 1}", self.facility))
        return self.booths[-1]

    def talking(self, booth: KioskLeader, number: str = "012", left_s: float = 300) -> Called:
        """A session that runs on this booth."""
        session = self.central.add_session(booth.id, number, start="+1")
        booth.open(session.id)
        self.say_talking(booth, session, left_s)
        return session

    def say_talking(self, booth: KioskLeader, session: Called, left_s: float) -> None:
        booth.say_status(
            visit=VisitState.TALKING, session_id=session.id, talk_left_ms=int(left_s * 1000), talk_running=True
        )


def log_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{url}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url("**/board*")


def tile(page: Page, booth: KioskLeader) -> str:
    return re.sub(r"\s+", " ", page.inner_text(f"#tile-{booth.id}"))


def wait_for_tile(page: Page, booth: KioskLeader, *parts: str, within_s: float = 15) -> None:
    def shown() -> bool:
        text = tile(page, booth)
        return all(part in text for part in parts)

    wait_for(shown, within_s=within_s, what=f"the tile to show {parts}", every_s=0.1)


def act(page: Page, booth: KioskLeader, name: str) -> None:
    page.click(f"#tile-{booth.id} form[data-act={name}] button[type=submit]")


def open_sheet(page: Page, booth: KioskLeader, name: str) -> None:
    page.click(f"#tile-{booth.id} details:has(form[data-act={name}]) > summary")


def commands(booth: KioskLeader) -> list[Any]:
    """What central asks of the booth now."""
    answer: SyncAnswer = booth.sync()
    return list(answer.commands)


def answer(booth: KioskLeader, command_id: str, outcome: CommandOutcome, why: str | None = None) -> None:
    booth.report(CommandAnswered(command_id=command_id, outcome=outcome, why=why))


def assert_good(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate(VIOLATIONS)
    assert violations == [], violations
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide at {size}"
        page.screenshot(path=SHOTS / f"{name}-{size}.png")
