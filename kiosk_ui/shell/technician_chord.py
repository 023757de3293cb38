"""The technician's chord: Control, Alt and Shift held down while B, I, L, I, K are typed. Pure: keys and times in, yes or no out.

Five keys in one order with three others held, none of ours in between, are not found by leaning on a keyboard. The chord is
no secret: it only asks for the PIN.
"""

from kiosk_ui.shell.key_table import ALL_MASKS, CONTROL, SHIFT

ALT = 8
WORD = "bilik"
WITHIN_MS = 6000
WRAP_MS = 1 << 32


class TechnicianChord:
    """Feed it every key that is held by the guard, in order; `is_complete` after the last one of the word."""

    def __init__(self) -> None:
        self._typed = 0
        self._began_ms = 0

    def press(self, keysym: int, state: int, typing: int, at_ms: int) -> bool:
        """Whether this key ends the chord. `state`: modifiers held; `typing`: those that do not count; `at_ms` wraps as X's clock does."""
        if state & (ALL_MASKS - 1) & ~typing != CONTROL | ALT or not state & SHIFT:
            self._typed = 0
            return False
        if (at_ms - self._began_ms) % WRAP_MS > WITHIN_MS or _letter(keysym) != WORD[self._typed]:
            self._typed = 0
        if _letter(keysym) == WORD[self._typed]:
            self._began_ms = at_ms if self._typed == 0 else self._began_ms
            self._typed = (self._typed + 1) % len(WORD)
            return self._typed == 0
        return False


def _letter(keysym: int) -> str:
    return chr(keysym).lower() if 0x20 < keysym < 0x7F else ""
