"""Copies of a SQLite database while it is used, and putting one in its place while it is not."""

import sqlite3
from contextlib import closing
from pathlib import Path

from central.store.engine import Database
from central.store.impossible import Impossible


def copy(database: Database, target: Path) -> None:
    """All of it as it is at one moment, by SQLite's own way, while others write; checked."""
    source = _path(database)
    if not source.exists():
        raise Impossible(f"{source}: there is no such database")
    with closing(_opened(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
        there.execute("pragma journal_mode = delete")
    check(target)


def check(path: Path) -> None:
    """Raises Impossible if SQLite finds it damaged."""
    try:
        with closing(_opened(path)) as found:
            said = [row[0] for row in found.execute("pragma integrity_check")]
    except sqlite3.DatabaseError as error:
        raise Impossible(f"{path}: damaged ({error})") from error
    if said != ["ok"]:
        raise Impossible(f"{path}: damaged ({said[0]})")


def put_in_place(database: Database, fresh: Path, *, aside: str) -> Path | None:
    """Let `fresh` be the database; the one that was there is kept under a name that ends so, and returned."""
    place, kept = _path(database), None
    if place.exists():
        with closing(sqlite3.connect(place)) as old:
            old.execute("pragma wal_checkpoint(truncate)")
        for ending in ("-wal", "-shm"):
            place.with_name(place.name + ending).unlink(missing_ok=True)
        kept = place.with_name(f"{place.name}.{aside}")
        place.replace(kept)
    fresh.replace(place)
    return kept


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)


def _path(database: Database) -> Path:
    return Path(database.url.database or "")
