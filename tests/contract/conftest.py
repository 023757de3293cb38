"""The two databases that the store's suite runs on, each test on a copy of an upgraded one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central.store.engine import Database
from tests.databases import copy_of_model, lay_out
from tests.postgres import Postgres


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


@pytest.fixture
def upgraded_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database with all tables and nothing in them."""
    return asyncio.run(_upgraded(backend, tmp_path, request))


async def _upgraded(backend: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if backend == "postgresql":
        return await copy_of_model(request.getfixturevalue("server"))
    url = f"sqlite:///{folder}/central.sqlite3"
    await lay_out(url)
    return url


@pytest.fixture
async def database(upgraded_url: str) -> AsyncIterator[Database]:
    found = Database(upgraded_url)
    try:
        yield found
    finally:
        await found.close()
