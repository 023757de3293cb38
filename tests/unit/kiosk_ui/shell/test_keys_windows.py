"""How the guard on Windows keeps its hook: armed anew without a gap, tried, and honest about what it has not."""

import asyncio
from collections.abc import Callable

import pytest

from kiosk_ui.shell import keys_windows
from kiosk_ui.shell.key_table_windows import MARKER
from kiosk_ui.shell.keys_windows import KeyGuard
from protocol.shell import KeysFact
from tests.fake_keyboard import FakeKeyboard

pytestmark = pytest.mark.anyio
A, F5 = 0x41, 0x74


class Guarded:
    """A guard on a made-up keyboard."""

    def __init__(self) -> None:
        self.keyboard = FakeKeyboard()
        self.facts: list[KeysFact] = []
        self.attempts: list[str] = []

    def make(self) -> KeyGuard:
        return KeyGuard(changed=self.facts.append, attempt=self.attempts.append, keyboard=self.keyboard)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - the hook is on another thread
                await asyncio.sleep(0.005)


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Guarded:
    monkeypatch.setattr(keys_windows, "TRY_EVERY_S", 0.1)
    monkeypatch.setattr(keys_windows, "ANSWER_S", 0.05)
    return Guarded()


async def test_held_keys_reach_no_program_and_typing_does(guarded: Guarded) -> None:
    guard = guarded.make()
    guarded.keyboard.press("a", "ctrl+alt+t", "F5", "super+Tab", "shift+b")
    assert guarded.keyboard.reached == [A, 0xA0, 0x42]
    guard.close()


async def test_keys_pressed_before_the_loop_ran_are_counted_too(guarded: Guarded) -> None:
    guard = guarded.make()
    guarded.keyboard.press("F5")
    assert guarded.attempts == []
    guard.attend(lambda: None)
    assert guarded.attempts == ["function_key"]
    guard.close()


async def test_it_is_armed_anew_in_time_and_there_is_always_one_hook_that_judges(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_windows, "ARM_EVERY_S", 0.05)
    guard = guarded.make()
    guard.attend(lambda: None)
    first = guarded.keyboard.hooks[0]
    await guarded.until(lambda: guarded.keyboard.made >= 4)
    assert len(guarded.keyboard.hooks) == 1
    assert guarded.keyboard.hooks[0] is not first
    guarded.keyboard.press("F5")
    await guarded.until(lambda: guarded.attempts)
    assert guarded.attempts == ["function_key"]
    assert F5 not in guarded.keyboard.reached
    assert guarded.facts == []
    guard.close()
    assert guarded.keyboard.hooks == []


async def test_a_hook_that_windows_took_away_is_a_fault_until_the_next_one_answers(guarded: Guarded) -> None:
    guard = guarded.make()
    guard.attend(lambda: None)
    guarded.keyboard.take_hooks_away()
    await guarded.until(lambda: len(guarded.facts) >= 2)
    assert guarded.facts[0] == KeysFact(held=0, missing=("self-test",))
    assert guarded.facts[1].missing == ()
    assert guarded.keyboard.made == 2
    guard.close()


async def test_a_windows_that_gives_no_hook_is_told_and_asked_again(guarded: Guarded) -> None:
    guarded.keyboard.refuses = True
    guard = guarded.make()
    assert guard.fact == KeysFact(held=0, missing=("self-test",))
    guard.attend(lambda: None)
    await guarded.until(lambda: guarded.keyboard.made >= 3)
    guarded.keyboard.refuses = False
    await guarded.until(lambda: guarded.facts and guarded.facts[-1].missing == ())
    assert guard.fact.held > 100
    guard.close()


async def test_an_accessibility_shortcut_that_cannot_be_forbidden_is_named(guarded: Guarded) -> None:
    guarded.keyboard.stays = ("sticky keys",)
    guard = guarded.make()
    assert guard.fact.missing == ("sticky keys",)
    guard.close()


async def test_a_modifier_that_windows_believes_to_be_down_is_released_at_every_try(guarded: Guarded) -> None:
    guard = guarded.make()
    guard.attend(lambda: None)
    guarded.keyboard.stuck.append(0xA2)
    await guarded.until(lambda: not guarded.keyboard.stuck)
    guard.close()


async def test_the_marker_reaches_no_program(guarded: Guarded) -> None:
    guard = guarded.make()
    guard.attend(lambda: None)
    await asyncio.sleep(0.2)  # for some tries
    assert MARKER not in guarded.keyboard.reached
    guard.close()
