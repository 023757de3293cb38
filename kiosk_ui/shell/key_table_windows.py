"""What the hook on Windows holds: virtual keys read as the key symbols of key_table.py and judged by its rule. Pure.

Control, Alt and the Windows keys are swallowed themselves, so that Windows never sees a chord begin, whatever comes after.
Control+Alt+Delete and Windows+L are taken before any hook: the Keyboard Filter or the installer's policies must hold those.
"""

from typing import NamedTuple

from kiosk_ui.shell.key_table import CONTROL, SHIFT, KeyKind, Keymap, attempt_kind

ALT, SUPER, ALT_GR = 1 << 3, 1 << 6, 1 << 7
WINDOWS_TYPING = SHIFT | ALT_GR
MARKER = 0xE8
"""A virtual key that no keyboard has and no program knows: what the hook is tried with."""
STICKY_PRESSES = 5
MODIFIER_LASTS_MS = 8000
"""A modifier whose release was never seen (the secure desktop had it) is forgotten, or all typing would be a chord."""

_SHIFTS, _CONTROLS, _ALTS = frozenset({0x10, 0xA0, 0xA1}), frozenset({0x11, 0xA2, 0xA3}), frozenset({0x12, 0xA4, 0xA5})
_WINDOWS_KEYS = frozenset({0x5B, 0x5C})
_RIGHT_ALT, _LEFT_CONTROL = 0xA5, 0xA2
_MODIFIERS = ((SHIFT, _SHIFTS), (CONTROL, _CONTROLS), (ALT, _ALTS), (SUPER, _WINDOWS_KEYS))
_ALT_GR_SCAN = 0x200
"""Set in the scan code of the left Control that Windows makes up before an AltGr."""
_CHARACTER_KEYS = (*range(0xBA, 0xC3), *range(0xDB, 0xE0), 0xE2)
_WITH_ALT_GR = frozenset({*range(0x30, 0x3A), *range(0x41, 0x5B), 0x20, *_CHARACTER_KEYS})


def _one(symbol: int) -> tuple[int]:
    return (symbol,)


WINDOWS_KEYMAP: Keymap = {
    **{key: (key,) for key in range(0x30, 0x3A)},
    **{key: (key + 0x20,) for key in range(0x41, 0x5B)},
    0x20: (0x20,),
    **dict.fromkeys(_CHARACTER_KEYS, (0xA7,)),
    **{0x60 + digit: (0xFFB0 + digit,) for digit in range(10)},
    **{0x6A + place: (0xFFAA + place,) for place in range(6)},
    **dict(
        zip(
            (0x08, 0x09, 0x0D, 0x1B, 0x2E, 0x0C),
            map(_one, (0xFF08, 0xFF09, 0xFF0D, 0xFF1B, 0xFFFF, 0xFF9D)),
            strict=True,
        )
    ),
    **dict(zip(range(0x21, 0x29), map(_one, (0xFF55, 0xFF56, 0xFF57, *range(0xFF50, 0xFF55))), strict=True)),
    **{0x70 + place: (0xFFBE + place,) for place in range(24)},
    **dict.fromkeys(_SHIFTS, (0xFFE1,)),
    **dict.fromkeys(_CONTROLS, (0xFFE3,)),
    **dict.fromkeys(_ALTS, (0xFFE9,)),
    **dict.fromkeys((0x14,), (0xFFE5,)),
    **dict.fromkeys((0x90,), (0xFF7F,)),
}
"""Virtual key -> its symbol. What is not here types nothing and is held: Windows, menu, media, browser, power and IME keys."""

HELD_KEYS = sum(attempt_kind(key, 0, WINDOWS_KEYMAP, WINDOWS_TYPING) is not None for key in range(1, 0xFF))
HELD_MODIFIERS = len(_CONTROLS | _ALTS)


class Stroke(NamedTuple):
    """One press or release as the hook gets it; `alt`: Windows itself says that Alt is down."""

    key: int
    scan: int
    down: bool
    at_ms: int
    alt: bool = False


class Verdict(NamedTuple):
    """Whether nobody else may see the stroke, as what it is counted, and with which modifiers (as key_table.py has them) it was made."""

    swallow: bool
    kind: KeyKind | None = None
    state: int = 0


PASS = Verdict(swallow=False)
SWALLOW = Verdict(swallow=True)


class KeyJudge:
    """Remembers which keys are down. A release is swallowed if its press was, so that no key stays stuck."""

    def __init__(self) -> None:
        self._down: dict[int, int] = {}
        self._swallowed: set[int] = set()
        self._alt_gr = False
        self._shifts = 0

    @property
    def has_alt_gr(self) -> bool:
        """Whether somebody types with AltGr: then Windows is right that Control and Alt are down."""
        return self._alt_gr

    def judge(self, stroke: Stroke) -> Verdict:
        """The verdict on the next stroke; strokes come in the order in which they were made."""
        return self._pressed(stroke) if stroke.down else self._released(stroke.key)

    def _released(self, key: int) -> Verdict:
        self._down.pop(key, None)
        if key == _RIGHT_ALT:
            self._alt_gr = False
        if key not in self._swallowed:
            return PASS
        self._swallowed.discard(key)
        return SWALLOW

    def _pressed(self, stroke: Stroke) -> Verdict:
        self._forget_old(stroke.at_ms)
        again = stroke.key in self._down
        self._down[stroke.key] = stroke.at_ms
        self._shifts = self._count_shifts(stroke.key, again=again)
        verdict = self._judge_press(stroke)
        if verdict.swallow:
            self._swallowed.add(stroke.key)
        return verdict._replace(kind=None) if again else verdict

    def _judge_press(self, stroke: Stroke) -> Verdict:
        if stroke.key == _LEFT_CONTROL and stroke.scan & _ALT_GR_SCAN:
            self._alt_gr = True
            return PASS
        if self._alt_gr and stroke.key == _RIGHT_ALT:
            return PASS
        if stroke.key in _CONTROLS | _ALTS:
            return SWALLOW
        if self._shifts >= STICKY_PRESSES:
            return Verdict(swallow=True, kind=KeyKind.SHORTCUT)
        state = self._state(stroke)
        kind = attempt_kind(stroke.key, state, WINDOWS_KEYMAP, WINDOWS_TYPING)
        return PASS if kind is None else Verdict(swallow=True, kind=kind, state=state)

    def _count_shifts(self, key: int, *, again: bool) -> int:
        """Presses of Shift and nothing else: the fifth would ask for sticky keys."""
        if key not in _SHIFTS:
            return 0
        return self._shifts if again else self._shifts + 1

    def _forget_old(self, now_ms: int) -> None:
        self._down = {key: at_ms for key, at_ms in self._down.items() if now_ms - at_ms < MODIFIER_LASTS_MS}
        self._alt_gr = self._alt_gr and not self._down.keys().isdisjoint({_RIGHT_ALT, _LEFT_CONTROL})

    def _state(self, stroke: Stroke) -> int:
        """The modifiers as key_table.py has them. AltGr types characters only: with Tab it would switch windows."""
        if self._alt_gr:
            return ALT_GR if stroke.key in _WITH_ALT_GR else CONTROL | ALT
        others = self._down.keys() - {stroke.key}
        state = sum(bit for bit, keys in _MODIFIERS if not others.isdisjoint(keys))
        return state | (ALT if stroke.alt else 0)
