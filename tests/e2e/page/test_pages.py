"""Every screen of the kiosk page in real Chromium: it fits, it can be read, heard and used by everybody, in both languages."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from protocol import page as said
from tests.kiosk_browser import PICTURE, SCREENS, SIZES, call, kiosk, waiting
from tests.length import IS_LONG
from tests.page_stage import PageStage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.shortened]

ROOT = Path(__file__).parents[3]
SHOTS = ROOT / "out" / "pages"
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
LAYOUT = (ROOT / "tests" / "kiosk_layout.js").read_text(encoding="utf-8")
PICTURED = {"id-1366x768", "native-1366x768"}
ENTERED = "() => document.getAnimations().every(animation => animation.playState === 'finished')"


def dress(stage: PageStage, glass: Page, screen: said.Screen, language: str) -> None:
    """Show a screen with all that goes with it."""
    stage.show(screen, language=language)
    if isinstance(screen, said.Waiting):
        glass.wait_for_function("() => document.querySelector('video.mirror')?.videoWidth > 0")
    if isinstance(screen, said.Call):
        stage.lease(left_ms=screen.left_ms, running=screen.phase == "talking")
        glass.evaluate(PICTURE)
        if screen.left_ms == 58_000:
            stage.send(said.Notice(kind="warning", value=60))
            stage.send(said.Notice(kind="message", text="Mohon bicara pelan, ada sidang di ruang sebelah."))
            glass.locator(".message").wait_for()
        if screen.phase == "interrupted":
            stage.send(said.Notice(kind="extended", value=120))
            glass.locator(".line").wait_for()
        glass.wait_for_function(ENTERED)


def try_devices(glass: Page) -> None:
    """The technician's look at camera, microphone and loudspeaker."""
    glass.locator(".try").click()
    glass.wait_for_function("() => document.querySelector('.check video').videoWidth > 0")


def fits(glass: Page, wrong: dict[str, list[str]], screen: str, how: str) -> None:
    """Note what does not fit; a picture takes longer than the look, so the short run keeps those of one size and language."""
    wrong[screen] = glass.evaluate(LAYOUT)
    if IS_LONG or wrong[screen] or how in PICTURED:
        glass.screenshot(path=str(SHOTS / f"{screen}-{how}.png"))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_every_screen_fits_and_is_large_enough_to_read(
    browser: Browser, stage: PageStage, size: str, language: str
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    wrong: dict[str, list[str]] = {}
    with kiosk(browser, stage, size=size) as glass:
        stage.show(waiting(), language=language)
        for name, screen in SCREENS.items():
            dress(stage, glass, screen, language)
            fits(glass, wrong, name, f"{language}-{size}")
            stage.stop_leases()
        dress(stage, glass, SCREENS["maintenance-worst"], language)
        try_devices(glass)
        fits(glass, wrong, "maintenance-devices", f"{language}-{size}")
        stage.show(call(left_s=375), language=language)
        glass.evaluate(PICTURE)
        glass.locator(".control.end").click()
        fits(glass, wrong, "call-confirm", f"{language}-{size}")
    assert not {name: what for name, what in wrong.items() if what}


@pytest.mark.parametrize("size", SIZES)
def test_without_a_gpu_the_call_still_fits(browser: Browser, stage: PageStage, size: str) -> None:
    wrong: dict[str, list[str]] = {}
    with kiosk(browser, stage, size=size, query="?video=native") as glass:
        stage.show(waiting())
        for name, screen in SCREENS.items():
            if isinstance(screen, said.Call):
                dress(stage, glass, screen, "id")
                box = glass.locator("video.remote").bounding_box()
                assert box is not None
                assert box["width"] <= 640, "painting the video is what costs"
                assert box["height"] <= 480, "painting the video is what costs"
                fits(glass, wrong, name, f"native-{size}")
                stage.stop_leases()
    assert not {name: what for name, what in wrong.items() if what}


@pytest.mark.parametrize("language", ["id", "en"] if IS_LONG else ["id"])
def test_axe_finds_no_violation_on_any_screen(browser: Browser, stage: PageStage, language: str) -> None:
    axe = AXE.read_text(encoding="utf-8")
    wrong = {}
    with kiosk(browser, stage) as glass:
        glass.evaluate(axe)
        stage.show(waiting(), language=language)
        for name, screen in SCREENS.items():
            dress(stage, glass, screen, language)
            found = glass.evaluate("() => axe.run()")["violations"]
            wrong[name] = [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]
            stage.stop_leases()
        dress(stage, glass, SCREENS["maintenance-worst"], language)
        try_devices(glass)
        found = glass.evaluate("() => axe.run()")["violations"]
        wrong["maintenance-devices"] = [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]
    assert not {name: what for name, what in wrong.items() if what}
