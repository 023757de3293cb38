"""Upgraded databases for tests: the migrations run once in a process, and each test begins with a copy."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from central.store.engine import Database
from central.store.upgrade import upgrade
from tests.postgres import Postgres

FILE = "sqlite:///"
_file: list[bytes] = []
"""An upgraded SQLite database, once it was made."""
_models: dict[Postgres, str] = {}


async def upgraded(url: str) -> str:
    """Run the migrations there; the same URL."""
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()
    return url


async def lay_out(url: str) -> None:
    """An upgraded database where there is no file yet; anything else is left as it is."""
    path = Path(url.removeprefix(FILE))
    if not url.startswith(FILE) or path.exists():
        return
    if not _file:
        with TemporaryDirectory(prefix="bilik-model-") as folder:
            model = Path(folder) / "model.sqlite3"
            await upgraded(f"{FILE}{model}")
            _file.append(model.read_bytes())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(_file[0])


async def copy_of_model(server: Postgres) -> str:
    """A new upgraded database of this server."""
    if server not in _models:
        _models[server] = await upgraded(server.url())
    return server.url(like=_models[server])
