"""Which keys and pointer actions reach the page: typing, moving about and plain clicks."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

_MODIFIER_KEYS = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_Super_L,
        Qt.Key.Key_Super_R,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
    }
)
_EDITING_KEYS = frozenset(
    {
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Escape,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
_LAST_CHARACTER = 0x00FF_FFFF  # Qt's codes above are keys without a character
_HARMLESS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
_KEY_EVENTS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_CLICK_EVENTS = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick}
)
_DROP_EVENTS = frozenset({QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop})


def key_passes(key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """May the page have this key? Characters and editing keys, with Shift at most; a modifier key alone does no harm."""
    if key in _MODIFIER_KEYS:
        return True
    if modifiers & ~_HARMLESS or (key == Qt.Key.Key_Delete and modifiers & Qt.KeyboardModifier.ShiftModifier):
        return False  # Shift with Delete is "cut"
    return key in _EDITING_KEYS or 0 < key <= _LAST_CHARACTER


def click_passes(button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> bool:
    """May the page have this click? The left button alone; with a key held it would open a window or save a file."""
    return button is Qt.MouseButton.LeftButton and not modifiers & ~Qt.KeyboardModifier.KeypadModifier


class InputFilter(QObject):
    """Swallows the rest and says so by kind, never by key.

    Install it on single widgets: a Python event filter on the QApplication crashes QtWebEngine.
    """

    def __init__(self, blocked: Callable[[str], None]) -> None:
        super().__init__()
        self._blocked = blocked

    def watch(self, widget: QWidget | None) -> None:
        """Filter this widget too; safe to repeat."""
        if widget is not None:
            widget.removeEventFilter(self)
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """True: nobody gets this event."""
        kind = event.type()
        if kind in _KEY_EVENTS and isinstance(event, QKeyEvent):
            return self._refuse_key(event)
        if kind in _CLICK_EVENTS and isinstance(event, QMouseEvent):
            return self._refuse(not click_passes(event.button(), event.modifiers()), event, "pointer")
        if kind is QEvent.Type.Wheel and isinstance(event, QInputEvent):
            return self._refuse(bool(event.modifiers() & ~_HARMLESS), event, "pointer")
        if kind in _DROP_EVENTS:
            return self._refuse(True, event, "drop")
        if kind is QEvent.Type.Close:
            event.ignore()  # swallowed alone it would count as consent
        return kind in (QEvent.Type.ContextMenu, QEvent.Type.NativeGesture, QEvent.Type.Close)

    def _refuse_key(self, event: QKeyEvent) -> bool:
        if key_passes(event.key(), event.modifiers()):
            return False
        if event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat():
            self._blocked("key")
        return True

    def _refuse(self, refused: bool, event: QEvent, kind: str) -> bool:
        if refused:
            event.ignore()
            if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.DragEnter):
                self._blocked(kind)
        return refused
