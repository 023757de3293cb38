"""The two databases that the store's suite runs on, each test on a copy of an upgraded one."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from central.store.engine import Database
from central.store.upgrade import upgrade
from tests.postgres import Postgres, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database without a table."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    server: Postgres = request.getfixturevalue("server")
    return server.url()


@pytest.fixture(scope="module")
def model(backend: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """An upgraded database that each test gets a copy of."""
    if backend == "sqlite":
        found = f"sqlite:///{tmp_path_factory.mktemp('model')}/model.sqlite3"
    else:
        server: Postgres = request.getfixturevalue("server")
        found = server.url()
    asyncio.run(upgraded(found))
    return found


async def upgraded(url: str) -> None:
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


@pytest.fixture
def upgraded_url(backend: str, model: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if backend == "sqlite":
        shutil.copy(model.removeprefix("sqlite:///"), tmp_path / "central.sqlite3")
        return f"sqlite:///{tmp_path}/central.sqlite3"
    server: Postgres = request.getfixturevalue("server")
    return server.url(like=model)


@pytest.fixture
async def database(upgraded_url: str) -> AsyncIterator[Database]:
    found = Database(upgraded_url)
    try:
        yield found
    finally:
        await found.close()
