"""systemd, where there is one: told that we live, and asked to restart the kiosk session or the PC."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

KIOSK_UNIT = "bilik-kiosk.service"
TECHNICIAN_UNIT = "bilik-technician.target"
"""Conflicts with the kiosk session and wants a login on its screen, so that one verb does both; no boot starts it."""
RUNNING_SYSTEMD = Path("/run/systemd/system")
COMMAND_LIMIT_S = 10.0


class SystemdManager:
    """Speaks sd_notify on NOTIFY_SOCKET if it is set, and runs `systemctl` with fixed arguments if systemd runs."""

    def __init__(self, *, systemctl: str = "/usr/bin/systemctl", running_systemd: Path = RUNNING_SYSTEMD) -> None:
        self._notifier = make_notifier()
        self._systemctl = systemctl
        self._running_systemd = running_systemd

    def ready(self) -> None:
        """Start-up is done."""
        self._notify("READY=1")

    def alive(self) -> None:
        """The supervisor's loop turns: the watchdog's ping."""
        self._notify("WATCHDOG=1")

    def stopping(self) -> None:
        """An orderly end has begun; nothing is told after it."""
        self._notify("STOPPING=1")
        if self._notifier is not None and self._notifier.socket is not None:
            self._notifier.socket.close()
        self._notifier = None

    def _notify(self, state: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(state)

    async def restart_kiosk(self) -> None:
        """Restart the kiosk session: the shell does not answer. A failure is logged, not raised."""
        await self._run("restart", KIOSK_UNIT)

    async def reboot(self) -> None:
        """Restart the PC. A failure is logged, not raised."""
        await self._run("reboot")

    async def hand_over(self) -> bool:
        """End the kiosk session and begin a technician's login on its screen; a failure is logged and is False."""
        return await self._run("start", TECHNICIAN_UNIT)

    async def _run(self, *arguments: str) -> bool:
        if not self._running_systemd.is_dir():
            log.warning("no_service_manager", extra={"asked": " ".join(arguments)})
            return False
        command = (self._systemctl, "--no-block", "--no-ask-password", *arguments)
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            log.warning("service_manager_failed", extra={"asked": " ".join(arguments), "why": error.strerror})
            return False
        return await self._wait(process, arguments)

    async def _wait(self, process: asyncio.subprocess.Process, arguments: tuple[str, ...]) -> bool:
        try:
            async with asyncio.timeout(COMMAND_LIMIT_S):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if code != 0:
            log.warning("service_manager_failed", extra={"asked": " ".join(arguments), "exit_code": code})
        return code == 0


def make_notifier() -> Any:
    """The library's notifier where a service manager listens, else None; it is not there on Windows."""
    if "NOTIFY_SOCKET" not in os.environ:
        return None
    from sdnotify import SystemdNotifier

    return SystemdNotifier()
