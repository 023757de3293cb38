"""Windows that are not ours, and ours moved about from outside: seen, closed, put back, told."""

import time
from collections.abc import Callable, Iterator

import pytest
from Xlib import X

from protocol.shell import ForeignWindow
from tests.escape.hands import Hands
from tests.kiosk_rig import Kiosk, kiosk_on
from tests.screen import wait_until

pytestmark = [pytest.mark.gui, pytest.mark.slow]


@pytest.fixture(scope="module", params=[False, True], ids=["no-manager", "openbox"])
def kiosk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    with kiosk_on(tmp_path_factory.mktemp("kiosk"), window_manager=request.param) as kiosk:
        yield kiosk


def window_id(kiosk: Kiosk) -> int:
    found = kiosk.screen.find("Bilik")
    assert found is not None
    return found


def is_whole(kiosk: Kiosk) -> bool:
    top = kiosk.screen.windows()[-1]
    return (top.name, top.x, top.y, top.width, top.height) == ("Bilik", 0, 0, 1280, 800)


@pytest.fixture
def hands(kiosk: Kiosk) -> Iterator[Hands]:
    with Hands(kiosk.screen.name) as hands:
        yield hands


@pytest.mark.parametrize("override_redirect", [False, True])
def test_a_window_that_is_not_ours_is_closed_and_told(kiosk: Kiosk, hands: Hands, override_redirect: bool) -> None:
    at_s = time.monotonic()
    hands.show(override_redirect=override_redirect)
    kiosk.wait_fact(lambda fact: fact == ForeignWindow(closed=True), at_s, "it is told")
    wait_until(lambda: is_whole(kiosk), "ours is on top")
    assert kiosk.typing_reaches_the_page()


CHANGES: dict[str, Callable[[Hands, int], object]] = {
    "moved": lambda hands, ours: hands.configure(ours, x=300, y=300),
    "made small": lambda hands, ours: hands.configure(ours, width=200, height=200),
    "unmapped": lambda hands, ours: (hands.window(ours).unmap(), hands.display.sync()),
    "lowered": lambda hands, ours: hands.configure(ours, stack_mode=X.Below),
    "minimised": lambda hands, ours: hands.message(ours, "WM_CHANGE_STATE", 3),
    "no longer full": lambda hands, ours: hands.message(ours, "_NET_WM_STATE", 0, "_NET_WM_STATE_FULLSCREEN"),
    "below": lambda hands, ours: hands.message(ours, "_NET_WM_STATE", 1, "_NET_WM_STATE_BELOW"),
    "asked to close": lambda hands, ours: hands.message(ours, "_NET_CLOSE_WINDOW"),
    "without the keyboard": lambda hands, _: hands.focus(X.NONE),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_window_changed_from_outside_is_put_back(kiosk: Kiosk, hands: Hands, change: str) -> None:
    pid = kiosk.window_pid
    CHANGES[change](hands, window_id(kiosk))
    wait_until(lambda: is_whole(kiosk) and kiosk.typing_reaches_the_page(), f"back after it was {change}")
    assert kiosk.window_pid == pid
