"""The curtain on X: a window that no window manager touches, painted by the X server itself."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError

from kiosk_ui.shell.curtain import NoScreen, picture, size_in_words

log = logging.getLogger(__name__)


def open_display(name: str | None) -> Display:
    """The X server; raises NoScreen."""
    try:
        return Display(name)
    except DisplayError as error:
        raise NoScreen(f"{error}; set DISPLAY to a running X server") from error


class NoCurtain:
    """For a screen that others use too."""

    covers = False

    def __init__(self, name: str | None = None) -> None:
        display = open_display(name)
        self.screen = size_in_words(display.screen().width_in_pixels, display.screen().height_in_pixels)
        display.close()

    def attend(self, screen_lost: Callable[[], None]) -> None:
        """The window sees by itself when the screen goes."""

    def close(self) -> None:
        """Nothing is open."""

    def show(self) -> None:
        """Cover nothing."""

    def lower(self) -> None:
        """Nothing covers."""


class XCurtain:
    """A window that no window manager touches; the X server itself repaints it, even while the shell is busy."""

    def __init__(self, name: str | None = None) -> None:
        self._display = open_display(name)
        self._display.set_error_handler(lambda error, _: log.warning("X refused: %s", error))
        self._screen = self._display.screen()
        self._root = self._screen.root
        self._size = (self._screen.width_in_pixels, self._screen.height_in_pixels)
        self._on_top = True
        self._lost: Callable[[], None] = lambda: None
        self._window = self._root.create_window(
            0, 0, *self._size, 0, X.CopyFromParent, override_redirect=True, background_pixel=self._screen.white_pixel
        )
        self._window.set_wm_name("Bilik curtain")
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)
        self._draw()
        self._window.map()
        self.show()

    @property
    def screen(self) -> str:
        """The screen's size in words: 1280x800."""
        return size_in_words(*self._size)

    @property
    def covers(self) -> bool:
        """Whether it is on top, and stays there."""
        return self._on_top

    def show(self) -> None:
        """Cover everything, and stay on top of windows that appear meanwhile."""
        self._on_top = True
        self._restack(X.Above)

    def lower(self) -> None:
        """Go behind all windows."""
        self._on_top = False
        self._restack(X.Below)

    def _restack(self, mode: int) -> None:
        try:
            self._window.configure(stack_mode=mode)
            self._display.flush()
        except (ConnectionClosedError, OSError):
            self._lost()

    def attend(self, screen_lost: Callable[[], None]) -> None:
        """Take up what the X server tells, on the running loop; `screen_lost` once when it has gone."""
        loop, descriptor = asyncio.get_running_loop(), self._display.fileno()

        def lost() -> None:
            loop.remove_reader(descriptor)
            screen_lost()

        self._lost = lost
        loop.add_reader(descriptor, self._read)

    def _read(self) -> None:
        try:
            while self._display.pending_events():
                self._take_up(self._display.next_event())
            self._display.flush()
        except (ConnectionClosedError, OSError):
            self._lost()

    def close(self) -> None:
        """Take it from the screen."""
        try:
            asyncio.get_running_loop().remove_reader(self._display.fileno())
            self._display.close()
        except (XError, ConnectionClosedError, OSError) as error:
            log.info("the screen has gone already: %s", error)

    def _take_up(self, event: Any) -> None:
        if event.type == X.ConfigureNotify and event.window.id == self._root.id:
            self._resize(event.width, event.height)
        elif self._on_top and event.type in (X.MapNotify, X.ConfigureNotify) and event.window.id != self._window.id:
            self.show()

    def _resize(self, width: int, height: int) -> None:
        if (width, height) != self._size:
            self._size = (width, height)
            self._window.configure(width=width, height=height)
            self._draw()

    def _draw(self) -> None:
        """Give the window its picture as background: the server paints it again whenever something uncovers it."""
        width, height = self._size
        sheet = self._window.create_pixmap(width, height, self._screen.root_depth)
        pen = sheet.create_gc()
        sheet.put_pil_image(pen, 0, 0, picture(width, height))
        self._window.change_attributes(background_pixmap=sheet)
        self._window.clear_area()
        pen.free()
        sheet.free()
        self._display.flush()
