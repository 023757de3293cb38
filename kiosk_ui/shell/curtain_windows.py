"""The curtain on Windows: a window over all monitors, with a thread of its own that paints it and keeps it on top.

The same thread hears what Windows tells its windows: that the session ends, and that the monitors have changed.
"""

import sys

if sys.platform == "win32":
    import asyncio
    import contextlib
    import ctypes
    import logging
    import threading
    from collections.abc import Callable
    from ctypes import wintypes

    from kiosk_ui.shell.curtain import NoScreen, picture, size_in_words
    from kiosk_ui.shell.user32_windows import (
        BitmapHeader,
        Paint,
        Place,
        WindowClass,
        WindowEvent,
        WindowProcedure,
        gdi32,
        kernel32,
        monitors,
        user32,
        whole,
    )

    log = logging.getLogger(__name__)

    TITLE = "Bilik curtain"
    POPUP, VISIBLE = 0x80000000, 0x10000000
    NO_FOCUS, NO_BUTTON, ON_TOP = 0x08000000, 0x00000080, 0x00000008
    ABOVE_ALL, BELOW_ABOVE_ALL, BELOW = -1, -2, 1
    NO_ACTIVATE, NO_MOVE, NO_SIZE, SHOW = 0x10, 0x02, 0x01, 0x40
    PAINT, CLOSE, TIMER, ERASE = 0x0F, 0x10, 0x113, 0x14
    ASKED_TO_END, ENDING, MONITORS_CHANGED, SYSTEM_COMMAND = 0x11, 0x16, 0x7E, 0x112
    STACK, OVER = 0x8001, 0x8002
    FOREGROUND_CHANGED, WINDOW_SHOWN = 0x0003, 0x8002
    TOP_EVERY_MS = 250
    AWAKE = 0x80000000 | 0x1 | 0x2
    """Neither the PC nor its screen falls asleep while this thread lives."""
    MADE_WITHIN_S = 10.0
    COPY = 0x00CC0020

    class NoCurtain:
        """For a screen that others use too."""

        covers = False

        def __init__(self) -> None:
            self.screen = size_in_words(*monitors()[0].size)

        def attend(self, screen_lost: Callable[[], None]) -> None:
            """The window sees by itself when the screen goes."""

        def close(self) -> None:
            """Nothing is open."""

        def show(self) -> None:
            """Cover nothing."""

        def lower(self) -> None:
            """Nothing covers."""

    class WindowsCurtain:
        """Made and worked by its own thread; orders are posted to it, so that nobody waits for a screen that hangs."""

        def __init__(self) -> None:
            self._on_top = True
            self._window = 0
            self._places: list[Place] = []
            self._sheets: dict[tuple[int, int], bytes] = {}
            self._lost: Callable[[], None] = lambda: None
            self._is_closing = False
            self._made = threading.Event()
            self._acts: dict[int, Callable[[int, int], int | None]] = {
                PAINT: self._paint,
                STACK: lambda _window, _first: self._stack(),
                TIMER: self._keep_on_top,
                MONITORS_CHANGED: self._cover_again,
                ASKED_TO_END: lambda _window, _first: 1,  # a refusal would show Windows' own screen, with buttons
                ENDING: self._session_ends,
                OVER: self._end,
                ERASE: lambda _window, _first: 1,
                CLOSE: lambda _window, _first: 0,
                SYSTEM_COMMAND: lambda _window, _first: 0,
            }
            self._procedure = WindowProcedure(self._hear)  # kept: Windows calls it for as long as the window lives
            self._event = WindowEvent(self._other_window)
            self._thread = threading.Thread(target=self._work, name="curtain", daemon=True)
            self._thread.start()
            if not self._made.wait(MADE_WITHIN_S) or not self._window:
                raise NoScreen("Windows gave no window for the curtain; sign in at the screen of this PC")

        @property
        def screen(self) -> str:
            """The first monitor's size in words: 1280x800."""
            return size_in_words(*self._places[0].size)

        @property
        def covers(self) -> bool:
            """Whether it is on top, and stays there."""
            return self._on_top

        def show(self) -> None:
            """Cover everything, and stay on top of windows that appear meanwhile."""
            self._on_top = True
            self._post(STACK)

        def lower(self) -> None:
            """Go behind all windows."""
            self._on_top = False
            self._post(STACK)

        def attend(self, screen_lost: Callable[[], None]) -> None:
            """Tell the running loop, once, that the session ends or the curtain has gone."""
            loop = asyncio.get_running_loop()

            def lost() -> None:
                with contextlib.suppress(RuntimeError):  # the loop has just been closed
                    loop.call_soon_threadsafe(screen_lost)

            self._lost = lost

        def close(self) -> None:
            """Take it from the screen."""
            self._is_closing = True
            self._post(OVER)
            self._thread.join(1.0)

        def _post(self, message: int) -> None:
            user32.PostMessageW(self._window, message, 0, 0)

        # ---- on the curtain's thread --------------------------------------------------------------------------------

        def _work(self) -> None:
            try:
                hooks = self._make()
            finally:
                self._made.set()
            kernel32.SetThreadExecutionState(AWAKE)
            message = wintypes.MSG()
            while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                user32.DispatchMessageW(ctypes.byref(message))
            for hook in hooks:
                user32.UnhookWinEvent(hook)
            if not self._is_closing:
                log.error("the curtain has gone")
                self._lost()

        def _make(self) -> list[int]:
            """The window, and the hooks that tell of others' windows."""
            instance = kernel32.GetModuleHandleW(None)
            kind = WindowClass(procedure=self._procedure, instance=instance, name=TITLE)
            user32.RegisterClassW(ctypes.byref(kind))
            self._places = monitors()
            area = whole(self._places)
            self._draw()
            self._window = user32.CreateWindowExW(
                *(NO_FOCUS | NO_BUTTON | ON_TOP, TITLE, TITLE, POPUP | VISIBLE),
                *(area.left, area.top, *area.size, None, None, instance, None),
            )
            if not self._window:
                log.error("no window for the curtain (error %s)", ctypes.get_last_error())
                return []
            user32.SetTimer(self._window, 1, TOP_EVERY_MS, None)
            events = (FOREGROUND_CHANGED, WINDOW_SHOWN)
            return [user32.SetWinEventHook(one, one, None, self._event, 0, 0, 2) for one in events]

        def _other_window(self, _hook: int, _event: int, window: int, _object: int, _child: int, *_: int) -> None:
            if self._on_top and window != self._window:
                self._stack()

        def _hear(self, window: int, message: int, first: int, second: int) -> int:
            act = self._acts.get(message)
            if act is None:
                return int(user32.DefWindowProcW(window, message, first, second))
            return act(window, first) or 0

        def _keep_on_top(self, _window: int, _first: int) -> None:
            if self._on_top:
                self._stack()

        def _end(self, window: int, _first: int) -> None:
            user32.DestroyWindow(window)
            user32.PostQuitMessage(0)

        def _session_ends(self, _window: int, is_sure: int) -> None:
            if is_sure:
                log.warning("Windows ends this session")
                self._lost()

        def _stack(self) -> None:
            flags = NO_ACTIVATE | NO_MOVE | NO_SIZE | SHOW
            if self._on_top:
                user32.SetWindowPos(self._window, ABOVE_ALL, 0, 0, 0, 0, flags)
            else:
                user32.SetWindowPos(self._window, BELOW_ABOVE_ALL, 0, 0, 0, 0, flags)
                user32.SetWindowPos(self._window, BELOW, 0, 0, 0, 0, flags)

        def _cover_again(self, _window: int, _first: int) -> None:
            self._places = monitors()
            self._draw()
            area = whole(self._places)
            user32.SetWindowPos(self._window, None, area.left, area.top, *area.size, NO_ACTIVATE | 0x4)
            user32.InvalidateRect(self._window, None, False)

        def _draw(self) -> None:
            """A picture for each size of monitor, as the rows of bytes that Windows takes."""
            sizes = {place.size for place in self._places}
            self._sheets = {size: picture(*size).convert("RGBX").tobytes("raw", "BGRX") for size in sizes}

        def _paint(self, window: int, _first: int) -> None:
            paint = Paint()
            context = user32.BeginPaint(window, ctypes.byref(paint))
            corner = whole(self._places)
            for place in self._places:
                width, height = place.size
                header = BitmapHeader(size=40, width=width, height=-height, planes=1, bits=32)
                at = (place.left - corner.left, place.top - corner.top, width, height)
                sheet = self._sheets[place.size]
                gdi32.StretchDIBits(context, *at, 0, 0, width, height, sheet, ctypes.byref(header), 0, COPY)
            user32.EndPaint(window, ctypes.byref(paint))
