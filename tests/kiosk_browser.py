"""Real Chromium in front of the page stage: the booth's screen for tests of the kiosk page."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from protocol import page as to_page
from protocol.diagnosis import Found
from protocol.maintenance import Diagnosis, RelayTried
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import CheckInMethod
from tests.page_stage import NOW_MS, PageStage
from tests.stage.browsers import CHROMIUM, FAKE_DEVICES

SIZES = {"1024x768": (1024, 768), "1366x768": (1366, 768), "1920x1080": (1920, 1080)}


def up(number: str, minutes: int) -> to_page.NextUp:
    """One queue number that is to come, so many minutes after the stage's time."""
    return to_page.NextUp(number=number, start_at_ms=NOW_MS + minutes * 60_000)


def check_in(
    method: CheckInMethod, *, busy: bool = False, refused: str | None = None, retry_s: int = 0
) -> to_page.CheckIn:
    """Number 012 is called."""
    return to_page.CheckIn(number="012", method=method, busy=busy, refused=refused, retry_s=retry_s)


def waiting(*, present: bool = False, online: bool = True) -> to_page.Waiting:
    """Number 012 waits for Ibu Siti."""
    return to_page.Waiting(
        number="012",
        family_name="Ibu Siti",
        talk_s=600,
        family_present=present,
        online=online,
        left_to_join_ms=170_000 if online else None,
    )


def call(phase: str = "talking", left_s: float = 522, *, talk_s: int = 600, listening: bool = False) -> to_page.Call:
    """Number 012 talks with Ibu Siti."""
    return to_page.Call(
        number="012",
        family_name="Ibu Siti",
        talk_s=talk_s,
        phase=phase,
        left_ms=int(left_s * 1000),
        listening=listening,
    )


def meeting(phase: str = "talking", left_s: float = 522, *, trouble: str | None = None) -> to_page.Meeting:
    """Number 012 talks with Ibu Siti on somebody else's page."""
    left_ms = int(left_s * 1000)
    return to_page.Meeting(
        number="012", family_name="Ibu Siti", talk_s=600, phase=phase, left_ms=left_ms, trouble=trouble
    )


def farewell(reason: EndReason, party: FaultParty, delivered_s: float, *, talk_s: int = 600) -> to_page.Farewell:
    """The end of number 012's visit."""
    delivered_ms = int(delivered_s * 1000)
    return to_page.Farewell(
        number="012",
        reason=reason,
        fault_party=party,
        delivered_ms=delivered_ms,
        talk_s=talk_s,
        left_ms=max(0, talk_s * 1000 - delivered_ms),
    )


def diagnosis(*, well: bool = True) -> Diagnosis:
    """What a technician finds at a booth that is well, or at one that is not at all."""
    return Diagnosis(
        agent_version="0.1.0",
        shell_version="0.1.0" if well else "0.0.9",
        screen="1920x1080",
        uptime_s=372_840,
        memory_bytes=52_000_000,
        disk_free_bytes=21_000_000_000 if well else 90_000_000,
        keys_held=257,
        keys_missing=() if well else ("Control+Mod1+Delete", "Print"),
        window_starts=7,
        outbox_waiting=0 if well else 4812,
        central="reached" if well else "unreadable",
        central_ms=38 if well else None,
        clock_age_s=4 if well else None,
        relays=(RelayTried(address="turn:bilik.example.org:3478?transport=udp", answered=well),),
        relays_known=True,
        up_kbit_s=3_871 if well else 312,
        down_kbit_s=18_204 if well else 641,
        lock_watched=True,
    )


def devices(*, well: bool = True) -> tuple[Found, ...]:
    """Camera, microphone and loudspeaker of such a booth, each with its longest words."""
    if well:
        picture = Found(finding="camera.works", gaps={"size": "640x480", "frames": 24})
        return picture, Found(finding="microphone.works", gaps={"db": "-41"}), Found(finding="speaker.confirmed")
    return Found(finding="camera.black"), Found(finding="microphone.silent"), Found(finding="speaker.unheard")


SCREENS: dict[str, to_page.Screen] = {
    "not-enrolled": to_page.NotEnrolled(),
    "connecting": to_page.Connecting(),
    "idle": to_page.Idle(next=(up("012", 2), up("013", 14), up("014", 26), up("015", 38), up("016", 50))),
    "idle-nobody": to_page.Idle(next=()),
    "check-in": check_in(CheckInMethod.NONE),
    "check-in-refused": check_in(CheckInMethod.NONE, refused="unreachable", retry_s=20),
    "check-in-busy": check_in(CheckInMethod.NONE, busy=True),
    "pin": check_in(CheckInMethod.PIN),
    "pin-wrong": check_in(CheckInMethod.PIN, refused="wrong_pin", retry_s=30),
    "officer": check_in(CheckInMethod.OFFICER),
    "rules": to_page.Rules(number="012", inmate_name="Budi S.", talk_s=600),
    "waiting": waiting(),
    "waiting-family-there": waiting(present=True),
    "waiting-offline": waiting(online=False),
    "call-connecting": call("connecting", 600),
    "call": call(),
    "call-interrupted": call("interrupted", 375),
    "call-last-minute": call(left_s=58, listening=True),
    "call-last-seconds": call(left_s=9),
    "meeting-opening": meeting("connecting", 600),
    "meeting-failed": meeting("connecting", 600, trouble="failed"),
    "meeting": meeting(),
    "meeting-last-minute": meeting(left_s=58),
    "meeting-interrupted": meeting("interrupted", 375, trouble="crashed"),
    "farewell": farewell(EndReason.COMPLETED, FaultParty.NONE, 599.7),
    "farewell-fault": farewell(EndReason.TERMINAL_FAULT, FaultParty.TERMINAL, 350),
    "farewell-no-show": farewell(EndReason.NO_SHOW_FAMILY, FaultParty.FAMILY, 0),
    "locked": to_page.Locked(),
    "technician-pin": to_page.TechnicianPin(),
    "technician-pin-wrong": to_page.TechnicianPin(said="wrong", retry_s=185),
    "technician-pin-unset": to_page.TechnicianPin(said="unset"),
    "maintenance": to_page.Maintenance(diagnosis=diagnosis(), devices=devices()),
    "maintenance-slow": to_page.Maintenance(
        diagnosis=diagnosis(),
        devices=devices(),
        bad=(
            Found(finding="bandwidth.low", gaps={"down": 641, "up": 312, "least": 700}),
            Found(finding="versions.differ", gaps={"agent": "0.2.0", "shell": "0.1.0"}),
            Found(finding="disk.low", gaps={"mb": 90}),
        ),
    ),
    "maintenance-first": to_page.Maintenance(busy=True),
    "maintenance-worst": to_page.Maintenance(
        faults=("KAM-1", "JAR-1", "KUN-1", "TEK-1", "LYR-1"),
        diagnosis=diagnosis(well=False),
        devices=devices(well=False),
        bad=(Found(finding="disk.low", gaps={"mb": 90}),),
        said="exit_failed",
    ),
    "out-of-service": to_page.OutOfService(code="MIK-1"),
}
"""Every screen in every state that looks different."""

PICTURE = Path(__file__).with_name("kiosk_picture.js").read_text(encoding="utf-8")
"""Puts a drawn face where the family's picture would be; for screenshots only."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """One browser with a synthetic camera and microphone."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FAKE_DEVICES, *sandbox])
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def kiosk(browser: Browser, stage: PageStage, *, size: str = "1366x768", query: str = "") -> Iterator[Page]:
    """The kiosk page, loaded as the window loads it and ready; fails if the page reported trouble."""
    width, height = SIZES[size]
    stage.forget()
    context = browser.new_context(viewport={"width": width, "height": height})
    context.grant_permissions(["camera", "microphone"])
    context.add_cookies([stage.cookie])  # type: ignore[list-item]  # Playwright's TypedDict
    glass = context.new_page()
    said: list[str] = []
    glass.on("pageerror", lambda error: said.append(str(error)))
    glass.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    try:
        glass.goto(stage.url + query)
        stage.wait_for(to_page.Ready)
        yield glass
        assert not stage.all(to_page.Trouble)
        assert not [line for line in said if "WebSocket" not in line], said
    finally:
        stage.stop_leases()
        context.close()
