"""Another program on the same screen: keys and buttons through XTEST, and requests that any X client may make."""

import contextlib
from types import TracebackType
from typing import Any, Self

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError
from Xlib.ext import xtest
from Xlib.protocol import event as xevent

for group in ("xf86", "xkb"):
    XK.load_keysym_group(group)

MODIFIERS = {
    "ctrl": "Control_L", "alt": "Alt_L", "shift": "Shift_L", "super": "Super_L", "altgr": "ISO_Level3_Shift", "meta": "Meta_L",
}  # fmt: skip


class Hands:
    """`with Hands(":1") as hands:`; what it asks and the server refuses is ignored."""

    def __init__(self, screen: str) -> None:
        self.display = Display(screen)
        self.display.set_error_handler(lambda *_: None)
        self.root = self.display.screen().root

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError, XError, ConnectionClosedError):
            self.display.close()
        with contextlib.suppress(AttributeError, OSError):
            self.display.display.socket.close()

    # ---- keys and buttons -------------------------------------------------------------------------------------------

    def code(self, name: str) -> int:
        """The key code for a keysym's name; 0 where this keyboard has none."""
        return int(self.display.keysym_to_keycode(XK.string_to_keysym(MODIFIERS.get(name, name))))

    def has(self, chord: str) -> bool:
        """Can this keyboard send all of it?"""
        return all(self.code(key) for key in chord.split("+"))

    def chord(self, chord: str, times: int = 1) -> None:
        """Press and let go: `ctrl+alt+Delete`."""
        codes = [self.code(key) for key in chord.split("+")]
        for _ in range(times):
            for code in codes:
                xtest.fake_input(self.display, X.KeyPress, code)
            for code in reversed(codes):
                xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()

    def click(self, button: int, x: int, y: int, held: str = "", times: int = 1) -> None:
        """A click, with keys held: `click(1, 5, 5, "ctrl+shift")`."""
        codes = [self.code(key) for key in held.split("+") if key]
        xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
        for code in codes:
            xtest.fake_input(self.display, X.KeyPress, code)
        for _ in range(times):
            xtest.fake_input(self.display, X.ButtonPress, button)
            xtest.fake_input(self.display, X.ButtonRelease, button)
        for code in reversed(codes):
            xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()

    def drag(self, start: tuple[int, int], end: tuple[int, int], button: int = 1, held: str = "") -> None:
        """Take hold, move in steps, let go."""
        codes = [self.code(key) for key in held.split("+") if key]
        for code in codes:
            xtest.fake_input(self.display, X.KeyPress, code)
        xtest.fake_input(self.display, X.MotionNotify, x=start[0], y=start[1])
        xtest.fake_input(self.display, X.ButtonPress, button)
        for step in range(1, 11):
            x, y = (a + (b - a) * step // 10 for a, b in zip(start, end, strict=True))
            xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
            self.display.sync()
        xtest.fake_input(self.display, X.ButtonRelease, button)
        for code in reversed(codes):
            xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()

    # ---- requests of any client -------------------------------------------------------------------------------------

    def show(
        self, x: int = 100, y: int = 100, width: int = 400, height: int = 300, *, override_redirect: bool = False,
        name: str = "foreign", input_only: bool = False, kind: str = "",
    ) -> Any:  # fmt: skip
        """Map a window of our own."""
        depth, wanted = (0, X.InputOnly) if input_only else (X.CopyFromParent, X.InputOutput)
        window = self.root.create_window(x, y, width, height, 0, depth, wanted, override_redirect=override_redirect)
        window.set_wm_name(name)
        if kind:
            atoms = [self.display.intern_atom(f"_NET_WM_WINDOW_TYPE_{kind}")]
            window.change_property(
                self.display.intern_atom("_NET_WM_WINDOW_TYPE"), self.display.intern_atom("ATOM"), 32, atoms
            )
        window.map()
        window.configure(stack_mode=X.Above)
        self.display.sync()
        return window

    def window(self, window_id: int) -> Any:
        """Somebody's window."""
        return self.display.create_resource_object("window", window_id)

    def configure(self, window_id: int, **values: int) -> None:
        """Move, size, restack."""
        self.window(window_id).configure(**values)
        self.display.sync()

    def message(self, window_id: int, kind: str, *data: int | str) -> None:
        """Ask a window manager, as pagers do."""
        numbers = [self.display.intern_atom(part) if isinstance(part, str) else part for part in data]
        numbers += [0] * (5 - len(numbers))
        event = xevent.ClientMessage(
            window=self.window(window_id), client_type=self.display.intern_atom(kind), data=(32, numbers)
        )
        self.root.send_event(event, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self.display.sync()

    def focus(self, target: Any) -> None:
        """Give the keyboard to this window, or to X.NONE or X.PointerRoot."""
        if isinstance(target, int):
            self.display.set_input_focus(target, X.RevertToNone, X.CurrentTime)
        else:
            target.set_input_focus(X.RevertToNone, X.CurrentTime)
        self.display.sync()

    def empty_clipboard(self) -> None:
        """Own it, and go."""
        window = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        window.set_selection_owner(self.display.intern_atom("CLIPBOARD"), X.CurrentTime)
        window.destroy()
        self.display.sync()
