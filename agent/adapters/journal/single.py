"""The lock that lets one agent at a time hold a journal."""

import contextlib
import os
import sys
from pathlib import Path

from agent.ports import JournalFailed, JournalLocked


class SingleHolder:
    """An exclusive lock on a file that carries the pid of its holder; the kernel lets go of it when the holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Hold the lock from now on; raises JournalLocked with the pid of who has it."""
        handle = self._open()
        try:
            lock(handle)
        except OSError as error:
            holder = read_holder(handle)
            os.close(handle)
            raise JournalLocked(
                f"{self._path}: another agent with pid {holder} holds this journal; end it first"
            ) from error
        self._file = handle
        with contextlib.suppress(OSError):  # on a full disk nobody will read whose lock it is
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode("ascii"))

    def _open(self) -> int:
        """The lock's file; where it cannot be written it is locked as it is, and where it was never made its directory is."""
        close_on_exec = getattr(os, "O_CLOEXEC", 0)
        ways = [(self._path, os.O_RDWR | os.O_CREAT), (self._path, os.O_RDONLY), (self._path.parent, os.O_RDONLY)]
        failed: OSError | None = None
        for path, way in ways[: 1 if sys.platform == "win32" else None]:
            try:
                return os.open(path, way | close_on_exec, 0o600)
            except OSError as error:
                failed = failed or error
        why = "" if failed is None else failed.strerror
        raise JournalFailed(
            f"{self._path}: cannot be opened ({why}); check the state directory and its owner"
        ) from failed

    def release(self) -> None:
        """Let go; no error if it is not held. The file stays: deleting it would let two agents lock two files."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None


def read_holder(handle: int) -> str:
    """The pid in the lock's file; a directory has none."""
    with contextlib.suppress(OSError):
        return os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
    return "unknown"


if sys.platform == "win32":
    import msvcrt

    FAR_BYTE = 1 << 30

    def lock(handle: int) -> None:
        """Lock a byte far behind the pid, which others may go on reading."""
        os.lseek(handle, FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def lock(handle: int) -> None:
        """Lock the whole file."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
