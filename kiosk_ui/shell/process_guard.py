"""Ends programs of the kiosk account that have no business there: allowed are names and paths together, and our own."""

import asyncio
import logging
import os
import pwd
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SESSION = {
    "openbox": ("/usr/bin/openbox",),
    "Xorg": ("/usr/lib/xorg/Xorg", "/usr/bin/Xorg"),
    "xinit": ("/usr/bin/xinit",),
    "systemd": ("/usr/lib/systemd/systemd", "/lib/systemd/systemd"),
    "dbus-daemon": ("/usr/bin/dbus-daemon",),
    "pipewire": ("/usr/bin/pipewire",),
    "pipewire-pulse": ("/usr/bin/pipewire-pulse", "/usr/bin/pipewire"),
    "wireplumber": ("/usr/bin/wireplumber",),
    "pulseaudio": ("/usr/bin/pulseaudio",),
}
PAM_KEEPERS = ("systemd", "xinit")
"""Whose PAM sessions systemd keeps open: the account's own systemd, and the kiosk's session, which begins with xinit."""
ENGINE = "QtWebEngineProcess"
SHORT_NAME = 15


class Seen(NamedTuple):
    """One process: `path` is None where it may not be read; `is_family`: of our window's process group."""

    pid: int
    name: str
    path: str | None
    is_family: bool = False
    parent_name: str = ""


def is_allowed(seen: Seen, python: str = os.path.realpath(sys.executable)) -> bool:
    """Whether this process has business in the kiosk account; ours apart, which the caller knows."""
    if seen.is_family:
        if seen.path is None:  # the engine's sandbox makes its processes unreadable
            return seen.name[:SHORT_NAME] == ENGINE[:SHORT_NAME]
        return os.path.realpath(seen.path) == python or Path(seen.path).name == ENGINE
    if seen.path is None:
        return seen.name == "(sd-pam)" and seen.parent_name in PAM_KEEPERS
    return seen.path in SESSION.get(seen.name, ())


def is_window_manager(pid: int) -> bool:
    """Whether this process is the window manager we ship a configuration for."""
    try:
        process = psutil.Process(pid)
        return process.exe() in SESSION["openbox"] and process.name() == "openbox"
    except (psutil.Error, OSError):
        return False


class ProcessGuard:
    """Looks once a second at the processes of one account, which must be the one it runs as; `is_family` judges process ids.

    On an account that people use for other things it would end all they do, so the account must be named.
    """

    def __init__(
        self,
        *,
        is_family: Callable[[int], bool],
        attempt: Callable[[str], None],
        account: str,
        only: Callable[[], Collection[int]] | None = None,
    ) -> None:
        self._is_family = is_family
        self._attempt = attempt
        self._uid = os.getuid()
        self._pids: Callable[[], Iterable[int]] = psutil.pids if only is None else only
        self._spared = {os.getpid(), *_ancestors()}
        self._told: set[int] = set()
        self.is_on = _name_of(self._uid) == account and (self._uid != 0 or only is not None)
        """Off for any other account, and for the administrator's: it has processes of everything."""

    async def run(self) -> None:
        """Look for ever."""
        if not self.is_on:
            log.error("the process guard is off: this is not the kiosk's own account, or the administrator's")
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.is_on:
                self.look()

    def look(self) -> int:
        """End what is foreign; how many were ended."""
        return sum(self._look_at(pid) for pid in self._pids() if pid not in self._spared)

    def _look_at(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if process.uids().real != self._uid or process.status() == psutil.STATUS_ZOMBIE:
                return False
            if is_allowed(self._seen(process)):
                return False
            process.kill()
        except psutil.NoSuchProcess:
            return False
        except (psutil.Error, OSError) as error:
            log.warning("process %s could not be judged or ended: %s", pid, type(error).__name__)
            return False
        if pid not in self._told:
            self._told.add(pid)
            log.warning("a program that has no business here was ended")
            self._attempt("process")
        return True

    def _seen(self, process: psutil.Process) -> Seen:
        try:
            path = process.exe() or None
        except (psutil.AccessDenied, PermissionError):
            path = None
        parent = process.parent()
        return Seen(
            process.pid, process.name(), path, self._is_family(process.pid), "" if parent is None else parent.name()
        )


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _ancestors() -> set[int]:
    try:
        return {parent.pid for parent in psutil.Process().parents()}
    except (psutil.Error, OSError):
        return {os.getppid()}
