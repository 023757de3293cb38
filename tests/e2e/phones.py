"""Families' phones for the tests of the family's page: made-up devices, booths, and what every screen must hold."""

import sqlite3
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.kiosk_leader import KioskLeader
from tests.stage.central import Called, Central

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "out" / "central"
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
SMALL = {"width": 360, "height": 640}
VIOLATIONS = """async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"""
NO_PERMISSION = """navigator.mediaDevices.getUserMedia =
  () => Promise.reject(new DOMException('no', 'NotAllowedError'))"""
NO_CAMERA = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) =>
  wanted.video ? Promise.reject(new DOMException('no', 'NotFoundError')) : ask(wanted)"""
NO_MICROPHONE = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) =>
  wanted.audio ? Promise.reject(new DOMException('no', 'NotFoundError')) : ask(wanted)"""
NOTHING = """navigator.mediaDevices.getUserMedia =
  () => Promise.reject(new DOMException('no', 'NotFoundError'))"""
TAKEN = """(() => { window.tracks = []; window.refused = false;
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.refused) throw new DOMException('no', 'NotReadableError');
    const stream = await ask(wanted); window.tracks.push(...stream.getTracks()); return stream; };
  window.own = (kind) => window.tracks.findLast((track) => track.kind === kind);
  window.mute = (muted) => { const track = window.own('audio');
    Object.defineProperty(track, 'muted', { value: muted, configurable: true });
    track.dispatchEvent(new Event(muted ? 'mute' : 'unmute')); };
  window.end = (kind) => { window.refused = true; window.own(kind).stop(); window.own(kind).dispatchEvent(new Event('ended')); };
})()"""
"""A phone whose microphone another call takes (`mute`), and whose devices go (`end`) until `refused` is false again."""
INSTAGRAM = "Mozilla/5.0 (Linux; Android 14; Pixel 7; wv) AppleWebKit/537.36 Chrome/129.0.0.0 Mobile Instagram 300.0"


class Booths:
    """A new booth for every test that needs one."""

    def __init__(self, central: Central, facility: str) -> None:
        self.central, self.facility = central, facility
        self.made: list[KioskLeader] = []

    def __call__(self) -> KioskLeader:
        self.made.append(KioskLeader(self.central, f"Bilik {len(self.made) + 1}", self.facility))
        return self.made[-1]


def shown(page: Page) -> str:
    return str(page.evaluate("document.body.dataset.screen ?? ''"))


def wait_for_screen(page: Page, name: str) -> None:
    page.wait_for_selector(f"#{name}:not([hidden])", timeout=15_000)


def assert_good(page: Page, name: str) -> None:
    """No sideways scrolling, nothing that axe finds, in both languages."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for language in ("en", "id"):
        if page.is_visible(f"[data-language={language}]"):
            page.click(f"[data-language={language}]")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide in {language}"
        assert page.evaluate(VIOLATIONS) == []
        page.screenshot(path=SHOTS / f"family-{name}-{language}.png")


def change(central: Central, session: Called, **columns: Any) -> None:
    """Make a session what no command can make it: long over, say."""
    with sqlite3.connect(central.database, timeout=10) as store:
        for name, value in columns.items():
            store.execute(f"update sessions set {name} = ? where id = ?", (value, session.id))
    store.close()


def go_in(page: Page, session: Called) -> None:
    page.goto(session.link)
    page.click("#start")
    page.click("#go")
    wait_for_screen(page, "waiting")


def admit(central: Central, session: Called) -> None:
    change(central, session, admitted_at_ms=1)
