"""Bring the database to the shape this program knows; several processes may try at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from central.store.engine import Database
from central.store.impossible import Impossible

_LOCK = 7_241_903


def alembic_config() -> Config:
    """Where the migrations are; no file of settings is needed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str | None:
    """The newest shape this program knows."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


async def upgrade(database: Database) -> None:
    """Take all steps that are missing, in one transaction, one process at a time; raises Impossible for a newer database."""
    async with database.writer.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_run)


def _run(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Impossible(
            f"this database was written by a newer bilik-central: install that version ({error})"
        ) from error
