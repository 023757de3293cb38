"""All processes of one run of the window, as each system keeps them together: a process group, or a job of Windows."""

import os
import signal
import sys
from typing import Any, Protocol

if sys.platform == "win32":
    import subprocess

    APART: dict[str, Any] = {"creationflags": subprocess.CREATE_NO_WINDOW}
else:
    APART: dict[str, Any] = {"start_new_session": True}
"""How a process is started that shall be the first of a group."""


class Group(Protocol):
    """What one run of the window is made of."""

    def end(self) -> None:
        """End all of it at once: nothing in it is worth an orderly end."""

    def end_member(self, pid: int) -> bool:
        """End one process of it at once; False if it is none of it (any more)."""

    def owns(self, pid: int) -> bool:
        """Whether this process belongs to it."""

    def close(self) -> None:
        """It has ended."""


def group_of(pid: int) -> Group:
    """The group that this process, just started with APART, is the first of; raises OSError where it cannot be held."""
    if sys.platform == "win32":
        from kiosk_ui.shell.job_windows import Job

        return Job(pid)
    else:  # noqa: RET505 - mypy takes each system's branch alone
        return ProcessGroup(pid)


if sys.platform != "win32":

    class ProcessGroup:
        """A process group, known by its first process."""

        def __init__(self, pid: int) -> None:
            self._pid = pid

        def end(self) -> None:
            """End all of it at once."""
            try:
                os.killpg(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                return

        def end_member(self, pid: int) -> bool:
            """End one process of it at once; False if it is none of it (any more)."""
            try:
                if os.getpgid(pid) != self._pid:
                    return False
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return False
            return True

        def owns(self, pid: int) -> bool:
            """Whether this process belongs to it."""
            try:
                return os.getpgid(pid) == self._pid
            except OSError:
                return False

        def close(self) -> None:
            """Nothing is held."""
