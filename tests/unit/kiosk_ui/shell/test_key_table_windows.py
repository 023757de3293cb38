"""What the hook on Windows swallows, on strokes as Windows hands them over."""

from collections.abc import Iterable

import pytest

from kiosk_ui.shell.key_table import CONTROL, SHIFT, KeyKind
from kiosk_ui.shell.key_table_windows import (
    ALT,
    HELD_KEYS,
    HELD_MODIFIERS,
    MARKER,
    MODIFIER_LASTS_MS,
    PASS,
    SUPER,
    SWALLOW,
    KeyJudge,
    Stroke,
    Verdict,
)

KEYS = {
    **{letter: ord(letter.upper()) for letter in "abcdefghijklmnopqrstuvwxyz0123456789"},
    **{f"F{number}": 0x6F + number for number in range(1, 25)},
    "Shift": 0xA0,
    "RShift": 0xA1,
    "Control": 0xA2,
    "RControl": 0xA3,
    "Alt": 0xA4,
    "RAlt": 0xA5,
    "Win": 0x5B,
    "RWin": 0x5C,
    "Menu": 0x5D,
    "Sleep": 0x5F,
    "Print": 0x2C,
    "Insert": 0x2D,
    "Delete": 0x2E,
    "Tab": 0x09,
    "Escape": 0x1B,
    "Return": 0x0D,
    "Back": 0x08,
    "Space": 0x20,
    "Left": 0x25,
    "Home": 0x24,
    "Capital": 0x14,
    "NumLock": 0x90,
    "Numpad0": 0x60,
    "Plus": 0x6B,
    "Semicolon": 0xBA,
    "Backslash": 0xE2,
    "BrowserHome": 0xAC,
    "VolumeUp": 0xAF,
    "MediaPlay": 0xB3,
    "LaunchMail": 0xB4,
    "Pause": 0x13,
    "Kanji": 0x19,
}
ALT_GR_SCAN = 0x21D


class Hands:
    """Presses keys by name, a tenth of a second apart."""

    def __init__(self) -> None:
        self.judge = KeyJudge()
        self.at_ms = 1000

    def down(self, name: str, *, scan: int = 0, alt: bool = False) -> Verdict:
        self.at_ms += 100
        return self.judge.judge(Stroke(KEYS[name], scan, True, self.at_ms, alt))

    def up(self, name: str) -> Verdict:
        self.at_ms += 100
        return self.judge.judge(Stroke(KEYS[name], 0, False, self.at_ms))

    def chord(self, names: Iterable[str]) -> Verdict:
        """All down, and up again in the opposite order; the verdict on the last."""
        verdict = PASS
        names = list(names)
        for name in names:
            verdict = self.down(name)._replace(state=0)
        for name in reversed(names):
            self.up(name)
        return verdict


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.mark.parametrize(
    "keys",
    [
        *("a", "z", "0", "9", "Space", "Tab", "Return", "Back", "Delete", "Escape", "Left", "Home", "Numpad0", "Plus"),
        *(
            "Semicolon",
            "Backslash",
            "Shift",
            "RShift",
            "Capital",
            "NumLock",
            "Shift a",
            "Shift Tab",
            "RShift Semicolon",
        ),
    ],
)
def test_what_typing_needs_passes(hands: Hands, keys: str) -> None:
    assert hands.chord(keys.split()) == PASS


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        *((keys, KeyKind.SYSTEM) for keys in ("Win", "RWin", "Menu", "Sleep", "Print", "Pause", "Insert", "Kanji")),
        *((keys, KeyKind.SYSTEM) for keys in ("BrowserHome", "VolumeUp", "MediaPlay", "LaunchMail", "Shift Insert")),
        *((keys, KeyKind.FUNCTION) for keys in ("F1", "F5", "F11", "F12", "F24", "Shift F10", "Alt F4", "Control F4")),
        *((keys, KeyKind.SHORTCUT) for keys in ("Alt Tab", "Alt Escape", "Alt Space", "Control Escape", "Control a")),
        *((keys, KeyKind.SHORTCUT) for keys in ("Control Shift Escape", "Control Alt Tab", "RAlt Tab", "RControl w")),
        *((keys, KeyKind.SYSTEM) for keys in ("Alt Print", "Win Print", "Control Alt Win")),
    ],
)
def test_what_types_nothing_is_swallowed_and_counted_by_its_kind(hands: Hands, keys: str, kind: KeyKind) -> None:
    assert hands.chord(keys.split()) == Verdict(swallow=True, kind=kind)


@pytest.mark.parametrize("key", ["Control", "RControl", "Alt", "RAlt"])
def test_a_modifier_is_swallowed_itself_so_that_windows_never_sees_a_chord_begin(hands: Hands, key: str) -> None:
    assert hands.down(key) == SWALLOW
    assert hands.up(key) == SWALLOW


def test_the_windows_key_and_what_is_pressed_with_it_are_both_swallowed(hands: Hands) -> None:
    assert hands.down("Win") == Verdict(swallow=True, kind=KeyKind.SYSTEM)
    assert hands.down("r") == Verdict(swallow=True, kind=KeyKind.SHORTCUT, state=SUPER)
    hands.up("Win")
    hands.up("r")
    assert hands.down("r") == PASS


def test_a_release_is_swallowed_only_if_its_press_was(hands: Hands) -> None:
    hands.down("a")
    hands.down("Alt")
    assert hands.up("a") == PASS
    assert hands.up("Alt") == SWALLOW
    assert hands.up("Alt") == PASS, "a press from before the hook was there is let go"


def test_the_verdict_says_with_which_modifiers(hands: Hands) -> None:
    for name in ("Control", "Alt", "RShift"):
        hands.down(name)
    assert hands.down("b").state == CONTROL | ALT | SHIFT


def test_a_key_that_is_held_down_is_swallowed_on_and_counted_once(hands: Hands) -> None:
    assert hands.down("F5").kind is KeyKind.FUNCTION
    assert hands.down("F5") == SWALLOW


def test_alt_that_was_down_before_the_hook_came_is_believed(hands: Hands) -> None:
    assert hands.down("Tab", alt=True) == Verdict(swallow=True, kind=KeyKind.SHORTCUT, state=ALT)


def test_a_modifier_whose_release_the_secure_desktop_had_is_forgotten(hands: Hands) -> None:
    hands.down("Control")
    hands.down("Alt")
    assert hands.down("a").swallow
    hands.at_ms += MODIFIER_LASTS_MS
    assert hands.down("b") == PASS


def alt_gr(hands: Hands) -> None:
    assert hands.down("Control", scan=ALT_GR_SCAN) == PASS
    assert hands.down("RAlt", alt=True) == PASS
    assert hands.judge.has_alt_gr


def test_altgr_types_characters(hands: Hands) -> None:
    alt_gr(hands)
    for name in ("e", "2", "Backslash"):
        assert hands.down(name, alt=True) == PASS
    hands.up("Control")
    hands.up("RAlt")
    assert not hands.judge.has_alt_gr


@pytest.mark.parametrize("key", ["Tab", "Escape", "Return", "Delete", "Left"])
def test_altgr_does_nothing_else(hands: Hands, key: str) -> None:
    alt_gr(hands)
    assert hands.down(key, alt=True) == Verdict(swallow=True, kind=KeyKind.SHORTCUT, state=CONTROL | ALT)


def test_an_altgr_whose_release_was_missed_is_forgotten(hands: Hands) -> None:
    alt_gr(hands)
    hands.at_ms += MODIFIER_LASTS_MS
    assert hands.down("Tab") == PASS
    assert not hands.judge.has_alt_gr


def test_the_fifth_shift_in_a_row_is_swallowed(hands: Hands) -> None:
    for _ in range(4):
        assert hands.chord(["Shift"]) == PASS
    assert hands.chord(["RShift"]) == Verdict(swallow=True, kind=KeyKind.SHORTCUT)
    hands.chord(["a"])
    assert hands.chord(["Shift"]) == PASS


def test_a_shift_that_is_held_down_counts_once(hands: Hands) -> None:
    for _ in range(9):
        assert hands.down("Shift") == PASS


def test_most_keys_are_held_and_the_marker_is_one_of_them() -> None:
    assert HELD_KEYS > 100
    assert HELD_MODIFIERS == 6
    assert KeyJudge().judge(Stroke(MARKER, 0, True, 0)).swallow
