"""The journal's SQLite file: opening, schema, what its errors mean, and setting a damaged one aside."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from agent.ports import JournalDamaged, JournalError, JournalFailed, JournalTooNew

SCHEMA_VERSION = 1

SCHEMA = """
create table state (
  one integer primary key check (one = 1),
  booth blob, boot_id text, clean integer not null default 0, last_central_ms integer, sequence_suffix text not null default ''
);
insert into state (one) values (1);
create table counter (sequence text primary key, last_seq integer not null) without rowid;
create table outbox (
  id integer primary key autoincrement, boot_id text not null, seq integer not null, at_ms integer, event text not null,
  unique (boot_id, seq)
);
create table done (command_id text primary key, at_ms integer, answer text not null) without rowid;
"""

PAGE_BYTES = 4096

ENVIRONMENT = {
    sqlite3.SQLITE_FULL: "the disk is full: make room",
    sqlite3.SQLITE_READONLY: "it is read-only: check the disk and the owner of the state directory",
    sqlite3.SQLITE_IOERR: "the disk gave an error: check the disk",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check the state directory and its owner",
    sqlite3.SQLITE_PERM: "access is denied: check the owner of the state directory",
    sqlite3.SQLITE_AUTH: "access is denied: check the owner of the state directory",
    sqlite3.SQLITE_BUSY: "another program has it open: close that program",
    sqlite3.SQLITE_LOCKED: "another program has it open: close that program",
    sqlite3.SQLITE_PROTOCOL: "it could not be locked: check the disk",
}
"""What is the environment's fault, by SQLite's result code, and what to do about it."""

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


def known_error(error: sqlite3.Error, path: Path) -> JournalError | None:
    """What `error` means for the journal at `path`; None if it is our own bug."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in DAMAGE:
        return JournalDamaged(f"{path}: cannot be read any more; it is set aside at the next start of the agent")
    if primary in ENVIRONMENT:
        return JournalFailed(f"{path}: nothing was written, {ENVIRONMENT[primary]}")
    return None


@contextlib.contextmanager
def known_errors(path: Path) -> Iterator[None]:
    """Translate SQLite's errors inside into those of agent.ports; a bug passes as it is."""
    try:
        yield
    except sqlite3.Error as error:
        known = known_error(error, path)
        if known is None:
            raise
        raise known from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All inside or nothing, on the disk when it returns."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("rollback")
        raise


def open_database(path: Path, *, max_bytes: int) -> sqlite3.Connection:
    """A connection in WAL mode with synchronous FULL and our schema; raises what `known_errors` raises, and JournalTooNew."""
    prepare_file(path)
    with known_errors(path):
        refuse_newer(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2)
        try:
            set_up(connection, path, max_bytes)
        except BaseException:
            connection.close()
            raise
        return connection


def prepare_file(path: Path) -> None:
    """Make the directory and an empty file that only our account may read; SQLite gives -wal and -shm the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise JournalFailed(
            f"{path}: cannot be opened ({error.strerror}); check the state directory and its owner"
        ) from error


def refuse_newer(path: Path) -> None:
    """Raise JournalTooNew, having opened the file for reading alone, if a newer agent wrote it."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as reader:
        version = int(reader.execute("pragma user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise JournalTooNew(
            f"{path}: was written by a newer agent (schema {version}, this agent knows {SCHEMA_VERSION}); "
            "install that version again, or move the file away"
        )


def set_up(connection: sqlite3.Connection, path: Path, max_bytes: int) -> None:
    """Set the pragmas, make the tables if there are none, and look whether all can be read."""
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma journal_size_limit = 1048576")
    connection.execute(f"pragma max_page_count = {max_bytes // PAGE_BYTES}")
    if connection.execute("pragma quick_check(1)").fetchone()[0] != "ok":
        raise JournalDamaged(f"{path}: fails its integrity check")
    if int(connection.execute("pragma user_version").fetchone()[0]) == 0:
        with transaction(connection):
            for statement in SCHEMA.split(";")[:-1]:
                connection.execute(statement)
            connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
    try:
        connection.execute(
            "select booth, boot_id, clean, last_central_ms, sequence_suffix from state where one = 1"
        ).fetchone()[0]
        connection.execute("select boot_id, seq, at_ms, event from outbox limit 1").fetchone()
        connection.execute("select command_id, at_ms, answer from done limit 1").fetchone()
        connection.execute("select sequence, last_seq from counter limit 1").fetchone()
    except (sqlite3.OperationalError, TypeError) as error:
        if isinstance(error, sqlite3.OperationalError) and known_error(error, path) is not None:
            raise
        raise JournalDamaged(f"{path}: tables are missing") from error


def set_aside(path: Path) -> tuple[Path, int]:
    """Rename the journal and what belongs to it to `<name>.damaged-N`; returns the new path and N."""
    number = 1
    while (target := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        for suffix in ("-wal", "-shm", ""):
            source = path.with_name(path.name + suffix)
            if source.exists():
                source.rename(target.with_name(target.name + suffix))
    except OSError as error:
        raise JournalFailed(f"{path}: damaged, and cannot be moved away ({error.strerror}); check the disk") from error
    return target, number
