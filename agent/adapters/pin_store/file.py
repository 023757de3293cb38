"""Keeps the hash in one file of the agent's own account, and starts the process that knows argon2."""

import asyncio
import contextlib
import logging
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agent.adapters.pin_store.wire import Answer, Compare, Make
from agent.ports import PinOutcome, PinUnusable

log = logging.getLogger(__name__)

FILE_NAME = "technician_pin"
WORKER = (sys.executable, "-m", "agent.adapters.pin_store.worker")
PATIENCE_S = 25.0
LONGEST_BYTES = 1024


class FilePinStore:
    """`state_dir/technician_pin`, mode 0600. Hashing takes 64 MB, which go with the process that did it."""

    def __init__(self, state_dir: Path, *, worker: Sequence[str] = WORKER) -> None:
        self._file = state_dir / FILE_NAME
        self._worker = worker

    def place(self) -> str:
        """Where it is kept, in words."""
        return f"file {self._file} (argon2, mode 0600)"

    async def write(self, pin: str) -> None:
        """Replace the PIN; raises PinUnusable."""
        answer = await self._ask(Make(pin=pin))
        if answer is None or not answer.hash:
            raise PinUnusable("the PIN could not be hashed: the process for it failed; is bilik installed whole?")
        try:
            write_private(self._file, answer.hash.encode())
        except OSError as error:
            raise PinUnusable(
                f"{self._file} cannot be written ({error.strerror}): run this as the agent's account or as administrator"
            ) from error

    async def check(self, pin: str) -> PinOutcome:
        """Compare; FAILED where file or process are not as they should be."""
        try:
            kept = read_private(self._file)
        except OSError as error:
            log.error("pin_unreadable", extra={"why": error.strerror})  # noqa: TRY400 - said in words, no bug
            return PinOutcome.FAILED
        if kept is None:
            return PinOutcome.UNSET
        answer = await self._ask(Compare(pin=pin, hash=kept))
        if answer is None or answer.is_right is None:
            return PinOutcome.FAILED
        return PinOutcome.RIGHT if answer.is_right else PinOutcome.WRONG

    async def _ask(self, question: Make | Compare) -> Answer | None:
        """What the worker answers to one line on its standard input; None if it does not. Nothing is in its command line."""
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(*self._worker, stdin=pipe, stdout=pipe, stderr=nothing)
        except OSError as error:
            log.error("pin_not_checked", extra={"why": error.strerror})  # noqa: TRY400 - said in words, no bug
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                told, _ = await process.communicate(msgspec.json.encode(question))
            return msgspec.json.decode(told, type=Answer)
        except (TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
            log.error("pin_not_checked", extra={"why": "no answer", "exit_code": process.returncode})  # noqa: TRY400 - as above
            return None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def read_private(file: Path) -> str | None:
    """What is in it, None without one; OSError where others could have written or read it."""
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or is_open_to_others(found):
            raise PermissionError(1, "it can be used by others, or is another account's: set the PIN anew")
        return stream.read(LONGEST_BYTES).decode("ascii", "replace").strip()


def is_open_to_others(found: os.stat_result) -> bool:
    """Whether another account owns, reads or writes it."""
    return sys.platform != "win32" and (found.st_uid != os.geteuid() or bool(found.st_mode & 0o077))


def write_private(file: Path, content: bytes) -> None:
    """Replace a file in one go, on the disk when this returns; our account alone may read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(handle)
    fresh.replace(file)
