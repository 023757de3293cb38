"""The service's process on Windows, which started us: told that we live, as systemd is on Linux."""

import asyncio
import logging
import os
import sys

BEAT = "BILIK_BEAT"
"""In the environment of an agent that runs as a service: the number of the inherited event that says it lives."""

log = logging.getLogger(__name__)

if sys.platform == "win32":
    import ctypes
    import subprocess
    from ctypes import wintypes
    from pathlib import Path

    SHUTDOWN = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "shutdown.exe"
    COMMAND_LIMIT_S = 10.0

    class WindowsServiceHost:
        """Sets the event of BEAT if there is one; an agent that was started by hand has nobody to tell."""

        def __init__(self, *, shutdown: Path = SHUTDOWN) -> None:
            self._shutdown = shutdown
            self._kernel32 = ctypes.WinDLL("kernel32")
            self._kernel32.SetEvent.argtypes = (wintypes.HANDLE,)
            told = os.environ.get(BEAT, "")
            self._beat = int(told) if told.isdecimal() else None

        def ready(self) -> None:
            """Start-up is done: the first beat."""
            self.alive()

        def alive(self) -> None:
            """The supervisor's loop turns: the watchdog's ping."""
            if self._beat is not None:
                self._kernel32.SetEvent(self._beat)

        def stopping(self) -> None:
            """An orderly end has begun; nothing is told after it, and an end that hangs is cut off like any other."""
            self.alive()
            self._beat = None

        async def restart_kiosk(self) -> None:
            """Nobody but the system may end the kiosk account's session: said in the log, and Windows starts a shell that ends anew."""
            log.warning("no_service_manager", extra={"asked": "restart the kiosk session"})

        async def reboot(self) -> None:
            """Restart the PC. A failure is logged, not raised."""
            try:
                process = await asyncio.create_subprocess_exec(
                    str(self._shutdown),
                    *("/r", "/f", "/t", "0"),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    creationflags=subprocess.CREATE_NO_WINDOW,
                )
            except OSError as error:
                log.warning("service_manager_failed", extra={"asked": "reboot", "why": error.strerror})
                return
            try:
                async with asyncio.timeout(COMMAND_LIMIT_S):
                    code = await process.wait()
            except TimeoutError:
                process.kill()
                code = await process.wait()
            if code != 0:
                log.warning("service_manager_failed", extra={"asked": "reboot", "exit_code": code})

        async def hand_over(self) -> bool:
            """A technician's login in place of the kiosk session is not built on Windows."""
            log.warning("no_service_manager", extra={"asked": "a technician's login"})
            return False
