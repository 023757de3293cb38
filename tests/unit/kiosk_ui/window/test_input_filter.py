"""Which keys and clicks reach the page."""

import pytest
from PySide6.QtCore import Qt

from kiosk_ui.window.input_filter import click_passes, key_passes

Key, Modifier, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Key.Key_1, Modifier.NoModifier),
        (Key.Key_1, Modifier.KeypadModifier),
        (Key.Key_A, Modifier.ShiftModifier),
        (Key.Key_Tab, Modifier.NoModifier),
        (Key.Key_Backtab, Modifier.ShiftModifier),
        (Key.Key_Return, Modifier.NoModifier),
        (Key.Key_Enter, Modifier.KeypadModifier),
        (Key.Key_Space, Modifier.NoModifier),
        (Key.Key_Backspace, Modifier.NoModifier),
        (Key.Key_Escape, Modifier.NoModifier),
        (Key.Key_Delete, Modifier.NoModifier),
        (Key.Key_Control, Modifier.ControlModifier),
    ],
)
def test_what_typing_and_moving_about_need_passes(key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    assert key_passes(key, modifier)


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Key.Key_F4, Modifier.AltModifier),
        (Key.Key_F5, Modifier.NoModifier),
        (Key.Key_F11, Modifier.NoModifier),
        (Key.Key_C, Modifier.ControlModifier),
        (Key.Key_I, Modifier.ControlModifier | Modifier.ShiftModifier),
        (Key.Key_Left, Modifier.AltModifier),
        (Key.Key_Tab, Modifier.ControlModifier),
        (Key.Key_D, Modifier.MetaModifier),
        (Key.Key_Delete, Modifier.ShiftModifier),
        (Key.Key_Insert, Modifier.ShiftModifier),
        (Key.Key_Menu, Modifier.NoModifier),
        (Key.Key_Print, Modifier.NoModifier),
        (Key.Key_Back, Modifier.NoModifier),
        (Key.Key_HomePage, Modifier.NoModifier),
        (Key.Key_Refresh, Modifier.NoModifier),
    ],
)
def test_everything_else_is_swallowed(key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    assert not key_passes(key, modifier)


def test_only_a_plain_left_click_passes() -> None:
    assert click_passes(Button.LeftButton, Modifier.NoModifier)
    assert not click_passes(Button.LeftButton, Modifier.ControlModifier)
    assert not click_passes(Button.LeftButton, Modifier.ShiftModifier)
    for button in (Button.RightButton, Button.MiddleButton, Button.BackButton, Button.ForwardButton):
        assert not click_passes(button, Modifier.NoModifier)
