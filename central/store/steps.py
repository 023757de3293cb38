"""Alembic, told where the migrations are; imported only when there is a step to take."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from central.store.impossible import Impossible


def alembic_config() -> Config:
    """Where the migrations are; no file of settings is needed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def newest() -> str | None:
    """The last migration in the tree."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def take(connection: Connection) -> None:
    """Take all steps that are missing; raises Impossible for a newer database."""
    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Impossible(
            f"this database was written by a newer bilik-central: install that version ({error})"
        ) from error
