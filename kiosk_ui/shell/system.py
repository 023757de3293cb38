"""What of the shell differs by system: the screen, the guards on it, the agent's line, and how the shell is told to end."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]

if sys.platform == "win32":
    import faulthandler
    import signal

    from kiosk_ui.shell.curtain_windows import NoCurtain
    from kiosk_ui.shell.curtain_windows import WindowsCurtain as WholeCurtain
    from kiosk_ui.shell.log_place import log_stream
    from kiosk_ui.shell.process_guard_windows import ProcessGuard
    from kiosk_ui.shell.screen_watch_windows import ScreenWatch

    HANGS_S = 15.0

    def is_window_manager(pid: int) -> bool:
        """Windows has none that is a program."""
        del pid
        return False

    async def open_line(path: Path, *, limit: int, is_kiosk: bool) -> Ends:
        """Call the agent; raises OSError."""
        from kiosk_ui.shell.pipe_windows import open_pipe

        return await open_pipe(str(path), limit=limit, is_kiosk=is_kiosk)

    def on_end(come: Callable[[], None]) -> None:
        """Call it when somebody at a console asks the shell to end; the curtain tells of the session's end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGBREAK):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(come))

    def beat() -> None:
        """The loop turns. One that stops ends the shell after HANGS_S, and Windows starts it anew: nobody else may."""
        faulthandler.dump_traceback_later(HANGS_S, exit=True, file=log_stream())

else:
    import signal

    from kiosk_ui.shell.curtain_x11 import NoCurtain
    from kiosk_ui.shell.curtain_x11 import XCurtain as WholeCurtain
    from kiosk_ui.shell.process_guard import ProcessGuard, is_window_manager
    from kiosk_ui.shell.screen_watch_x11 import ScreenWatch

    async def open_line(path: Path, *, limit: int, is_kiosk: bool) -> Ends:
        """Call the agent; raises OSError. The socket's folder says whose it is, to a kiosk as to others."""
        del is_kiosk
        return await asyncio.open_unix_connection(path, limit=limit)

    def on_end(come: Callable[[], None]) -> None:
        """Call it when the service manager asks the shell to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, come)

    def beat() -> None:
        """The loop turns: the agent hears it, and restarts a session that hangs."""


__all__ = [
    "NoCurtain",
    "ProcessGuard",
    "ScreenWatch",
    "WholeCurtain",
    "beat",
    "is_window_manager",
    "on_end",
    "open_line",
]
