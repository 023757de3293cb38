"""The same suite, third part: boots of a terminal, and what is decided where two want the same thing at the same moment."""

import asyncio

import pytest

from central.clones import Boot
from central.store import boots, rejected, sessions, terminals
from central.store.engine import Database
from central.store.impossible import Impossible
from central.store.rejected import Reject
from protocol.terminal import MachineFacts
from tests.central_rig import NOON_MS, stored_session

pytestmark = pytest.mark.anyio
MACHINE = MachineFacts(hostname="pc", operating_system="Debian", machine_key="k", agent_version="1")


def boot(name: str, first_s: int = 0, began_s: int = -60) -> Boot:
    return Boot(boot_id=name, began_at_ms=NOON_MS + began_s * 1000, first_at_ms=NOON_MS + first_s * 1000)


async def cloned_at(database: Database, terminal_id: str) -> int | None:
    async with database.read() as db:
        found = await terminals.get(db, terminal_id)
    assert found is not None
    return found.cloned_at_ms


async def test_a_boot_keeps_its_first_hearing_and_its_earliest_beginning(database: Database) -> None:
    terminal_id = (await stored_session(database)).terminal_id
    for each in (boot("a"), boot("a", first_s=5, began_s=-90), boot("a", first_s=9, began_s=0)):
        async with database.write() as tx:
            await boots.store(tx, {terminal_id: [each]})
    async with database.read() as db:
        assert await boots.of_terminal(db, terminal_id) == (boot("a", began_s=-90),)


async def test_the_oldest_boots_are_forgotten_so_that_a_reboot_loop_fills_nothing(database: Database) -> None:
    terminal_id = (await stored_session(database)).terminal_id
    for number in range(boots.KEPT + 3):
        async with database.write() as tx:
            await boots.store(tx, {terminal_id: [boot(f"boot-{number}", first_s=number)]})
            await boots.prune(tx, terminal_id)
    async with database.read() as db:
        kept = [each.boot_id for each in await boots.of_terminal(db, terminal_id)]
    assert kept == [f"boot-{number}" for number in range(3, boots.KEPT + 3)]


async def test_an_officer_chooses_one_of_two_and_the_other_is_refused(database: Database) -> None:
    session = await stored_session(database)
    terminal_id = session.terminal_id
    first, second = boot("a"), boot("b", first_s=30)
    with pytest.raises(Impossible, match="one computer only"):
        async with database.write() as tx:
            await boots.approve(tx, terminal_id, None, now_ms=NOON_MS)
    async with database.write() as tx:
        await boots.store(tx, {terminal_id: [boot("older", first_s=-9000)]})
        await boots.mark_cloned(tx, terminal_id, [second, first], now_ms=NOON_MS + 40_000)
    assert await cloned_at(database, terminal_id) == NOON_MS + 40_000
    async with database.read() as db:
        assert [each.boot_id for each in (await boots.clones(db, session.facility_id))[terminal_id]] == ["a", "b"]
        assert await boots.clones(db, "f-none") == {}
    with pytest.raises(Impossible, match="a, b"):
        async with database.write() as tx:
            await boots.approve(tx, terminal_id, "older", now_ms=NOON_MS)
    async with database.write() as tx:
        assert (await boots.approve(tx, terminal_id, "b", now_ms=NOON_MS + 50_000)).boot_id == "b"
    assert await cloned_at(database, terminal_id) is None
    async with database.read() as db:
        refused = {each.boot_id: each.refused_at_ms for each in await boots.of_terminal(db, terminal_id)}
        assert await boots.clones(db, None) == {}
    assert refused == {"older": None, "a": NOON_MS + 50_000, "b": None}


async def test_without_a_choice_the_one_that_was_there_first_is_the_real_one(database: Database) -> None:
    terminal_id = (await stored_session(database)).terminal_id
    async with database.write() as tx:
        await boots.mark_cloned(tx, terminal_id, [boot("b", first_s=30), boot("a")], now_ms=NOON_MS)
        assert (await boots.approve(tx, terminal_id, None, now_ms=NOON_MS)).boot_id == "a"
        with pytest.raises(Impossible, match="no terminal t-none"):
            await boots.approve(tx, "t-none", None, now_ms=NOON_MS)


async def test_a_new_enrolment_forgets_who_used_the_old_token(database: Database) -> None:
    terminal_id = (await stored_session(database)).terminal_id
    async with database.write() as tx:
        await boots.mark_cloned(tx, terminal_id, [boot("a"), boot("b", first_s=30)], now_ms=NOON_MS)
        await terminals.add_code(tx, terminal_id=terminal_id, code_hash="c", expires_at_ms=NOON_MS + 1)
        await terminals.enrol(tx, code_hash="c", token_hash="t", machine=MACHINE, now_ms=NOON_MS)
    assert await cloned_at(database, terminal_id) is None
    async with database.read() as db:
        assert await boots.of_terminal(db, terminal_id) == ()


async def test_a_row_that_cannot_count_is_kept_once_with_all_that_was_in_it(database: Database) -> None:
    terminal_id = (await stored_session(database)).terminal_id
    for body in ('{"a":"\\u0000"}', '{"a":"\\u0000"}', "\x00{broken"):
        async with database.write() as tx:
            reject = Reject(seq=1, why="x" * 300, body=body)
            await rejected.keep(tx, terminal_id, "boot", reject, now_ms=NOON_MS)
    async with database.read() as db:
        kept = await rejected.every(db)
    assert [row.body for row in kept] == ['{"a":"\\u0000"}', "{broken"]
    assert len(kept[0].why) == 200


# ---- at the same moment -------------------------------------------------------------------------------------------


async def another_terminal(database: Database, facility_id: str) -> str:
    async with database.write() as tx:
        return await terminals.add(tx, name="Bilik 2", facility_id=facility_id, now_ms=NOON_MS)


async def test_a_planned_session_is_moved_within_its_facility_only(database: Database) -> None:
    session = await stored_session(database)
    elsewhere = await stored_session(database, id="s-2")
    other = await another_terminal(database, session.facility_id)
    with pytest.raises(Impossible, match="no terminal"):
        async with database.write() as tx:
            await sessions.move(tx, session.id, elsewhere.terminal_id)
    async with database.write() as tx:
        await sessions.move(tx, session.id, other)
        await sessions.move(tx, session.id, other)
    async with database.read() as db:
        assert await sessions.assigned(db, session.terminal_id, now_ms=NOON_MS) == []
        assert [each.id for each in await sessions.assigned(db, other, now_ms=NOON_MS)] == [session.id]
    async with database.write() as tx:
        await sessions.changed(tx, session.id, state="open")
        with pytest.raises(Impossible, match="is open and cannot be moved"):
            await sessions.move(tx, session.id, session.terminal_id)


async def test_who_decides_by_what_was_read_keeps_others_from_changing_it_meanwhile(database: Database) -> None:
    """Opening reads the session, sees that it is planned here, and writes; a move in between must wait and then fail."""
    session = await stored_session(database)
    other = await another_terminal(database, session.facility_id)
    has_read, may_write = asyncio.Event(), asyncio.Event()

    async def open_it() -> None:
        async with database.write() as tx:
            found = await sessions.get(tx, session.id, lock=True)
            assert found is not None
            assert found.terminal_id == session.terminal_id
            has_read.set()
            await may_write.wait()
            await sessions.changed(tx, session.id, state="open")

    async def move_it() -> None:
        await has_read.wait()
        async with database.write() as tx:
            await sessions.move(tx, session.id, other)

    opening, moving = asyncio.create_task(open_it()), asyncio.create_task(move_it())
    await has_read.wait()
    _done, pending = await asyncio.wait({moving}, timeout=0.1)
    assert moving in pending
    may_write.set()
    await opening
    with pytest.raises(Impossible, match="is open"):
        await moving
    async with database.read() as db:
        found = await sessions.get(db, session.id)
    assert found is not None
    assert (found.terminal_id, found.state) == (session.terminal_id, "open")
