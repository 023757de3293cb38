"""The real keyboard of Windows: pynput's low-level hook, and the few calls of user32 around it."""

import sys

if sys.platform == "win32":
    import ctypes
    import threading
    from collections.abc import Callable
    from ctypes import wintypes
    from typing import Protocol

    from pynput import keyboard

    from kiosk_ui.shell.key_table_windows import MARKER, Stroke
    from kiosk_ui.shell.keys_windows import Hook, HookRefused

    PRESSES = (0x100, 0x104)
    ALT_IS_DOWN, RELEASED, PRESSED_NOW = 0x20, 0x02, 0x8000
    MODIFIERS = (0xA2, 0xA3, 0xA4, 0xA5, 0x5B, 0x5C)
    ANSWER_S, TRIES = 0.05, 20
    SHORTCUTS = 0x04 | 0x08
    """The flags "a chord turns it on" and "ask first"; the feature itself, if staff turned it on, stays."""
    FEATURES = {
        "sticky keys": (0x3A, 8),
        "toggle keys": (0x34, 8),
        "filter keys": (0x32, 24),
        "mouse keys": (0x36, 28),
        "high contrast": (0x42, 16),
    }
    """What a chord of Shift, Alt or Num Lock turns on: the call that reads it (the next one writes), and its size."""

    class KeyData(Protocol):
        """What Windows hands to a low-level keyboard hook."""

        vkCode: int  # noqa: N815 - the name Windows has for it
        scanCode: int  # noqa: N815 - the name Windows has for it
        flags: int
        time: int

    class WindowsKeyboard:
        """The session's keyboard."""

        def __init__(self) -> None:
            self._user32 = ctypes.WinDLL("user32", use_last_error=True)
            self._user32.keybd_event.argtypes = (wintypes.BYTE, wintypes.BYTE, wintypes.DWORD, ctypes.c_size_t)
            self._user32.GetAsyncKeyState.restype = wintypes.SHORT

        def hook(self) -> Hook:
            """A new hook, not installed yet."""
            return PynputHook(self.press_marker)

        def press_marker(self) -> None:
            """Press and release the marker key."""
            for flags in (0, RELEASED):
                self._user32.keybd_event(MARKER, 0, flags, 0)

        def release_modifiers(self) -> None:
            """Release what Windows believes to be down; the marker before it keeps a Windows key from opening its menu."""
            down = [key for key in MODIFIERS if self._user32.GetAsyncKeyState(key) & PRESSED_NOW]
            if down:
                self.press_marker()
            for key in down:
                self._user32.keybd_event(key, 0, RELEASED, 0)

        def forbid_shortcuts(self) -> tuple[str, ...]:
            """Until the next login; those that stay on."""
            return tuple(name for name, (read, size) in FEATURES.items() if not self._forbid(read, size))

        def _forbid(self, read: int, size: int) -> bool:
            setting = (wintypes.DWORD * (size // 4))(size)
            if not self._user32.SystemParametersInfoW(read, size, setting, 0):
                return False
            if not setting[1] & SHORTCUTS:
                return True
            setting[1] &= ~SHORTCUTS & 0xFFFFFFFF
            return bool(self._user32.SystemParametersInfoW(read + 1, size, setting, 0))

    class PynputHook:
        """One listener. Its thread does nothing but ask `decide`; no key becomes a character anywhere."""

        def __init__(self, press_marker: Callable[[], None]) -> None:
            self._press_marker = press_marker
            self._listener: keyboard.Listener | None = None

        def start(self, decide: Callable[[Stroke], bool]) -> None:
            """The listener calls itself ready before it has a hook, and does not look whether it got one: so the marker is tried."""
            seen = threading.Event()

            def sees(message: int, data: KeyData) -> bool:
                seen.set()
                down, alt = message in PRESSES, bool(data.flags & ALT_IS_DOWN)
                if decide(Stroke(data.vkCode, data.scanCode, down, data.time, alt)):
                    listener.suppress_event()
                return False  # nobody has to know which character it would have been

            listener = keyboard.Listener(win32_event_filter=sees)
            self._listener = listener
            listener.start()
            for _ in range(TRIES):
                self._press_marker()
                if seen.wait(ANSWER_S):
                    return
            listener.stop()
            raise HookRefused(
                f"Windows gave no keyboard hook within {TRIES * ANSWER_S:.0f} s; sign in again, or see docs"
            )

        def stop(self) -> None:
            """Take it away."""
            if self._listener is not None:
                self._listener.stop()
