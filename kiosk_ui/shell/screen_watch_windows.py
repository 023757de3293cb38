"""Watches who is on the screen of Windows: closes windows that are not ours, and puts ours back where it belongs."""

import sys

SYSTEM_CLASSES = frozenset({"Ghost", "IME", "MSCTFIME UI", "Default IME", "SysShadow", "tooltips_class32"})
"""Made by Windows around windows of ours: the picture of one that hangs (to close that would ask what to do), input methods, shadows."""

if sys.platform == "win32":
    import asyncio
    import ctypes
    import logging
    import os
    from collections.abc import Callable

    from kiosk_ui.shell.job_windows import MAY_END, opened
    from kiosk_ui.shell.user32_windows import (
        EachWindow,
        class_of,
        kernel32,
        monitors,
        owner_of,
        place_of,
        user32,
    )
    from protocol.shell import ForeignWindow

    log = logging.getLogger(__name__)

    LOOK_EVERY_S = 0.25
    POLITE_S = 0.3
    HIDE, CLOSE = 0, 0x10
    SHOW, ASYNC, TOP = 0x40, 0x4000, 0
    CLOAKED = 14
    NO_LOCK_TIMEOUT, ENDED_BY_US = 0x2001, 9
    kernel32.TerminateProcess.argtypes = (ctypes.c_void_p, ctypes.c_uint)

    class ScreenWatch:
        """Whose a window is, Windows says, not the window; see the one for X for what it is given."""

        def __init__(
            self,
            *,
            is_ours: Callable[[int], bool],
            is_manager: Callable[[int], bool],
            window_id: Callable[[], int | None],
            put_back: Callable[[], None],
            tell: Callable[[ForeignWindow], None],
        ) -> None:
            del is_manager  # Windows has none that is a program
            self._is_ours = is_ours
            self._window_id = window_id
            self._put_back = put_back
            self._tell = tell
            self._closing: set[int] = set()
            self._timer: asyncio.TimerHandle | None = None
            self._dwmapi = ctypes.WinDLL("dwmapi")
            user32.SystemParametersInfoW(NO_LOCK_TIMEOUT, 0, None, 0)

        def attend(self, screen_lost: Callable[[], None]) -> None:
            """Look now and four times a second; the curtain tells when the screen goes."""
            del screen_lost
            self._look()

        def close(self) -> None:
            """Look no more."""
            if self._timer is not None:
                self._timer.cancel()

        def _look(self) -> None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)
            for window in self._shown():
                pid = owner_of(window)
                if pid is not None and not self._is_ours(pid) and class_of(window) not in SYSTEM_CLASSES:
                    self._close_foreign(window, pid)
            window_id = self._window_id()
            if window_id is not None and not (self._is_in_place(window_id) and self._has_keyboard()):
                self._restore(window_id)

        def _shown(self) -> list[int]:
            """Every window of the desktop that can be seen, the top one first."""
            found: list[int] = []

            def take(window: int, _data: int) -> bool:
                if user32.IsWindowVisible(window) and not self._is_cloaked(window):
                    place = place_of(window)
                    if place is not None and min(place.size) > 1:
                        found.append(window)
                return True

            user32.EnumWindows(EachWindow(take), 0)
            return found

        def _is_cloaked(self, window: int) -> bool:
            """Whether Windows itself hides it: apps that were started beforehand."""
            answer = ctypes.c_int()
            asked = (CLOAKED, ctypes.byref(answer), ctypes.sizeof(answer))
            return self._dwmapi.DwmGetWindowAttribute(ctypes.c_void_p(window), *asked) == 0 and answer.value != 0

        # ---- windows that are not ours ------------------------------------------------------------------------------

        def _close_foreign(self, window: int, pid: int) -> None:
            """Out of sight at once; asked to close; after a moment its program is ended, if it is the kiosk account's."""
            user32.ShowWindowAsync(window, HIDE)
            if window in self._closing:
                return
            log.warning("a window that is not ours was opened")
            self._closing.add(window)
            user32.PostMessageW(window, CLOSE, 0, 0)
            asyncio.get_running_loop().call_later(POLITE_S, self._finish, window, pid)

        def _finish(self, window: int, pid: int) -> None:
            if user32.IsWindow(window) and owner_of(window) == pid:
                with opened(pid, MAY_END) as process:
                    ended = process is not None and kernel32.TerminateProcess(process, ENDED_BY_US)
            else:
                ended = True
            self._closing.discard(window)
            self._tell(ForeignWindow(closed=bool(ended)))

        # ---- our window ---------------------------------------------------------------------------------------------

        def _is_in_place(self, window_id: int) -> bool:
            place = place_of(window_id)
            return bool(user32.IsWindowVisible(window_id)) and place == monitors()[0]

        def _has_keyboard(self) -> bool:
            front = user32.GetForegroundWindow()
            pid = owner_of(front) if front else None
            return pid is not None and pid != os.getpid() and self._is_ours(pid)

        def _restore(self, window_id: int) -> None:
            """Windows gives the keyboard to who asks from beside the one that has it; one that hangs is never asked."""
            self._put_back()
            place = monitors()[0]
            user32.SetWindowPos(window_id, TOP, place.left, place.top, *place.size, SHOW | ASYNC)
            front = user32.GetForegroundWindow()
            there = user32.GetWindowThreadProcessId(front, None) if front else 0
            here = kernel32.GetCurrentThreadId()
            beside = bool(there and there != here and not user32.IsHungAppWindow(front))
            if beside:
                user32.AttachThreadInput(here, there, True)
            try:
                user32.SetForegroundWindow(window_id)
            finally:
                if beside:
                    user32.AttachThreadInput(here, there, False)
