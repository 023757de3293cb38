"""One suite for every key guard: X on a real server, Windows on a made-up keyboard (`make wine-test` has the real hook)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from Xlib import X
from Xlib.display import Display

from kiosk_ui.shell import keys_windows, keys_x11
from kiosk_ui.shell.key_guard import KeyGuard
from protocol.shell import KeysFact
from tests.fake_keyboard import FakeKeyboard
from tests.screen import VirtualScreen

pytestmark = [pytest.mark.anyio, pytest.mark.gui, pytest.mark.slow]


class Place(Protocol):
    """Where a guard is tried: keys can be pressed there, and somebody can take them all away from it."""

    def guard(self, **told: Any) -> KeyGuard: ...
    def press(self, *chords: str) -> None: ...
    def rob(self) -> None: ...
    def give_back(self) -> None: ...


class OnX:
    """A virtual screen."""

    def __init__(self, screen: VirtualScreen) -> None:
        self._screen = screen
        self._other = Display(screen.name)

    def guard(self, **told: Any) -> KeyGuard:
        return keys_x11.KeyGuard(name=self._screen.name, **told)

    def press(self, *chords: str) -> None:
        self._screen.do("key", *chords)

    def rob(self) -> None:
        self._other.screen().root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        self._other.sync()

    def give_back(self) -> None:
        self._other.ungrab_keyboard(X.CurrentTime)
        self._other.sync()

    def close(self) -> None:
        self._other.close()


class OnWindows:
    """A made-up keyboard whose system takes hooks away."""

    def __init__(self) -> None:
        self.keyboard = FakeKeyboard()

    def guard(self, **told: Any) -> KeyGuard:
        return keys_windows.KeyGuard(keyboard=self.keyboard, **told)

    def press(self, *chords: str) -> None:
        self.keyboard.press(*chords)

    def rob(self) -> None:
        self.keyboard.takes_hooks_away = True

    def give_back(self) -> None:
        self.keyboard.takes_hooks_away = False


@pytest.fixture(params=["x11", "windows"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "windows":
        yield OnWindows()
        return
    with VirtualScreen(320, 240) as screen, contextlib.closing(OnX(screen)) as on_x:
        yield on_x


@pytest.fixture
def tries_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (keys_x11, keys_windows):
        monkeypatch.setattr(module, "TRY_EVERY_S", 0.6)
        monkeypatch.setattr(module, "ANSWER_S", 0.4)


class Guarded:
    """A guard on the running loop, and what it told."""

    def __init__(self, place: Place) -> None:
        self.facts: list[KeysFact] = []
        self.attempts: list[str] = []
        self.chords = 0
        self.keys = place.guard(changed=self.facts.append, attempt=self.attempts.append, chord=self._chord)

    def _chord(self) -> None:
        self.chords += 1

    def __enter__(self) -> "Guarded":
        self.keys.attend(lambda: None)
        return self

    def __exit__(self, *_: object) -> None:
        self.keys.close()

    async def until(self, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110 - what it waits for happens in another thread or process
                await asyncio.sleep(0.01)


async def test_everything_is_held_before_the_loop_runs_and_afterwards(place: Place) -> None:
    guarded = Guarded(place)
    first = guarded.keys.fact
    assert first.missing == ()
    assert first.held > 100
    with guarded:
        await asyncio.sleep(0.7)  # for its first try of itself
        assert guarded.facts == []
        assert guarded.keys.fact == first


async def test_what_is_pressed_is_counted_by_kind_and_typing_is_not(place: Place) -> None:
    with Guarded(place) as guarded:
        place.press("ctrl+alt+t", "a", "F5", "shift+b", "Print", "7")
        await guarded.until(lambda: len(guarded.attempts) >= 3)
        place.press("alt+F4")
        await guarded.until(lambda: len(guarded.attempts) >= 4)
        assert guarded.attempts == ["shortcut", "function_key", "system_key", "function_key"]


@pytest.mark.usefixtures("tries_often")
async def test_a_guard_that_was_robbed_says_so_and_heals_when_it_can(place: Place) -> None:
    with Guarded(place) as guarded:
        place.rob()
        await guarded.until(lambda: guarded.facts and "self-test" in guarded.facts[-1].missing)
        place.give_back()
        await guarded.until(lambda: guarded.facts[-1].missing == ())
        place.press("F5")
        await guarded.until(lambda: "function_key" in guarded.attempts)


async def test_the_technicians_chord_is_told_once_and_one_key_less_is_none(place: Place) -> None:
    with Guarded(place) as guarded:
        place.press(*(f"ctrl+alt+shift+{letter}" for letter in "bili"), "ctrl+alt+k")
        await guarded.until(lambda: len(guarded.attempts) >= 5)
        assert guarded.chords == 0
        place.press(*(f"ctrl+alt+shift+{letter}" for letter in "bilik"))
        await guarded.until(lambda: guarded.chords)
        await guarded.until(lambda: len(guarded.attempts) >= 10)
        assert guarded.chords == 1


async def test_a_closed_guard_tells_nothing_more(place: Place) -> None:
    with Guarded(place) as guarded:
        pass
    place.press("F5")
    await asyncio.sleep(0.1)  # for what must not come
    assert guarded.attempts == []
