"""The real window on virtual screens: it covers them and has the keyboard, from the start and after every fall."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.shell import OrderKind, RendererFact
from tests.kiosk_rig import Kiosk, kiosk_on
from tests.length import IS_LONG
from tests.screen import wait_until

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.shortened]

SCREENS = [
    pytest.param((1024, 768, False), id="1024x768"),
    pytest.param((1280, 800, False), id="1280x800"),
    pytest.param((1024, 768, True), id="1024x768-openbox"),
    pytest.param((1280, 800, True), id="1280x800-openbox"),
]


@pytest.fixture(scope="module", params=SCREENS if IS_LONG else [SCREENS[0], SCREENS[-1]])
def kiosk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    width, height, window_manager = request.param
    with kiosk_on(tmp_path_factory.mktemp("kiosk"), width, height, window_manager=window_manager) as kiosk:
        yield kiosk


def test_it_covers_the_screen_and_the_page_knows(kiosk: Kiosk) -> None:
    top = kiosk.screen.windows()[-1]
    assert (top.x, top.y, top.width, top.height) == (0, 0, kiosk.screen.width, kiosk.screen.height)
    assert top.name == "Bilik"
    assert kiosk.run("innerWidth + 'x' + innerHeight") == f"{kiosk.screen.width}x{kiosk.screen.height}"


def test_typing_reaches_the_page_after_the_start(kiosk: Kiosk) -> None:
    assert kiosk.typing_reaches_the_page()


def test_typing_reaches_the_page_after_its_renderer_was_killed(kiosk: Kiosk) -> None:
    at_s = time.monotonic()
    loads = kiosk.page.count("loaded")
    os.kill(kiosk.renderer_pid(), signal.SIGKILL)
    kiosk.wait_fact(lambda fact: isinstance(fact, RendererFact), at_s, "the renderer's end is told")
    wait_until(lambda: kiosk.page.count("loaded") > loads and kiosk.painted(), "the page is back")
    assert kiosk.typing_reaches_the_page()


def test_typing_reaches_the_page_after_the_window_was_killed(kiosk: Kiosk) -> None:
    before = kiosk.agent.window()
    assert before is not None
    kiosk.signal_window(signal.SIGKILL)
    kiosk.wait_painted(starts=before.starts + 1)
    assert kiosk.typing_reaches_the_page()


def test_typing_reaches_the_page_after_an_ordered_restart(kiosk: Kiosk) -> None:
    before = kiosk.agent.window()
    assert before is not None
    kiosk.order(OrderKind.RESTART_WINDOW)
    kiosk.wait_painted(starts=before.starts + 1)
    assert kiosk.typing_reaches_the_page()


def test_it_takes_the_keyboard_back_when_raised(kiosk: Kiosk) -> None:
    kiosk.screen.take_keyboard_away()
    kiosk.order(OrderKind.RAISE_WINDOW)
    wait_until(lambda: kiosk.typing_reaches_the_page(), "typing reaches the page")


def test_it_takes_the_keyboard_back_by_itself(kiosk: Kiosk) -> None:
    kiosk.screen.take_keyboard_away()
    wait_until(lambda: kiosk.typing_reaches_the_page(), "typing reaches the page")


def test_the_keys_of_a_desktop_do_nothing(kiosk: Kiosk, tmp_path: Path) -> None:
    pid, loads = kiosk.window_pid, kiosk.page.count("loaded")
    kiosk.screen.do(
        "key", "alt+F4", "alt+space", "ctrl+w", "ctrl+q", "ctrl+r", "F5", "F11", "alt+Left", "ctrl+shift+i", "Menu"
    )
    assert kiosk.typing_reaches_the_page()
    assert (kiosk.window_pid, kiosk.page.count("loaded")) == (pid, loads)
    assert [window.name for window in kiosk.screen.windows()][-1] == "Bilik"
