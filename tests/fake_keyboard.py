"""A keyboard of Windows made up: hooks in a row, the newest first, any of which may be gone without a word."""

import threading
from collections.abc import Callable

from kiosk_ui.shell.key_table_windows import MARKER, Stroke
from kiosk_ui.shell.keys_windows import Hook, HookRefused

MODIFIERS = {"ctrl": 0xA2, "alt": 0xA4, "shift": 0xA0, "super": 0x5B}
KEYS = {"F4": 0x73, "F5": 0x74, "Print": 0x2C, "Tab": 0x09, "Escape": 0x1B}


class FakeHook:
    """One hook of the row."""

    def __init__(self, keyboard: "FakeKeyboard") -> None:
        self._keyboard = keyboard
        self.decide: Callable[[Stroke], bool] | None = None

    def start(self, decide: Callable[[Stroke], bool]) -> None:
        if self._keyboard.refuses:
            raise HookRefused("Windows gave no keyboard hook")
        self.decide = decide
        self._keyboard.hooks.insert(0, self)

    def stop(self) -> None:
        if self in self._keyboard.hooks:
            self._keyboard.hooks.remove(self)


class FakeKeyboard:
    """What is pressed goes through the hooks on a thread of its own, as in Windows, and to the programs if none swallows it."""

    def __init__(self) -> None:
        self.hooks: list[FakeHook] = []
        self.reached: list[int] = []
        self.refuses = False
        self.takes_hooks_away = False
        self.stays: tuple[str, ...] = ()
        self.stuck: list[int] = []
        self.made = 0
        self._at_ms = 0

    # ---- what the guard uses --------------------------------------------------------------------------------------

    def hook(self) -> Hook:
        self.made += 1
        return FakeHook(self)

    def press_marker(self) -> None:
        self._strike(MARKER)

    def release_modifiers(self) -> None:
        self.stuck.clear()

    def forbid_shortcuts(self) -> tuple[str, ...]:
        return self.stays

    # ---- what the test uses ---------------------------------------------------------------------------------------

    def press(self, *chords: str) -> None:
        """Chords in xdotool's words: ctrl+alt+t."""
        for chord in chords:
            codes = [MODIFIERS.get(name) or KEYS.get(name) or ord(name.upper()) for name in chord.split("+")]
            for code in codes:
                self._stroke(code, down=True)
            for code in reversed(codes):
                self._stroke(code, down=False)

    def take_hooks_away(self) -> None:
        """As Windows does with one that was slow: nobody is told."""
        self.hooks.clear()

    def _strike(self, code: int) -> None:
        if self.takes_hooks_away:
            self.take_hooks_away()
        for down in (True, False):
            self._stroke(code, down=down)

    def _stroke(self, code: int, *, down: bool) -> None:
        self._at_ms += 50
        stroke = Stroke(code, 0, down, self._at_ms)
        thread = threading.Thread(target=self._deliver, args=(stroke,))
        thread.start()
        thread.join()

    def _deliver(self, stroke: Stroke) -> None:
        if not any(hook.decide is not None and hook.decide(stroke) for hook in list(self.hooks)) and stroke.down:
            self.reached.append(stroke.key)
