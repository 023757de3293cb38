"""Bring the database to the shape this program knows; several processes may try at once."""

import os
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from central.store.engine import Database, Reading

HEAD = "0010"
"""The newest migration; a test compares. A database that is there already costs no import of alembic."""
_LOCK = 7_241_903


async def upgrade(database: Database) -> None:
    """Take all steps that are missing, in one transaction, one process at a time; raises Impossible for a newer database."""
    _begin_private(database)
    async with database.read() as db:
        if await _shape(db) == HEAD:
            return
    from central.store import steps

    async with database.writer.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(steps.take)


def _begin_private(database: Database) -> None:
    """A new SQLite file, which will hold names, is for its owner alone; SQLite gives -wal and -shm the same mode."""
    if database.is_sqlite and database.url.database is not None:
        path = Path(database.url.database)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


async def is_current(db: Reading) -> bool:
    """Whether the database has the shape that this program needs, or a newer one: each only adds to the one before."""
    found = await _shape(db)
    return found is not None and found >= HEAD


async def _shape(db: Reading) -> str | None:
    return await db.within(_version)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)
