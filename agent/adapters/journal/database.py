"""The journal's SQLite file: opening, schema, what its errors mean, and how damage is found.

Every row carries a sum of itself, since SQLite notices neither a changed value nor a log whose end it cannot read.
"""

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from agent.adapters.journal.pages import HEADER_BYTES, PAGE_BYTES, Value, frames_of, frames_taken
from agent.ports import JournalDamaged, JournalError, JournalFailed, JournalTooNew

SCHEMA_VERSION = 1

SCHEMA = """
create table state (
  one integer primary key check (one = 1),
  booth blob, boot_id text, clean integer not null default 0, last_central_ms integer, sequence_suffix text not null default '',
  aside text, sum integer not null
);
create table counter (sequence text primary key, last_seq integer not null, sum integer not null) without rowid;
create table outbox (
  id integer primary key autoincrement, boot_id text not null, seq integer not null, at_ms integer, event text not null,
  sum integer not null, unique (boot_id, seq)
);
create table done (command_id text primary key, at_ms integer, answer text not null, sum integer not null) without rowid;
"""

SUMMED = {
    "state": ("booth", "boot_id", "last_central_ms", "sequence_suffix"),
    "counter": ("sequence", "last_seq"),
    "outbox": ("boot_id", "seq", "at_ms", "event"),
    "done": ("command_id", "at_ms", "answer"),
}
"""Which columns a row's sum is of."""

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

FIXED_HEADER = ((0, b"SQLite format 3\0\x10\0"), (20, b"\0\x40\x20\x20"))
"""What stands at which place in every journal: the format and the size of a page."""

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


def known_error(error: sqlite3.Error, path: Path) -> JournalError | None:
    """What `error` means for the journal at `path`; None if it is our own bug."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in DAMAGE:
        return JournalDamaged(
            f"{path}: cannot be read any more; it is set aside and a new one begun with what it holds"
        )
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


def row_sum(table: str, *values: Value) -> int:
    """What a row of `table` with these values (of SUMMED) carries as its sum."""
    return zlib.crc32(repr((table, *values)).encode("utf-8", "replace"))


def mark_of(version: int) -> int:
    """What stands in the file's application id beside its version, so that a damaged version is not taken for a newer one."""
    return 0x42_69_00_00 + version


def open_database(path: Path, *, max_bytes: int) -> sqlite3.Connection:
    """A connection in WAL mode with synchronous FULL and our schema; raises what `known_errors` raises, and JournalTooNew."""
    prepare_file(path)
    with known_errors(path):
        if path.stat().st_size > 0:
            look_through(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2)
        try:
            set_up(connection, max_bytes)
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


def check_header(path: Path) -> None:
    """Raise JournalDamaged if these can be no journal's first bytes; SQLite takes some such for a disk that is read-only."""
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if not header:
        return
    is_fixed = all(header[at : at + len(what)] == what for at, what in FIXED_HEADER)
    if not is_fixed or not set(header[18:20]) <= {1, 2}:
        raise JournalDamaged(f"{path}: does not begin as a journal does")


def look_through(path: Path) -> None:
    """Raise JournalTooNew or JournalDamaged, having opened the file for reading alone: closing it then moves nothing."""
    check_header(path)
    logged = max((frame.number for frame in frames_of(path.with_name(path.name + "-wal"))), default=0)
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2)) as reader:
        try:
            refuse_newer(reader, path)
            if frames_taken(path.with_name(path.name + "-shm")) < logged:
                raise JournalDamaged(f"{path}: the end of its log cannot be read")
            if not is_empty(reader):
                check_all(reader, path)
        except (sqlite3.Error, TypeError, ValueError) as error:
            if isinstance(error, sqlite3.Error) and isinstance(known_error(error, path), JournalFailed):
                raise
            raise JournalDamaged(f"{path}: cannot be read ({error})") from error


def refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    """Raise JournalTooNew if a newer agent wrote it."""
    version, mark = pragma(connection, "user_version"), pragma(connection, "application_id")
    if version > SCHEMA_VERSION and mark == mark_of(version):
        raise JournalTooNew(
            f"{path}: was written by a newer agent (schema {version}, this agent knows {SCHEMA_VERSION}); "
            "install that version again, or move the file away"
        )


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """The number that this pragma says."""
    return int(connection.execute(f"pragma {name}").fetchone()[0])


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever written into it, as when the first start was cut off."""
    tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
    return (tables, pragma(connection, "user_version"), pragma(connection, "application_id")) == (0, 0, 0)


def set_up(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Set the pragmas, and make the tables if there are none."""
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma journal_size_limit = 1048576")
    connection.execute(f"pragma max_page_count = {max_bytes // PAGE_BYTES}")
    if is_empty(connection):
        make_tables(connection)


def make_tables(connection: sqlite3.Connection) -> None:
    """The tables of a new journal."""
    with transaction(connection):
        for statement in SCHEMA.split(";")[:-1]:
            connection.execute(statement)
        connection.execute("insert into state (one, sum) values (1, ?)", (row_sum("state", None, None, None, ""),))
        connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
        connection.execute(f"pragma application_id = {mark_of(SCHEMA_VERSION)}")


def check_all(connection: sqlite3.Connection, path: Path) -> None:
    """Raise JournalDamaged if version, structure or a single row are not what was written."""
    if (pragma(connection, "user_version"), pragma(connection, "application_id")) != (
        SCHEMA_VERSION,
        mark_of(SCHEMA_VERSION),
    ):
        raise JournalDamaged(f"{path}: its version cannot be")
    if connection.execute("pragma integrity_check(1)").fetchone()[0] != "ok":
        raise JournalDamaged(f"{path}: fails its integrity check")
    if connection.execute("select count(*) from state").fetchone()[0] != 1:
        raise JournalDamaged(f"{path}: has no state")
    for table, columns in SUMMED.items():
        for *values, sum_of_row in connection.execute(f"select {', '.join(columns)}, sum from {table}"):  # noqa: S608 - our own names
            if row_sum(table, *values) != sum_of_row:
                raise JournalDamaged(f"{path}: a row of {table} is not what was written")
