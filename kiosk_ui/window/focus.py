"""Takes the keyboard for a window, with and without a window manager."""

import logging

from Xlib import X
from Xlib.display import Display
from Xlib.error import DisplayError, XError

log = logging.getLogger(__name__)


def take_keyboard(window_id: int) -> None:
    """Give the X keyboard focus to this window; Qt's own calls only ask a window manager, and there may be none."""
    try:
        display = Display()
        try:
            display.create_resource_object("window", window_id).set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
            display.sync()
        finally:
            display.close()
    except (DisplayError, XError, OSError) as error:
        log.warning("keyboard not taken: %s", error)
