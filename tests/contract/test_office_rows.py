"""One suite for both databases: how terminals were over time, the trail's filters, and rows that two change at once."""

import asyncio

import pytest

from central.health import HOUR_MS, Span, State
from central.health_log import HealthLog
from central.store import audit, facilities, health, staff, status, terminals
from central.store.audit import Wanted
from central.store.engine import Database
from central.store.facilities import FacilitySettings
from central.store.staff import Role
from central.store.status import Heartbeat
from protocol.terminal import Mode, TerminalStatus, VisitState
from tests.central_rig import NOON_MS

pytestmark = pytest.mark.anyio
GOOD = State(
    boot_id="b", mode="in_service", faults=("KAM-1", "LYR-2"), window_up=True, shell_up=False, agent_version="1"
)


async def a_terminal(database: Database, name: str = "Bilik 1", place: str = "Rutan") -> tuple[str, str]:
    async with database.write() as tx:
        facility_id = await facilities.add(tx, name=place, settings=FacilitySettings(), now_ms=NOON_MS)
        return await terminals.add(tx, name=name, facility_id=facility_id, now_ms=NOON_MS), facility_id


def beat(terminal_id: str, at_ms: int, **fields: object) -> Heartbeat:
    said = {"mode": Mode.IN_SERVICE, "visit": VisitState.NONE, "window_up": True, "shell_up": True} | fields
    status_ = TerminalStatus(**said)  # type: ignore[arg-type]  # its fields
    return Heartbeat(terminal_id=terminal_id, at_ms=at_ms, boot_id="b", count=1, hold_s=5, status=status_)


async def test_a_stretch_comes_back_as_it_went_and_its_end_never_moves_back(database: Database) -> None:
    terminal_id, _ = await a_terminal(database)
    one = Span(terminal_id=terminal_id, from_ms=10, to_ms=50, state=GOOD)
    shorter = Span(terminal_id=terminal_id, from_ms=10, to_ms=20, state=GOOD)
    later = Span(terminal_id=terminal_id, from_ms=60, to_ms=70, state=GOOD)
    async with database.write() as tx:
        await health.store(tx, [one, later])
        await health.store(tx, [shorter])
        await health.store(tx, [])
    async with database.read() as db:
        assert await health.between(db, terminal_id, 0, 100) == [one, later]
        assert await health.between(db, terminal_id, 55, 100) == [later]
        assert await health.newest(db, [terminal_id, "t-none"]) == {terminal_id: later}


async def test_attempts_add_up_by_hour_and_what_is_old_is_forgotten(database: Database) -> None:
    terminal_id, _ = await a_terminal(database)
    async with database.write() as tx:
        for _ in range(2):
            await health.count_escapes(tx, HOUR_MS, {terminal_id: {"drag": 2, "x" * 99: 1}})
        await health.count_escapes(tx, 5 * HOUR_MS, {terminal_id: {"drag": 1}})
    async with database.read() as db:
        assert await health.escapes(db, terminal_id, 0) == [
            (HOUR_MS, "drag", 4),
            (HOUR_MS, "x" * health.KIND_MOST, 2),
            (5 * HOUR_MS, "drag", 1),
        ]
    async with database.write() as tx:
        assert await health.forget(tx, 2 * HOUR_MS) == 2
    async with database.read() as db:
        assert await health.escapes(db, terminal_id, 0) == [(5 * HOUR_MS, "drag", 1)]


async def test_a_log_of_many_terminals_writes_each_its_own(database: Database) -> None:
    first, facility_id = await a_terminal(database)
    async with database.write() as tx:
        second = await terminals.add(tx, name="Bilik 2", facility_id=facility_id, now_ms=NOON_MS)
    log = HealthLog()
    for at_ms, faults in ((NOON_MS, ()), (NOON_MS + 6_000, ("KAM-1",)), (NOON_MS + 12_000, ("KAM-1",))):
        beats = [beat(first, at_ms, faults=faults, escape_attempts={"drag": 1}), beat(second, at_ms)]
        async with database.write() as tx:
            noted = await log.note(tx, beats)
            await status.store(tx, beats)
        log.keep(noted)
    async with database.read() as db:
        assert [one.state.faults for one in await health.between(db, first, 0, NOON_MS * 2)] == [(), ("KAM-1",)]
        assert len(await health.between(db, second, 0, NOON_MS * 2)) == 1
        assert await health.escapes(db, first, 0) == [(NOON_MS - NOON_MS % HOUR_MS, "drag", 1)]
        assert await health.escapes(db, second, 0) == []


async def test_the_trail_is_filtered_alike(database: Database) -> None:
    terminal_id, here = await a_terminal(database)
    elsewhere, there = await a_terminal(database, place="Rutan Dua")
    async with database.write() as tx:
        for at, (user, act, subject) in enumerate(
            [("sari", "lock", terminal_id), ("sari", "lock", elsewhere), ("wati", "settings", here)]
        ):
            await staff.note(tx, user=user, act=act, subject=subject, detail={"n": at}, now_ms=NOON_MS + at)

    async def found(**wanted: object) -> list[int]:
        async with database.read() as db:
            lines = await audit.lines(db, Wanted(**wanted), 10)  # type: ignore[arg-type]  # its fields
        return [line.detail["n"] for line in lines]

    assert await found() == [2, 1, 0]
    assert await found(user="sari") == [1, 0]
    assert await found(act="settings") == [2]
    assert await found(terminal_id=terminal_id) == [0]
    assert await found(facility_id=here) == [2, 0]
    assert await found(facility_id=there) == [1]
    assert await found(from_ms=NOON_MS + 1, until_ms=NOON_MS + 2) == [1]
    async with database.read() as db:
        assert await audit.names(db, {terminal_id, "nobody"}) == {terminal_id: "Bilik 1"}
        assert await audit.words(db, Wanted(facility_id=here)) == (["sari", "wati"], ["lock", "settings"])


async def test_two_who_decide_about_accounts_at_once_see_what_the_other_did(database: Database) -> None:
    async with database.write() as tx:
        for name in ("a", "b"):
            await staff.add_user(tx, name=name, role=Role.ADMIN, facility_id=None, password_hash="", now_ms=NOON_MS)

    async def close(name: str) -> bool:
        async with database.write() as tx:
            everybody = await staff.every_locked(tx)
            if sum(user.disabled_at_ms is None for user in everybody) < 2:
                return False
            await staff.disable(tx, next(user for user in everybody if user.name == name), at_ms=NOON_MS)
            return True

    assert sorted(await asyncio.gather(close("a"), close("b"))) == [False, True]
