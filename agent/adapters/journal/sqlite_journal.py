"""The Journal on Python's sqlite3: every call runs on one thread, every change is one transaction on the disk."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import msgspec

from agent.adapters.journal.database import known_errors, open_database, transaction
from agent.adapters.journal.read_copy import read_copy
from agent.adapters.journal.rows import forget_rows, mark_begun, oldest_rows, read_saved, write_booth, write_change
from agent.adapters.journal.salvage import begin_anew, finish
from agent.adapters.journal.single import SingleHolder
from agent.adapters.journal.write_thread import WriteThread
from agent.ports import Change, JournalDamaged, JournalFailed, Saved, Waiting

log = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024 * 1024
"""A journal of months without central; beyond it commits fail as on a full disk, and the disk keeps room for the rest."""

NOT_OPEN = "the journal is not open"

Result = TypeVar("Result")


class SqliteJournal:
    """The journal at `path`, for the boot `boot_id`. `load` first; after `close` it may be loaded again."""

    def __init__(self, path: Path, *, boot_id: str, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._boot_id = boot_id
        self._max_bytes = max_bytes
        self._lock = SingleHolder(path.with_name(path.name + ".lock"))
        self._thread: WriteThread | None = None
        self._connection: sqlite3.Connection | None = None
        self._checkpoint: list[bytes] | None = None
        self._checkpoint_guard = threading.Lock()

    async def load(self) -> Saved:
        """Read everything; marks the run as not clean until `close`. A damaged one is set aside, and what it holds comes over."""
        self._thread = WriteThread("journal")
        try:
            return await asyncio.wrap_future(self._thread.submit(self._load))
        except BaseException:
            self._thread.stop()
            self._thread = None
            raise

    async def commit(self, change: Change) -> None:
        """Return when it is on the disk; raises JournalFailed (or JournalDamaged) with nothing changed."""
        self._end_checkpoint()
        await self._run(lambda database: write_change(database, self._boot_id, change))

    def checkpoint(self, booth: bytes) -> None:
        """Store the booth soon, newest wins, without waiting; a disk that fails shows at the next commit."""
        with self._checkpoint_guard:
            if self._checkpoint is not None:
                self._checkpoint[0] = booth
                return
            slot = self._checkpoint = [booth]
        self._submit(lambda database: self._store_checkpoint(database, slot))

    async def oldest(self, limit: int) -> Waiting | None:
        """The next batch of one boot to send, or None."""
        return await self._run(lambda database: oldest_rows(database, limit))

    async def acknowledge(self, boot_id: str, through: int) -> None:
        """Forget the rows of that boot up to and with this seq."""
        await self._run(lambda database: forget_rows(database, boot_id, through))

    async def close(self) -> None:
        """Drain, mark the run clean, let go of the lock; no error if it is not open, or cannot be written any more."""
        if self._thread is None:
            return
        self._end_checkpoint()
        thread, self._thread = self._thread, None
        closing = thread.submit(self._close)
        thread.stop()
        await asyncio.wrap_future(closing)

    def abandon(self) -> None:
        """Let go at once without a good-bye, as a crash would: what was committed stays, the run counts as not clean."""
        thread, self._thread = self._thread, None
        if thread is not None:
            letting_go = thread.submit(self._let_go)
            thread.stop()
            letting_go.result()

    # ---- on the loop ----------------------------------------------------------------------------------------------

    def _submit(self, call: Callable[[sqlite3.Connection], Result]) -> Future[Result]:
        if self._thread is None:
            raise RuntimeError(NOT_OPEN)

        def run() -> Result:
            if (
                self._connection is None
            ):  # it could not be opened for writing yet, or beginning anew after damage did not work
                self._connection = self._open()
            try:
                with known_errors(self._path):
                    return call(self._connection)
            except JournalDamaged as damage:
                aside = self._begin_anew()
                raise JournalDamaged(
                    f"{aside}: kept here, it could not be read any more; a new journal was begun with what it holds"
                ) from damage

        return self._thread.submit(run)

    async def _run(self, call: Callable[[sqlite3.Connection], Result]) -> Result:
        return await asyncio.wrap_future(self._submit(call))

    def _end_checkpoint(self) -> None:
        """A later checkpoint must be written after what is queued now, so it may not take the place of an earlier one."""
        with self._checkpoint_guard:
            self._checkpoint = None

    # ---- on the thread --------------------------------------------------------------------------------------------

    def _load(self) -> Saved:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise JournalFailed(
                f"{self._path.parent}: cannot be made ({error.strerror}); check its owner and the disk"
            ) from error
        self._lock.take()
        try:
            return self._load_locked()
        except BaseException:
            self._let_go()
            raise

    def _load_locked(self) -> Saved:
        """A disk that is full or read-only must not keep the agent from starting: it can still show, refuse and tell staff."""
        try:
            self._connection = self._open()
        except JournalFailed as error:
            return self._in_trouble(read_copy(self._path, max_bytes=self._max_bytes), error)
        with known_errors(self._path):
            saved = read_saved(self._connection)
        try:
            with known_errors(self._path):
                mark_begun(self._connection, self._boot_id, saved.last_central_ms)
        except JournalFailed as error:
            return self._in_trouble(saved, error)
        return saved

    @staticmethod
    def _in_trouble(saved: Saved, error: JournalFailed) -> Saved:
        log.error("journal_cannot_be_written", extra={"why": str(error)})
        return msgspec.structs.replace(saved, trouble=str(error))

    def _open(self) -> sqlite3.Connection:
        """The open file, or a new one with what could be read of a damaged one."""
        finish(self._path)
        try:
            return open_database(self._path, max_bytes=self._max_bytes)
        except JournalDamaged as damage:
            log.warning("journal_damaged", extra={"why": str(damage)})
        begin_anew(self._path, max_bytes=self._max_bytes)
        return open_database(self._path, max_bytes=self._max_bytes)

    def _begin_anew(self) -> Path:
        """What was asked for has failed, but what is asked for next finds a whole journal."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        aside = begin_anew(self._path, max_bytes=self._max_bytes)
        self._connection = open_database(self._path, max_bytes=self._max_bytes)
        return aside

    def _store_checkpoint(self, database: sqlite3.Connection, slot: list[bytes]) -> None:
        with self._checkpoint_guard:
            booth = slot[0]
            if self._checkpoint is slot:
                self._checkpoint = None
        try:
            with transaction(database):
                write_booth(database, self._boot_id, booth, None)
        except sqlite3.Error as error:
            log.warning("checkpoint_failed", extra={"why": type(error).__name__})
            raise

    def _close(self) -> None:
        try:
            if self._connection is not None:
                with known_errors(self._path), transaction(self._connection):
                    self._connection.execute("update state set clean = 1, aside = null")
        except JournalFailed as error:
            log.warning("journal_closed_unclean", extra={"why": str(error)})
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._lock.release()
