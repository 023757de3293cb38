"""What is done about a damaged journal: all that can be read of it goes into a new one, and the old is kept beside it.

The new journal is complete on the disk before the old one is moved, so that a crash at any moment loses nothing: at the next
start the old one is there and it is done again, or the new one is there under its first name and is put in its place.
"""

import contextlib
import logging
import os
import secrets
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from agent.adapters.journal.database import known_errors, open_database, row_sum, transaction
from agent.adapters.journal.pages import Pages, Value
from agent.adapters.journal.rows import add_done
from agent.ports import JournalFailed

log = logging.getLogger(__name__)

NEW = ".new"
SUFFIXES = ("", "-wal", "-shm")


@dataclass(kw_only=True)
class Found:
    """The rows whose sums are right: the newest state, the outbox with the ids of its rows, the answers by command."""

    state: tuple[Value, ...] | None = None
    outbox: dict[tuple[Value, ...], int] = field(default_factory=dict)
    done: dict[Value, tuple[Value, ...]] = field(default_factory=dict)


def begin_anew(path: Path, *, max_bytes: int) -> Path:
    """Put a new journal in the place of the damaged one at `path`; returns where that is kept."""
    aside = free_name(path)
    try:
        found = find(path)
        build_most(path, found, aside, max_bytes)
        move_aside(path, aside)
        put_in_place(path)
    except OSError as error:
        raise JournalFailed(
            f"{path}: damaged, and no new one can be begun ({error.strerror}); check the disk"
        ) from error
    log.warning("journal_set_aside", extra={"path": str(aside), "rows": len(found.outbox), "answers": len(found.done)})
    return aside


def finish(path: Path) -> None:
    """Go on where a crash broke off `begin_anew`: the damaged journal has been moved, the new one not yet."""
    if path.exists() or not named(path, NEW).exists():
        return
    try:
        move_aside(path, newest_name(path))
        put_in_place(path)
    except OSError as error:
        raise JournalFailed(
            f"{path}: the new journal cannot be put in its place ({error.strerror}); check the disk"
        ) from error


def named(path: Path, suffix: str) -> Path:
    """The file beside `path` with this after its name."""
    return path.with_name(path.name + suffix)


def free_name(path: Path) -> Path:
    """Where the next damaged journal is kept."""
    number = 1
    while named(path, f".damaged-{number}").exists():
        number += 1
    return named(path, f".damaged-{number}")


def newest_name(path: Path) -> Path:
    """Where the last damaged journal is kept."""
    number = int(free_name(path).name.rpartition("-")[2])
    return named(path, f".damaged-{max(1, number - 1)}")


def find(path: Path) -> Found:
    """All rows that are as they were written; those that were changed since are there in their newest form."""
    found = Found()
    with contextlib.closing(Pages(path)) as pages:
        for row in pages.rows():
            match row.values:
                case (None, boot_id, seq, at_ms, event, its_sum):
                    if row_sum("outbox", boot_id, seq, at_ms, event) == its_sum:
                        found.outbox[boot_id, seq, at_ms, event] = row.id
                case (None, booth, boot_id, _, last_ms, suffix, _, its_sum):
                    if row_sum("state", booth, boot_id, last_ms, suffix) == its_sum:
                        found.state = (booth, boot_id, last_ms)
                case (command_id, at_ms, answer, its_sum):
                    if row_sum("done", command_id, at_ms, answer) == its_sum:
                        found.done[command_id] = (command_id, at_ms, answer)
                case _:
                    pass
    return found


def build_most(path: Path, found: Found, aside: Path, max_bytes: int) -> None:
    """All that was found; where there is no room for it, usage records and answers alone."""
    try:
        build(path, found, aside, max_bytes)
    except JournalFailed:
        found.outbox = {row: row_id for row, row_id in found.outbox.items() if '"type":"usage"' in str(row[3])}
        build(path, found, aside, max_bytes)


def build(path: Path, found: Found, aside: Path, max_bytes: int) -> None:
    """A new journal with what was found, whole on the disk.

    Its events are counted under a name never used before: under the old one central would take them for repetitions.
    What was found keeps its name and number, so that central knows what it has already.
    """
    new = named(path, NEW)
    for suffix in SUFFIXES:
        named(new, suffix).unlink(missing_ok=True)
    connection = open_database(new, max_bytes=max_bytes)
    with contextlib.closing(connection), known_errors(new), transaction(connection):
        write_state(connection, found.state or (None, None, None), str(aside))
        for row in in_order(found.outbox):
            statement = "insert or ignore into outbox (boot_id, seq, at_ms, event, sum) values (?, ?, ?, ?, ?)"
            connection.execute(statement, (*row, row_sum("outbox", *row)))
        for command_id, at_ms, answer in found.done.values():
            if isinstance(command_id, str) and isinstance(answer, str) and (at_ms is None or isinstance(at_ms, int)):
                add_done(connection, command_id, at_ms, answer)


def write_state(connection: sqlite3.Connection, state: tuple[Value, ...], aside: str) -> None:
    """The booth as it was found, the new name for events, and where the damaged file is."""
    suffix = "-" + secrets.token_hex(4)
    statement = "update state set booth = ?, boot_id = ?, last_central_ms = ?, sequence_suffix = ?, aside = ?, sum = ?"
    connection.execute(statement, (*state, suffix, aside, row_sum("state", *state, suffix)))


def in_order(outbox: dict[tuple[Value, ...], int]) -> list[tuple[Value, ...]]:
    """Boot after boot, in each by number; a row's id is under no sum, so a boot is placed by the middle of its ids."""
    boots: dict[str, list[int]] = {}
    for row, row_id in outbox.items():
        boots.setdefault(str(row[0]), []).append(row_id)
    place = {boot: sorted(ids)[len(ids) // 2] for boot, ids in boots.items()}
    return sorted(outbox, key=lambda row: (place[str(row[0])], str(row[0]), int(str(row[1]))))


def move_aside(path: Path, aside: Path) -> None:
    """The file first: without it nobody opens its log."""
    for suffix in SUFFIXES:
        if named(path, suffix).exists():
            named(path, suffix).rename(named(aside, suffix))


def put_in_place(path: Path) -> None:
    """The new journal gets the name of the old, and the directory is on the disk."""
    named(path, NEW).rename(path)
    if hasattr(os, "O_DIRECTORY"):
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
