"""A job that has to be done once: one instance at a time does it, and it passes on when that one has gone."""

import pytest

from central.store.alone import alone
from central.store.engine import Database
from tests.postgres import Postgres

pytestmark = pytest.mark.anyio


async def test_one_instance_at_a_time_has_a_job(server: Postgres) -> None:
    url = server.url()
    here, there = Database(url), Database(url)
    async with alone(here, "keeper") as mine:
        assert mine
        async with alone(there, "keeper") as theirs, alone(there, "retention") as another:
            assert not theirs
            assert another
    async with alone(there, "keeper") as theirs:
        assert theirs
    await here.close()
    await there.close()


async def fail_at_it(database: Database) -> None:
    async with alone(database, "keeper") as mine:
        assert 1 / (not mine)


async def test_a_job_passes_on_when_it_failed(server: Postgres) -> None:
    url = server.url()
    here, there = Database(url), Database(url)
    with pytest.raises(ZeroDivisionError):
        await fail_at_it(here)
    async with alone(there, "keeper") as theirs:
        assert theirs
    await here.close()
    await there.close()


async def test_the_one_central_of_a_sqlite_file_has_every_job(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/central.sqlite3")
    async with alone(database, "keeper") as mine, alone(database, "keeper") as again:
        assert mine
        assert again
    await database.close()
