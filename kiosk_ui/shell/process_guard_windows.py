"""Ends programs of the kiosk account on Windows that have no business there.

What a session of Windows itself runs differs by edition and month, and nobody has seen them all: so of what lies in Windows' own
folder only the known ways out are ended, and of all else, where a kiosk account could have put it, everything but ours.
"""

import sys
from collections.abc import Callable
from ntpath import basename, dirname, normcase
from typing import NamedTuple

WAYS_OUT = frozenset(
    f"{name}.exe"
    for name in (
        *("explorer", "cmd", "powershell", "powershell_ise", "pwsh", "wscript", "cscript", "mshta", "taskmgr"),
        *("regedit", "reg", "mmc", "msconfig", "control", "systemsettings", "notepad", "wordpad", "write", "mspaint"),
        *("osk", "magnify", "narrator", "utilman", "iexplore", "msedge", "hh", "winhlp32", "calc", "snippingtool"),
        *("rundll32", "regsvr32", "msiexec", "wmic", "certutil", "bitsadmin", "ftp", "wmplayer", "msra", "mstsc"),
        *("eventvwr", "perfmon", "resmon", "charmap", "dxdiag", "sndvol", "psr", "fodhelper", "wt", "openwith"),
    )
)
ENGINE = "qtwebengineprocess.exe"


class Seen(NamedTuple):
    """One process: `path` is None where it may not be read; `is_family`: of our window's job."""

    path: str | None
    is_family: bool = False


def is_allowed(seen: Seen, *, python: str, windows: str) -> bool:
    """Whether this process has business in the kiosk account. `python`: our interpreter, `windows`: Windows' own folder."""
    if seen.path is None:  # of Windows itself: a program that the account started can be read by the account
        return True
    path = normcase(seen.path)
    ours = {normcase(python), dirname(normcase(python)) + r"\python.exe", dirname(normcase(python)) + r"\pythonw.exe"}
    if seen.is_family:
        return path in ours or basename(path) == ENGINE
    return path.startswith(normcase(windows).rstrip("\\") + "\\") and basename(path) not in WAYS_OUT


if sys.platform == "win32":
    import asyncio
    import logging
    import os

    import psutil

    log = logging.getLogger(__name__)

    LOOK_EVERY_S = 1.0

    class ProcessGuard:
        """Looks once a second at the processes of one account, which must be the one it runs as."""

        def __init__(self, *, is_family: Callable[[int], bool], attempt: Callable[[str], None], account: str) -> None:
            self._is_family = is_family
            self._attempt = attempt
            self._windows = os.environ.get("SYSTEMROOT", r"C:\Windows")
            self._user = psutil.Process().username()
            self._spared = {os.getpid(), *_ancestors()}
            self._told: set[int] = set()
            self.is_on = self._user.rpartition("\\")[2].lower() == account.lower()
            """Off for any other account."""

        async def run(self) -> None:
            """Look for ever."""
            if not self.is_on:
                log.error("the process guard is off: this is not the kiosk's own account")
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                if self.is_on:
                    self.look()

        def look(self) -> int:
            """End what is foreign; how many were ended."""
            return sum(self._look_at(pid) for pid in psutil.pids() if pid not in self._spared)

        def _look_at(self, pid: int) -> bool:
            try:
                process = psutil.Process(pid)
                if process.username() != self._user:
                    return False
                seen = Seen(process.exe() or None, self._is_family(pid))
                if is_allowed(seen, python=sys.executable, windows=self._windows):
                    return False
                process.kill()
            except (psutil.Error, OSError):  # it has gone, or is not the account's own
                return False
            if pid not in self._told:
                self._told.add(pid)
                log.warning("a program that has no business here was ended")
                self._attempt("process")
            return True

    def _ancestors() -> set[int]:
        try:
            return {parent.pid for parent in psutil.Process().parents()}
        except (psutil.Error, OSError):
            return {os.getppid()}
