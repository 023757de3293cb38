"""The bus on both databases: what one process commits, the others hear."""

import asyncio

import pytest
from sqlalchemy import text

from central.bus import Bus, follow_database
from central.store.engine import Database
from protocol.terminal import (
    MachineFacts,
)
from tests.central_rig import until
from tests.postgres import Postgres

pytestmark = pytest.mark.anyio
MACHINE = MachineFacts(hostname="pc", operating_system="Debian", machine_key="k", agent_version="1")


async def test_another_process_is_heard_and_what_we_commit_ourselves_is_heard_once(
    upgraded_url: str, database: Database
) -> None:
    other = Database(upgraded_url)
    bus = Bus()
    database.committed = bus.deliver
    heard: list[str] = []
    follower = asyncio.create_task(follow_database(database, bus))

    async def reached(topic: str) -> None:
        """Everything that was committed before has been delivered."""
        async with asyncio.timeout(10):
            while topic not in heard:
                async with other.write() as tx:
                    await tx.publish(topic)
                await asyncio.sleep(0.05)

    with bus.overhearing(lambda topic: heard.append(topic or "all")):
        await reached("listening")
        async with other.write() as tx:
            await tx.publish("terminal:x", "terminal:x")
        async with database.write() as tx:
            await tx.publish("terminal:y")
        assert heard.count("terminal:y") == 1
        await reached("after")
        assert (heard.count("terminal:x"), heard.count("terminal:y")) == (1, 1)
    bus.stop()
    await follower
    await other.close()


async def test_after_postgresql_was_away_everybody_looks_again(server: Postgres) -> None:
    database, bus = Database(server.url()), Bus()
    woken: list[str | None] = []
    follower = asyncio.create_task(follow_database(database, bus))
    with bus.overhearing(woken.append):
        await until(lambda: woken == [None], within_s=10)
        server.stop()
        server.start()
        await until(lambda: woken == [None, None], within_s=20)
    bus.stop()
    await follower
    await database.close()


async def test_a_listener_that_the_server_hangs_up_on_is_back_at_once(server: Postgres) -> None:
    """The database itself stays: an administrator, or a proxy's time limit, ends this one connection."""
    database, bus = Database(server.url()), Bus()
    woken: list[str | None] = []
    follower = asyncio.create_task(follow_database(database, bus))
    with bus.overhearing(woken.append):
        await until(lambda: bus.is_following, within_s=10)
        async with database.read() as db:
            listeners = "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'"
            assert (await db.all(text(listeners)))[0][0]
        await until(lambda: woken == [None, None], within_s=3)
    assert bus.is_following
    assert bus.losses == 1
    bus.stop()
    await follower
    assert not bus.is_following
    await database.close()
