"""Which keys and combinations the shell holds so that nobody else gets them. Pure: keyboard map in, grabs out.

What typing needs stays free: characters, editing keys, Shift, the locks and AltGr. Everything else is held as a class:
any key while Control, Alt, Super or a modifier without a name is down, and every key that types nothing at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

ANY_KEY = 0
ANY_MODIFIER = 1 << 15
SHIFT, LOCK, CONTROL = 1, 2, 4
MODIFIER_NAMES = ("Shift", "Lock", "Control", "Mod1", "Mod2", "Mod3", "Mod4", "Mod5")
ALL_MASKS = 1 << len(MODIFIER_NAMES)

_FUNCTION = (range(0xFFBE, 0xFFE1), range(0xFF91, 0xFF95))
_CHARACTERS = (
    range(0x20, 0x7F),
    range(0xA0, 0x2100),
    range(0x0100_0100, 0x0111_0000),
    range(0xFE50, 0xFE94),
    range(0xFF95, 0xFFBE),
)
_EDITING = (
    *(range(code, code + 1) for code in (0xFF08, 0xFF09, 0xFF0D, 0xFF1B, 0xFFFF, 0xFE20, 0xFF80, 0xFF89, 0xFF8D)),
    range(0xFF50, 0xFF58),
)
_LEVEL_KEYS = frozenset({0xFE03, 0xFE04, 0xFE05, 0xFE11, 0xFE12, 0xFE13, 0xFF7E})
_NUM_LOCK = 0xFF7F
_MODIFIER_KEYS = frozenset({*range(0xFFE1, 0xFFEB), _NUM_LOCK, *_LEVEL_KEYS})

Keymap = Mapping[int, Sequence[int]]
"""Key code -> keysyms of its first group, without and with Shift first; 0 is none."""


class KeyKind(StrEnum):
    """What an attempt is counted as; never which key it was."""

    SHORTCUT = "shortcut"
    FUNCTION = "function_key"
    SYSTEM = "system_key"


class Grab(NamedTuple):
    """One passive grab: a key code or ANY_KEY, with exactly these modifiers or ANY_MODIFIER."""

    code: int
    mask: int


def key_kind(keysyms: Sequence[int]) -> KeyKind | None:
    """The kind of a key that nobody needs for typing; None for one that typing needs."""
    symbols = [symbol for symbol in keysyms[:2] if symbol]
    if any(_is_in(symbol, _FUNCTION) for symbol in symbols):
        return KeyKind.FUNCTION
    return None if symbols and all(map(_types, symbols)) else KeyKind.SYSTEM


def _types(symbol: int) -> bool:
    return symbol in _MODIFIER_KEYS or _is_in(symbol, _CHARACTERS) or _is_in(symbol, _EDITING)


def _is_in(symbol: int, ranges: Iterable[range]) -> bool:
    return any(symbol in one for one in ranges)


def is_modifier(keysyms: Sequence[int]) -> bool:
    """Whether the key does nothing by itself."""
    return any(symbol in _MODIFIER_KEYS for symbol in keysyms[:2])


def typing_mask(modifiers: Mapping[int, Collection[int]]) -> int:
    """The modifiers under which people type; `modifiers`: bit -> keysyms of the keys that set it."""
    mask = SHIFT | LOCK
    for bit, symbols in modifiers.items():
        if symbols and all(symbol == _NUM_LOCK or symbol in _LEVEL_KEYS for symbol in symbols):
            mask |= bit
    return mask


def wanted(keymap: Keymap, typing: int) -> list[Grab]:
    """Every grab that must be held, the widest first."""
    chords = [Grab(ANY_KEY, mask) for mask in range(ALL_MASKS) if mask & ~typing]
    keys = [Grab(code, ANY_MODIFIER) for code, symbols in sorted(keymap.items()) if key_kind(symbols) is not None]
    return chords + keys


def narrower(grab: Grab, codes: Iterable[int]) -> list[Grab]:
    """What to hold one by one where a wide grab is refused because somebody has a part of it."""
    if grab.code == ANY_KEY:
        return [Grab(code, grab.mask) for code in codes]
    return [Grab(grab.code, mask) for mask in range(ALL_MASKS)] if grab.mask == ANY_MODIFIER else []


def attempt_kind(code: int, state: int, keymap: Keymap, typing: int) -> KeyKind | None:
    """As what a key that came to us is counted; None: a modifier key, or typing while another key was held down."""
    symbols = keymap.get(code, ())
    kind = key_kind(symbols)
    if kind is None and not is_modifier(symbols) and state & (ALL_MASKS - 1) & ~typing:
        return KeyKind.SHORTCUT
    return kind


def in_words(grab: Grab, key_name: str, typing: int) -> str:
    """A combination for a technician, the locks left out: Control+Mod1+Delete."""
    bits = 0 if grab.mask == ANY_MODIFIER else grab.mask & (~typing | SHIFT)
    return "+".join([*(name for place, name in enumerate(MODIFIER_NAMES) if bits >> place & 1), key_name])


def idle_code(keymap: Keymap) -> int | None:
    """A key code with nothing on it, fit for trying whether the grabs hold; None if there is none."""
    return max((code for code, symbols in keymap.items() if not any(symbols)), default=None)
