"""One suite for the removal of old rows on both databases: what goes when, what stays, and that one instance does it once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select

from central.context import Central, Options
from central.retention import is_due, remove_if_due
from central.store import registrations, retention, sessions, staff
from central.store.alone import alone
from central.store.day_tables import paper_outcomes
from central.store.day_tables import registrations as registration_table
from central.store.engine import Database
from central.store.impossible import Impossible
from central.store.move_tables import moves
from central.store.registrations import Wish, fresh_id
from central.store.report_tables import talk_figures
from central.store.retention import DAY_MS, JOBS, Keep
from central.store.tables import audit, commands, events, metadata, rejected, usage
from central.store.tables import sessions as session_table
from central.store.watch_tables import listens, session_duty
from tests.central_rig import NOON_MS
from tests.report_rig import House

pytestmark = pytest.mark.anyio
NIGHT_MS = NOON_MS + 14 * 3_600_000
HOUR_MS = 3_600_000


@pytest.fixture
async def house(database: Database) -> House:
    found = House(database)
    await found.facility("Rutan Satu")
    return found


def central(house: House, now_ms: int = NOON_MS) -> Central:
    return Central.build(house.database, Options(), clock=lambda: now_ms)


async def count(house: House, table: Table) -> int:
    async with house.database.read() as db:
        row = await db.first(select(func.count()).select_from(table))
    assert row is not None
    return int(row[0])


async def put(house: House, table: Table, **row: Any) -> None:
    async with house.database.write() as tx:
        await tx.execute(insert(table).values(row))


async def everything(house: House, days_ago: int) -> str:
    """A session that was held so long ago with one row of each kind that speaks of it, and what else is of that day."""
    at, place = NOON_MS - days_ago * DAY_MS, house.places[0]
    booth = house.booths[place.id][0]
    session_id = await house.session(place, start_at_ms=at)
    paper_id = await house.session(place, start_at_ms=at, state="ended", why="no_show")
    await house.held(session_id, ended_at_ms=at, check_in_at_ms=at)
    about = {"terminal_id": booth, "session_id": session_id}
    made = f"{days_ago}"
    await put(
        house, commands, id=f"c-{made}", kind="end", body="{}", issued_by="sari", issued_at_ms=at, expires_at_ms=at,
        state="done", **about,
    )  # fmt: skip
    await put(house, listens, id=f"l-{made}", user="sari", began_at_ms=at, seen_at_ms=at, **about)
    await put(house, session_duty, session_id=session_id, user="sari", since_ms=at)
    await put(house, moves, session_id=session_id, terminal_id=booth, moved_by="sari", asked_at_ms=at)
    await put(
        house, paper_outcomes, session_id=paper_id, facility_id=place.id, terminal_id=booth, outcome="served",
        planned_start_at_ms=at, promised_s=600, talk_s=600, entered_by="sari", entered_at_ms=at,
    )  # fmt: skip
    await put(house, events, terminal_id=booth, boot_id="b", seq=days_ago, received_at_ms=at, kind="fault", body="{}")
    await put(
        house, rejected, terminal_id=booth, boot_id="b", seq=days_ago, digest="d", received_at_ms=at, why="", body="{}",
        seen_at_ms=at,
    )  # fmt: skip
    async with house.database.write() as tx:
        await staff.note(tx, user="sari", act="admit", subject=session_id, detail={}, now_ms=at)
    return session_id


OF_A_DAY = (usage, talk_figures, commands, listens, session_duty, moves, paper_outcomes, events, rejected, audit)


async def test_names_go_first_and_the_figures_stay(house: House) -> None:
    old, young = await everything(house, 31), await everything(house, 29)
    done = await remove_if_due(central(house))
    assert done == dict.fromkeys((job.name for job in JOBS), 0) | {"names": 2}
    async with house.database.read() as db:
        names = [await sessions.get(db, each) for each in (old, young)]
    assert [each and (each.inmate_name, each.family_name) for each in names] == [
        ("", ""),
        ("Budi Santoso", "Siti Aminah"),
    ]
    assert [await count(house, table) for table in OF_A_DAY[:-1]] == [2] * (len(OF_A_DAY) - 1)


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (91, {events, rejected}),
        (731, {events, rejected, audit, listens, commands}),
        (1831, {*OF_A_DAY, session_table}),
    ],
)
async def test_each_kind_goes_after_its_own_days(house: House, days: int, gone: set[Table]) -> None:
    await everything(house, days)
    await everything(house, 1)
    await remove_if_due(central(house))
    for table in (*OF_A_DAY, session_table):
        each = 2 if table is session_table else 1
        noted = 1 if table is audit else 0
        assert await count(house, table) == (each if table in gone else 2 * each) + noted, table.name


async def test_what_nobody_has_looked_at_or_is_still_planned_stays(house: House) -> None:
    place, ago = house.places[0], NOON_MS - 4000 * DAY_MS
    booth = house.booths[place.id][0]
    await house.session(place, start_at_ms=ago)
    await put(house, rejected, terminal_id=booth, boot_id="b", seq=1, digest="d", received_at_ms=ago, why="", body="{}")
    await remove_if_due(central(house))
    assert (await count(house, rejected), await count(house, session_table)) == (1, 1)


async def test_registrations_go_once_their_names_are_gone_and_make_up_turns_before_what_they_are_for(
    house: House,
) -> None:
    place = house.places[0]
    async with house.database.write() as tx:
        for number, made_up in enumerate((None, "r-0", None)):
            wish = Wish(
                facility_id=place.id, day="2020-01-01", visitor_name="Siti", relation="spouse", phone="628",
                inmate_said="Budi", nonce=fresh_id(), make_up_of=made_up,
            )  # fmt: skip
            await registrations.add(
                tx, wish, id_=f"r-{number}", code_hash=f"{number}", most_waiting=9, most_by_phone=9, now_ms=1
            )
        erased = registration_table.c.id != "r-2"
        await tx.execute(registration_table.update().where(erased).values(erased_at_ms=2))
    done = await remove_if_due(central(house))
    assert done is not None
    assert done["registrations"] == 2
    assert await count(house, registration_table) == 1


async def test_more_than_one_handful_goes_in_one_night(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        await put(house, audit, at_ms=number, user="sari", act="admit", subject="s", detail="{}")
    done = await remove_if_due(central(house))
    assert done is not None
    assert done["audit"] == 5


async def test_once_a_night_is_enough_and_a_second_instance_finds_nothing_to_do(house: House) -> None:
    assert await remove_if_due(central(house, NIGHT_MS)) is not None
    assert await remove_if_due(central(house, NIGHT_MS)) is None
    assert await remove_if_due(central(house, NIGHT_MS + 24 * HOUR_MS)) is not None


async def test_two_instances_at_the_same_moment_remove_once(house: House) -> None:
    if house.database.is_sqlite:
        pytest.skip("one instance is all that a file can have")
    await everything(house, 800)
    done = await asyncio.gather(*(remove_if_due(central(house, NIGHT_MS)) for _ in range(2)))
    assert sorted(each is None for each in done) == [False, True]


async def test_while_another_instance_is_at_it_nothing_is_removed(house: House) -> None:
    if house.database.is_sqlite:
        pytest.skip("one instance is all that a file can have")
    async with alone(house.database, "retention"):
        assert await remove_if_due(central(house, NIGHT_MS)) is None


def test_it_is_due_at_night_and_at_any_hour_once_a_night_was_missed() -> None:
    assert is_due(NIGHT_MS, 0)
    assert not is_due(NIGHT_MS, NIGHT_MS - 19 * HOUR_MS)
    assert is_due(NIGHT_MS, NIGHT_MS - 20 * HOUR_MS)
    assert not is_due(NOON_MS, NOON_MS - 25 * HOUR_MS)
    assert is_due(NOON_MS, NOON_MS - 26 * HOUR_MS)


async def test_settings_are_kept_and_what_is_out_of_bounds_is_refused_in_words(house: House) -> None:
    async with house.database.write() as tx:
        assert await retention.get(tx) == Keep()
        fresh = retention.changed(Keep(), {"usage_days": "365", "names_days": "7"})
        await retention.put(tx, fresh)
        assert await retention.get(tx) == Keep(usage_days=365, names_days=7)
    for words, said in (
        ({"names_days": "0"}, "names_days=0"),
        ({"audit_days": "a"}, "audit_days=a"),
        ({"years": "1"}, "years is no setting"),
        ({"sessions_days": "40"}, "must not be less"),
    ):
        with pytest.raises(Impossible, match=said):
            retention.changed(Keep(), words)


def test_every_table_that_grows_with_the_days_has_a_rule() -> None:
    """A table that is new must be put into one of these: it is removed, or it stays as small as the house is."""
    removed = {job.table for job in JOBS} | {table for job in JOBS for table in job.also}
    assert {table.name for table in metadata.sorted_tables} - {table.name for table in removed} - STAYS == set()


STAYS = {
    *("values", "facilities", "terminals", "enrolment_codes", "users", "schedules", "displays", "duty"),
    *("notices", "staff_sessions", "terminal_boots", "terminal_status", "terminal_health", "terminal_escapes"),
    *("instances", "call_ends", "call_messages", "call_stills"),
}
"""As many as there are places, people and PCs; or old ones are removed where new ones are written."""
