"""Takes the keyboard for a window, with and without a window manager."""

import logging
import sys

log = logging.getLogger(__name__)

if sys.platform == "win32":
    import ctypes

    def take_keyboard(window_id: int) -> None:
        """Ask Windows for the keyboard; where it gives it to somebody else the shell, which sees that, takes it for us."""
        user32 = ctypes.WinDLL("user32")
        user32.DisableProcessWindowsGhosting()  # a window that hangs is ended by the shell, and never drawn by Windows
        if not user32.SetForegroundWindow(ctypes.c_void_p(window_id)):
            log.info("keyboard not taken at once")

else:
    from Xlib import X
    from Xlib.display import Display
    from Xlib.error import DisplayError, XError

    def take_keyboard(window_id: int) -> None:
        """Give the X keyboard focus to this window; Qt's own calls only ask a window manager, and there may be none."""
        try:
            display = Display()
            try:
                window = display.create_resource_object("window", window_id)
                window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
                display.sync()
            finally:
                display.close()
        except (DisplayError, XError, OSError) as error:
            log.warning("keyboard not taken: %s", error)
