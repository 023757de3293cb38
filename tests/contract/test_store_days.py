"""One suite for days on both databases: opening hours, registrations, their numbers, limits, codes and end."""

import asyncio
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from central.days.settle import give_turn
from central.schedule.windows import Hours
from central.store import facilities, registrations, schedules, sessions, terminals
from central.store.engine import Database
from central.store.facilities import FacilitySettings
from central.store.registrations import Full, Registration, Wish, fresh_id
from central.store.schedules import Schedule
from protocol.terminal import MachineFacts
from tests.central_rig import NOON_MS, stored_session

pytestmark = pytest.mark.anyio
DAY = "2026-06-08"
MACHINE = MachineFacts(hostname="pc", operating_system="Debian", machine_key="k", agent_version="1")


async def facility(database: Database, name: str = "Rutan") -> str:
    async with database.write() as tx:
        return await facilities.add(tx, name=name, settings=FacilitySettings(), now_ms=NOON_MS)


def wish(facility_id: str, **fields: Any) -> Wish:
    known = {"visitor_name": "Siti", "relation": "istri", "phone": "62812", "inmate_said": "Budi", "nonce": fresh_id()}
    return Wish(**({"facility_id": facility_id, "day": DAY} | known | fields))


async def added(database: Database, wanted: Wish, *, most: int = 9, by_phone: int = 9) -> Registration:
    async with database.write() as tx:
        id_ = fresh_id()
        return await registrations.add(
            tx, wanted, id_=id_, code_hash=id_, most_waiting=most, most_by_phone=by_phone, now_ms=NOON_MS
        )


async def test_a_schedule_is_stored_whole_and_replaced(database: Database) -> None:
    place = await facility(database)
    weekdays = (((540, 720), (780, 900)),) * 6
    first = Schedule(week=(*weekdays, ()), dates={"2026-12-25": ()}, quota_month=2)
    async with database.write() as tx:
        await schedules.put(tx, place, Schedule())
        await schedules.put(tx, place, first)
    async with database.read() as db:
        found = await schedules.get(db, place)
        assert await schedules.every(db) == {place: first}
        assert await schedules.get(db, "nowhere") is None
    assert found == first
    opening = found.opening("Asia/Jakarta")
    assert opening.hours_of(date(2026, 6, 8)) == (Hours(540, 720), Hours(780, 900))
    assert opening.hours_of(date(2026, 12, 25)) == opening.hours_of(date(2026, 6, 14)) == ()


@pytest.mark.parametrize("wrong", [Schedule(floor_s=700), Schedule(week=(((600, 500),),))])
async def test_a_schedule_that_contradicts_itself_is_not_stored(database: Database, wrong: Schedule) -> None:
    place = await facility(database)
    async with database.write() as tx:
        with pytest.raises(ValueError, match=r"rise|one day"):
            await schedules.put(tx, place, wrong)


async def test_numbers_count_up_by_day_and_facility_even_when_many_come_at_once(database: Database) -> None:
    place, other = await facility(database), await facility(database, "Lapas")
    found = await asyncio.gather(*(added(database, wish(place), most=99, by_phone=99) for _ in range(8)))
    assert sorted(each.number for each in found) == list(range(1, 9))
    assert (await added(database, wish(place, day="2026-06-09"))).queue_number == "001"
    assert (await added(database, wish(other))).number == 1


async def test_the_same_form_sent_twice_is_one_registration(database: Database) -> None:
    place = await facility(database)
    form = wish(place)
    assert await added(database, form) == await added(database, form)


async def test_one_phone_cannot_fill_a_day_and_a_full_day_takes_nobody(database: Database) -> None:
    place = await facility(database)
    first = await added(database, wish(place), by_phone=1)
    with pytest.raises(Full, match="phone"):
        await added(database, wish(place), by_phone=1)
    await added(database, wish(place, phone="62813"), by_phone=1)
    with pytest.raises(Full, match="day"):
        await added(database, wish(place, phone="62814"), most=2)
    async with database.write() as tx:
        await registrations.changed(tx, first.id, state="refused", reason="not kin")
    assert (await added(database, wish(place), most=2, by_phone=1)).number == 3


async def test_what_is_decided_is_found_again_by_day_code_and_session(database: Database) -> None:
    place = await facility(database)
    first, second = await added(database, wish(place)), await added(database, wish(place))
    async with database.write() as tx:
        told = await registrations.changed(
            tx, second.id, state="approved", inmate="Budi S.", told_start_at_ms=NOON_MS, told_talk_s=600
        )
        assert await registrations.changed(tx, "r-none", state="approved") is None
    async with database.read() as db:
        assert await registrations.of_day(db, place, DAY) == [first, told]
        assert await registrations.by_code(db, second.code_hash) == told
        assert await registrations.by_code(db, "wrong") is None
        assert await registrations.of_sessions(db, ["s"]) == {}


async def test_a_quota_counts_approved_turns_and_no_make_up(database: Database) -> None:
    place = await facility(database)
    first, *others = [await added(database, wish(place)) for _ in range(3)]
    async with database.write() as tx:
        for each in (first, *others):
            await registrations.changed(tx, each.id, inmate="Budi")
        await registrations.changed(tx, first.id, state="approved")
        await registrations.changed(tx, others[0].id, state="approved", make_up_of=first.id)
    async with database.read() as db:
        assert await registrations.used(db, place, DAY, DAY) == {"Budi": 1}
        assert await registrations.used(db, place, "2026-06-09", "2026-06-30") == {}


async def test_after_its_days_nothing_says_who_it_was_and_the_code_opens_nothing(database: Database) -> None:
    place = await facility(database)
    old, young = await added(database, wish(place)), await added(database, wish(place, day="2026-06-09"))
    session = await stored_session(database)
    async with database.write() as tx:
        await registrations.changed(tx, old.id, session_id=session.id)
    async with database.write() as tx:
        today = date(2026, 7, 9)
        erased = [await registrations.erase(tx, place, today=today, keep_days=30, now_ms=NOON_MS) for _ in range(2)]
    assert erased == [1, 0]
    async with database.read() as db:
        left, met = await registrations.get(db, old.id), await sessions.get(db, session.id)
        assert await registrations.by_code(db, old.code_hash) is None
        assert await registrations.by_code(db, young.code_hash) == young
    assert left is not None
    assert met is not None
    assert (met.inmate_name, met.family_name) == ("", "")
    assert (left.visitor_name, left.phone, left.relation, left.inmate_said) == ("", "", "", "")
    assert left.number == old.number


async def test_two_officers_at_once_never_give_the_same_turn_twice(database: Database) -> None:
    place = await facility(database)
    async with database.write() as tx:
        terminal = await terminals.add(tx, name="Bilik 1", facility_id=place, now_ms=NOON_MS)
        await terminals.add_code(tx, terminal_id=terminal, code_hash="c", expires_at_ms=NOON_MS + 1)
        await terminals.enrol(tx, code_hash="c", token_hash="t", machine=MACHINE, now_ms=NOON_MS)
        await schedules.put(tx, place, Schedule(week=(((0, 1440),),) * 7))
    wanted = [await added(database, wish(place, day="2026-11-21")) for _ in range(4)]

    async def give(registration: Registration) -> None:
        async with database.write() as tx:
            where, schedule = await facilities.get(tx, place), await schedules.get(tx, place)
            assert where is not None
            assert schedule is not None
            await give_turn(tx, where, schedule, registration, link_secret="", now_ms=NOON_MS)

    await asyncio.gather(*(give(each) for each in wanted))
    async with database.read() as db:
        found = await sessions.between(db, 0, 2 * NOON_MS)
    starts = [each.start_at_ms for each in found]
    assert len(set(starts)) == 4
    assert all(later - earlier >= 690_000 for earlier, later in pairwise(starts))
