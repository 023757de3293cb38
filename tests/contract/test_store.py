"""One suite for the store on both databases, SQLite in a file and a real PostgreSQL: its shape, and what is planned."""

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from central.store import facilities, sessions, tables, terminals
from central.store.engine import Database, among
from central.store.facilities import FacilitySettings
from central.store.impossible import Impossible
from central.store.steps import newest
from central.store.upgrade import HEAD, upgrade
from protocol.terminal import (
    MachineFacts,
)
from tests.central_rig import NOON_MS, stored_session, until

pytestmark = pytest.mark.anyio
MACHINE = MachineFacts(hostname="pc", operating_system="Debian", machine_key="k", agent_version="1")


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))

    async with database.writer.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    assert newest() == HEAD


async def test_several_may_upgrade_at_once_and_again(url: str) -> None:
    databases = [Database(url) for _ in range(3)]
    await asyncio.gather(*(upgrade(each) for each in databases))
    await upgrade(databases[0])
    for each in databases:
        await each.close()


async def test_a_database_of_a_newer_central_is_refused_in_words(database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Impossible, match="newer"):
        await upgrade(database)


async def test_what_fails_changes_nothing_and_tells_nobody(database: Database) -> None:
    heard: list[str] = []
    database.committed = heard.extend

    async def add_twice() -> None:
        async with database.write() as tx:
            await tx.publish("facility:x")
            for _ in range(2):
                await facilities.add(tx, name="Rutan", settings=FacilitySettings(), now_ms=NOON_MS)

    with pytest.raises(Impossible):
        await add_twice()
    async with database.read() as db:
        assert await facilities.every(db) == []
    assert heard == []


async def test_a_code_enrols_once_even_when_two_try_at_the_same_moment(database: Database) -> None:
    session = await stored_session(database)
    async with database.write() as tx:
        await terminals.add_code(tx, terminal_id=session.terminal_id, code_hash="code", expires_at_ms=NOON_MS + 1)

    async def enrol(token: str) -> str:
        try:
            async with database.write() as tx:
                await terminals.enrol(tx, code_hash="code", token_hash=token, machine=MACHINE, now_ms=NOON_MS)
        except terminals.CodeRefused as refused:
            return refused.code
        return "enrolled"

    assert sorted(await asyncio.gather(enrol("a"), enrol("b"))) == ["enrolled", "used_code"]


async def test_a_new_code_voids_the_ones_before_it(database: Database) -> None:
    session = await stored_session(database)
    async with database.write() as tx:
        for code in ("old", "new"):
            await terminals.add_code(tx, terminal_id=session.terminal_id, code_hash=code, expires_at_ms=NOON_MS + 1)
        with pytest.raises(terminals.CodeRefused):
            await terminals.enrol(tx, code_hash="old", token_hash="t", machine=MACHINE, now_ms=NOON_MS)
        assert await terminals.enrol(tx, code_hash="new", token_hash="t", machine=MACHINE, now_ms=NOON_MS)


async def test_a_revoked_token_finds_nothing(database: Database) -> None:
    session = await stored_session(database)
    async with database.write() as tx:
        await terminals.add_code(tx, terminal_id=session.terminal_id, code_hash="c", expires_at_ms=NOON_MS + 1)
        await terminals.enrol(tx, code_hash="c", token_hash="t", machine=MACHINE, now_ms=NOON_MS)
    async with database.read() as db:
        found = (await terminals.by_tokens(db, ["t"])).get("t")
    assert found is not None
    assert found.settings.facility_name == found.facility.name
    async with database.write() as tx:
        assert await terminals.revoke(tx, session.terminal_id, now_ms=NOON_MS)
        assert not await terminals.revoke(tx, "t-none", now_ms=NOON_MS)
    async with database.read() as db:
        assert await terminals.by_tokens(db, ["t"]) == {}


async def test_a_session_comes_back_as_it_was_stored(database: Database) -> None:
    session = await stored_session(database, pin_hash="p", closing_at_ms=NOON_MS + 5, call_url="https://meet.example/x")
    async with database.read() as db:
        found = await sessions.get(db, session.id)
        assert found is not None
        assert found.announced
        assert await sessions.by_link(db, session.link_hash) == found
        assert await sessions.assigned(db, session.terminal_id, now_ms=NOON_MS) == [found]
        assert await sessions.between(db, NOON_MS, NOON_MS + 1, facility_id=session.facility_id) == [found]
        assert await sessions.between(db, NOON_MS + 1, NOON_MS + 2) == []
        assert await sessions.busy(db, [session.facility_id], NOON_MS, NOON_MS) == {session.facility_id}
        assert not await sessions.busy(db, [session.facility_id], NOON_MS + 1, NOON_MS + 2)
    assert (found.pin_hash, found.closing_at_ms, found.call_url) == ("p", NOON_MS + 5, "https://meet.example/x")


async def test_each_change_of_assignments_moves_the_revision(database: Database) -> None:
    session = await stored_session(database)

    async def revision() -> int:
        async with database.read() as db:
            found = await terminals.get(db, session.terminal_id)
        assert found is not None
        return found.revision

    before = await revision()
    async with database.write() as tx:
        await sessions.cancel(tx, session.id)
    assert await revision() == before + 1
    async with database.write() as tx:
        await facilities.change_settings(tx, session.facility_id, FacilitySettings(farewell_s=3))
    assert await revision() == before + 2


async def test_only_what_is_planned_can_be_cancelled(database: Database) -> None:
    session = await stored_session(database, state="open")
    async with database.write() as tx:
        with pytest.raises(Impossible, match="open"):
            await sessions.cancel(tx, session.id)
        with pytest.raises(Impossible, match="no session"):
            await sessions.cancel(tx, "s-none")


async def test_admission_is_written_once(database: Database) -> None:
    session = await stored_session(database)
    async with database.write() as tx:
        assert await sessions.admit(tx, session.id, user="sari", now_ms=NOON_MS)
        assert await sessions.admit(tx, session.id, user="dewi", now_ms=NOON_MS + 1)
        assert not await sessions.admit(tx, "s-none", user="sari", now_ms=NOON_MS)
        found = await sessions.get(tx, session.id)
    assert found is not None
    assert (found.admitted_by, found.admitted_at_ms) == ("sari", NOON_MS)


async def test_fifty_writers_at_once_all_get_through(database: Database) -> None:
    session = await stored_session(database)

    async def write() -> None:
        async with database.write() as tx:
            found = await sessions.get(tx, session.id, lock=True)
            assert found is not None
            await sessions.changed(tx, session.id, extended_s=found.extended_s + 1)

    await asyncio.gather(*(write() for _ in range(50)))
    async with database.read() as db:
        found = await sessions.get(db, session.id)
    assert found is not None
    assert found.extended_s == 50


async def test_a_connection_that_the_database_closed_is_replaced_before_it_is_used(
    database: Database, upgraded_url: str
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no connections that others close")
    other = Database(upgraded_url)
    async with database.write() as tx:
        row = await tx.first(text("select pg_backend_pid()"))
        connection = await tx.within(lambda plain: plain.connection.driver_connection)
    assert row is not None
    async with other.read() as db:
        await db.first(text("select pg_terminate_backend(:pid)"), {"pid": row[0]})
    await other.close()
    await until(lambda: connection.is_closed())  # type: ignore[union-attr]  # of asyncpg
    async with database.write() as tx:
        assert await tx.first(text("select 1")) == (1,)
    assert not database.errors


def test_lists_of_keys_have_few_lengths() -> None:
    assert [len(among(range(length))) for length in range(10)] == [0, 1, 2, 4, 4, 8, 8, 8, 8, 16]
    assert among(["a", "b", "c"]) == ["a", "b", "c", "c"]
