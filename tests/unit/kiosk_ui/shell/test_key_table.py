"""What is held and what is left free, on keys as an ordinary keyboard has them."""

import pytest
from Xlib import XK

from kiosk_ui.shell.key_table import (
    ANY_KEY,
    ANY_MODIFIER,
    CONTROL,
    LOCK,
    SHIFT,
    Grab,
    KeyKind,
    attempt_kind,
    idle_code,
    in_words,
    is_modifier,
    key_kind,
    narrower,
    typing_mask,
    wanted,
)

for group in ("xf86", "xkb", "latin2", "arabic"):
    XK.load_keysym_group(group)

ALT, NUM, SUPER, ALTGR = 8, 16, 64, 128


def symbols(*names: str) -> tuple[int, ...]:
    found = tuple(XK.string_to_keysym(name) for name in names)
    assert all(found), names
    return found


MODIFIERS = {
    SHIFT: symbols("Shift_L", "Shift_R"),
    LOCK: symbols("Caps_Lock"),
    CONTROL: symbols("Control_L", "Control_R"),
    ALT: symbols("Alt_L", "Meta_L"),
    NUM: symbols("Num_Lock"),
    32: (),
    SUPER: symbols("Super_L", "Hyper_L"),
    ALTGR: symbols("ISO_Level3_Shift", "Mode_switch"),
}
TYPING = typing_mask(MODIFIERS)
KEYMAP = {
    10: symbols("1", "exclam"),
    23: symbols("Tab", "ISO_Left_Tab"),
    37: symbols("Control_L"),
    38: symbols("a", "A"),
    67: symbols("F1", "F1", "XF86_Switch_VT_1"),
    107: symbols("Print", "Sys_Req"),
    133: symbols("Super_L"),
    247: (0, 0),
    248: (),
}


@pytest.mark.parametrize(
    "names",
    [
        *(("a", "A"), ("1", "exclam"), ("space",), ("Tab", "ISO_Left_Tab"), ("Return",), ("BackSpace",), ("Delete",)),
        *(("Escape",), ("Home",), ("Left",), ("Prior",), ("KP_Insert", "KP_0"), ("KP_Enter",), ("KP_Add", "KP_Add")),
        *(("Shift_L",), ("Control_R",), ("Alt_L", "Meta_L"), ("Caps_Lock",), ("Num_Lock",), ("ISO_Level3_Shift",)),
        *(("dead_acute",), ("Arabic_alef",), ("zcaron", "Zcaron")),
    ],
)
def test_what_typing_needs_is_left_free(names: tuple[str, ...]) -> None:
    assert key_kind(symbols(*names)) is None


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("F1",), KeyKind.FUNCTION),
        (("F35",), KeyKind.FUNCTION),
        (("KP_F1",), KeyKind.FUNCTION),
        *(
            ((name,), KeyKind.SYSTEM)
            for name in (
                *("Print", "Pause", "Scroll_Lock", "Menu", "Super_L", "Super_R", "Hyper_L", "Insert"),
                *("Help", "Undo", "Find", "Cancel", "Linefeed", "XF86_AudioMute", "XF86_Switch_VT_1", "XF86_WWW"),
            )
        ),
    ],
)
def test_what_types_nothing_is_held(names: tuple[str, ...], kind: KeyKind) -> None:
    assert key_kind(symbols(*names)) is kind


def test_a_key_with_nothing_on_it_is_held_too() -> None:
    assert key_kind(()) is key_kind((0, 0)) is KeyKind.SYSTEM


def test_a_key_that_types_only_without_shift_is_held() -> None:
    assert key_kind(symbols("a", "Print")) is KeyKind.SYSTEM


def test_people_type_with_shift_the_locks_and_altgr_only() -> None:
    assert TYPING == SHIFT | LOCK | NUM | ALTGR


def test_a_modifier_shared_with_another_key_is_not_for_typing() -> None:
    assert typing_mask({ALTGR: symbols("ISO_Level3_Shift", "Super_R")}) == SHIFT | LOCK


def test_every_mask_with_a_guarded_modifier_is_held_for_all_keys() -> None:
    chords = {grab.mask for grab in wanted(KEYMAP, TYPING) if grab.code == ANY_KEY}
    assert chords == {mask for mask in range(256) if mask & (CONTROL | ALT | 32 | SUPER)}


def test_keys_that_type_nothing_are_held_with_any_modifier() -> None:
    keys = [grab for grab in wanted(KEYMAP, TYPING) if grab.code != ANY_KEY]
    assert keys == [Grab(code, ANY_MODIFIER) for code in (67, 107, 133, 247, 248)]


def test_a_refused_grab_is_held_in_parts() -> None:
    assert narrower(Grab(ANY_KEY, ALT), [10, 38]) == [Grab(10, ALT), Grab(38, ALT)]
    assert len(narrower(Grab(67, ANY_MODIFIER), [])) == 256
    assert narrower(Grab(67, ALT), [10]) == []


@pytest.mark.parametrize(
    ("code", "state", "kind"),
    [
        (38, CONTROL, KeyKind.SHORTCUT),
        (38, ALT | LOCK | NUM, KeyKind.SHORTCUT),
        (38, SHIFT | NUM, None),
        (38, 1 << 8, None),
        (37, ALT, None),
        (67, ALT, KeyKind.FUNCTION),
        (133, 0, KeyKind.SYSTEM),
        (99, 0, KeyKind.SYSTEM),
    ],
)
def test_an_attempt_is_counted_by_its_kind(code: int, state: int, kind: KeyKind | None) -> None:
    assert attempt_kind(code, state, KEYMAP, TYPING) is kind


def test_a_modifier_key_is_known_as_one() -> None:
    assert is_modifier(KEYMAP[37])
    assert not is_modifier(KEYMAP[38])


def test_a_combination_is_said_without_the_locks() -> None:
    assert in_words(Grab(70, ALT | LOCK | NUM), "F4", TYPING) == "Mod1+F4"
    assert in_words(Grab(70, SHIFT | CONTROL), "F4", TYPING) == "Shift+Control+F4"
    assert in_words(Grab(70, ANY_MODIFIER), "F4", TYPING) == "F4"


def test_the_key_to_try_with_has_nothing_on_it() -> None:
    assert idle_code(KEYMAP) == 248
    assert idle_code({38: symbols("a")}) is None
