"""The key guard on real X servers: what it holds, what it leaves free, and how it finds out that it was robbed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import CatchError

from kiosk_ui.shell import keys_x11
from kiosk_ui.shell.keys_x11 import SELF_TEST, KeyGuard
from protocol.shell import KeysFact
from tests.screen import VirtualScreen

pytestmark = [pytest.mark.anyio, pytest.mark.gui, pytest.mark.slow]
ALT = X.Mod1Mask


@pytest.fixture
def screen() -> Iterator[VirtualScreen]:
    with VirtualScreen(320, 240) as screen:
        yield screen


class Guard:
    """A guard on the running loop, and what it told."""

    def __init__(self, screen: VirtualScreen) -> None:
        self.facts: list[KeysFact] = []
        self.attempts: list[str] = []
        self.lost = asyncio.Event()
        self.keys = KeyGuard(changed=self.facts.append, attempt=self.attempts.append, name=screen.name)

    async def until(self, condition: Callable[[], object], timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110 - what it waits for happens in the X server
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def guard_on(screen: VirtualScreen) -> AsyncIterator[Guard]:
    guard = Guard(screen)
    guard.keys.attend(guard.lost.set)
    try:
        yield guard
    finally:
        guard.keys.close()


def is_refused(display: Display, key: str, mask: int) -> bool:
    """Would another program be refused this combination?"""
    caught = CatchError()
    code = display.keysym_to_keycode(XK.string_to_keysym(key))
    root = display.screen().root
    root.grab_key(code, mask, False, X.GrabModeAsync, X.GrabModeAsync, onerror=caught)
    display.sync()
    if caught.get_error() is None:
        root.ungrab_key(code, mask)
        display.sync()
    return caught.get_error() is not None


def next_mapping(display: Display) -> object:
    while (event := display.next_event()).type != X.MappingNotify:
        pass
    return event


@pytest.fixture
def other(screen: VirtualScreen) -> Iterator[Display]:
    display = Display(screen.name)
    display.set_error_handler(lambda *_: None)
    yield display
    display.close()


async def test_everything_wanted_is_held_on_a_fresh_screen(screen: VirtualScreen, other: Display) -> None:
    async with guard_on(screen) as guard:
        assert guard.keys.fact.missing == ()
        assert guard.keys.fact.held > 224
        print(f"MEASURED grabs held {guard.keys.fact.held}")
        for key, mask in (("F4", ALT), ("a", X.ControlMask), ("Print", 0), ("Super_L", 0), ("x", X.Mod4Mask | 2)):
            assert is_refused(other, key, mask), key
        for key, mask in (("a", 0), ("A", X.ShiftMask), ("Tab", X.ShiftMask), ("Return", 2), ("Alt_L", 0)):
            assert not is_refused(other, key, mask), key


async def test_held_keys_are_counted_by_kind(screen: VirtualScreen) -> None:
    async with guard_on(screen) as guard:
        screen.do("key", "ctrl+alt+t", "F5", "Print", "a")
        await guard.until(lambda: len(guard.attempts) >= 3)
        assert guard.attempts == ["shortcut", "function_key", "system_key"]
        assert guard.facts == []


async def test_a_robbed_combination_is_named_and_held_again_when_it_is_free(
    screen: VirtualScreen, other: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_x11, "TRY_EVERY_S", 0.4)
    monkeypatch.setattr(keys_x11, "ANSWER_S", 0.2)
    code = other.keysym_to_keycode(XK.string_to_keysym("F4"))
    other.screen().root.grab_key(code, ALT, False, X.GrabModeAsync, X.GrabModeAsync)
    other.sync()
    async with guard_on(screen) as guard:
        assert guard.keys.fact.missing == ("Mod1+F4",)
        assert is_refused(other, "F3", ALT)
        other.screen().root.ungrab_key(code, ALT)
        other.sync()
        await guard.until(lambda: guard.facts)
        assert guard.keys.fact.missing == ()
        assert is_refused(other, "F4", ALT)


async def test_a_program_that_takes_the_whole_keyboard_is_noticed(
    screen: VirtualScreen, other: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_x11, "TRY_EVERY_S", 0.4)
    monkeypatch.setattr(keys_x11, "ANSWER_S", 0.2)
    async with guard_on(screen) as guard:
        other.screen().root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        other.sync()
        await guard.until(lambda: guard.facts and guard.facts[-1].missing == (SELF_TEST,))
        other.ungrab_keyboard(X.CurrentTime)
        other.sync()
        await guard.until(lambda: guard.facts[-1].missing == ())


async def test_a_changed_keyboard_map_is_held_too(screen: VirtualScreen, other: Display) -> None:
    async with guard_on(screen) as guard:
        assert not is_refused(other, "q", 0)
        code = other.keysym_to_keycode(XK.string_to_keysym("q"))
        other.change_keyboard_mapping(code, [[XK.string_to_keysym("F9")] * 2])
        other.sync()
        await guard.until(lambda: guard.facts)
        other.refresh_keyboard_mapping(next_mapping(other))
        assert is_refused(other, "F9", 0)


async def test_it_says_when_the_screen_goes(screen: VirtualScreen) -> None:
    async with guard_on(screen) as guard:
        screen.server.kill()
        await asyncio.wait_for(guard.lost.wait(), 5)


async def test_the_window_manager_shipped_takes_no_key(other: Display) -> None:
    with VirtualScreen(320, 240, window_manager=True) as managed:
        async with guard_on(managed) as guard:
            assert guard.keys.fact.missing == ()
            assert managed.windows() == []  # openbox says in a window what it does not understand of its file
