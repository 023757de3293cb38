"""One suite for reports on both databases: their figures are those of the usage records, by whatever they are summed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import insert

from central.reports.figures import Figures, Paper
from central.store import commands, events, sessions, talk_figures
from central.store.day_tables import paper_outcomes
from central.store.engine import Database
from central.store.events import StoredUsage
from central.store.move_tables import moves
from central.store.report_tables import talk_figures as figures_table
from central.store.watch_tables import listens
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import CommandAnswered, CommandKind, CommandOutcome
from tests.central_rig import NOON_MS
from tests.report_rig import House, assert_adds_up, of

pytestmark = pytest.mark.anyio
DAY_MS = 86_400_000


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def stored(house: House) -> list[StoredUsage]:
    async with house.database.read() as db:
        return await events.usage_records(db)


async def test_a_day_without_a_session_is_empty_and_says_so(house: House) -> None:
    await house.facility("Rutan Satu")
    report = await house.report()
    assert report.is_empty
    assert report.total == Figures()
    assert report.total.share is None


async def test_a_session_belongs_to_the_day_of_its_facilitys_own_clock(house: House) -> None:
    jakarta, jayapura = await house.facility("Rutan"), await house.facility("Lapas", timezone="Asia/Jayapura")
    local = datetime(2026, 11, 21, tzinfo=ZoneInfo("Asia/Jakarta"))
    midnight_ms = int(local.timestamp() * 1000)
    for start_at_ms in (midnight_ms - 1, midnight_ms, midnight_ms + DAY_MS - 1, midnight_ms + DAY_MS):
        await house.held(await house.session(jakarta, start_at_ms=start_at_ms))
        await house.held(await house.session(jayapura, start_at_ms=start_at_ms))
    report = await house.report()
    assert {line.key: line.figures.records for line in report.by_facility} == {jakarta.id: 2, jayapura.id: 2}
    assert [line.key for line in report.by_day] == ["2026-11-21"]
    assert {line.key for line in (await house.report(places=[jayapura])).by_hour} == {"1", "2"}


async def test_a_provisional_record_counts_until_the_real_one_takes_its_place(house: House) -> None:
    place = await house.facility("Rutan Satu")
    session_id = await house.session(place)
    fault = {"end_reason": EndReason.TERMINAL_FAULT, "fault_party": FaultParty.TERMINAL, "talk_delivered_ms": 0}
    await house.held(session_id, provisional=True, **fault)
    report = await house.report()
    assert (report.provisional, report.total.delivered_ms) == (1, 0)
    await house.held(session_id)
    await house.held(session_id, provisional=True, **fault)
    report = await house.report()
    assert (report.provisional, report.total.records, report.total.delivered_ms) == (0, 1, 600_000)
    assert_adds_up(report, of(await stored(house)))


async def test_a_session_that_was_moved_counts_once_at_the_booth_it_came_to(house: House) -> None:
    place = await house.facility("Rutan Satu", booths=2)
    session_id = await house.session(place)
    async with house.database.write() as tx:
        await sessions.move(tx, session_id, house.booths[place.id][1])
    await house.held(session_id)
    report = await house.report()
    assert [(line.key, line.figures.records) for line in report.by_booth] == [(house.booths[place.id][1], 1)]
    assert report.sessions == 1


async def test_a_call_that_goes_on_at_another_booth_was_promised_once(house: House) -> None:
    place = await house.facility("Rutan Satu", booths=2)
    first, other = await house.session(place), house.booths[place.id][1]
    moved = {"end_reason": EndReason.MOVED, "talk_delivered_ms": 200_000}
    await house.held(first, **moved)
    follow_up = await house.session(place, booth=1, talk_s=400)
    async with house.database.write() as tx:
        row = {
            "session_id": first,
            "terminal_id": other,
            "moved_by": "sari",
            "asked_at_ms": 1,
            "follow_up_id": follow_up,
        }
        await tx.execute(insert(moves).values(row))
    assert (await house.report()).total.owed_s == 600
    await house.held(follow_up, talk_promised_s=400, talk_delivered_ms=400_000)
    report = await house.report()
    assert (report.total.promised_s, report.total.owed_s, report.total.share) == (1000, 600, 1.0)
    assert {line.key: line.figures.share for line in report.by_booth} == dict.fromkeys(house.booths[place.id], 1.0)
    assert_adds_up(report, msgspec.structs.replace(of(await stored(house)), carried_s=400))


async def test_sessions_without_a_visit_are_told_apart_by_why(house: House) -> None:
    place = await house.facility("Rutan Satu")
    await house.session(place)
    await house.session(place, state="cancelled", why="cancelled")
    for why in ("unused", "no_show", "no_show"):
        await house.session(place, state="ended", why=why)
    await house.held(await house.session(place))
    report = await house.report()
    assert report.not_held == {"cancelled": 1, "no_show": 2, "unused": 1}
    assert (report.to_come, report.total.records, report.sessions) == (1, 1, 6)


async def test_a_session_whose_record_was_removed_since_is_not_told_as_one_that_was_not_held(house: House) -> None:
    place = await house.facility("Rutan Satu")
    await house.session(place, state="ended", why="completed")
    await house.session(place, state="cancelled", why="cancelled")
    report = await house.report()
    assert (report.not_held, report.sessions) == ({"cancelled": 1}, 1)


async def test_an_extension_counts_once_the_booth_has_carried_it_out(house: House) -> None:
    place = await house.facility("Rutan Satu")
    session_id = await house.session(place, state="open")
    async with house.database.write() as tx:
        for _ in range(2):
            asked = await commands.issue(
                tx,
                CommandKind.EXTEND,
                terminal_id=house.booths[place.id][0],
                issued_by="sari",
                now_ms=NOON_MS,
                add_s=60,
            )
        answer = CommandAnswered(command_id=asked.id, outcome=CommandOutcome.DONE)
        await commands.answer(tx, house.booths[place.id][0], answer, now_ms=NOON_MS)
        assert asked.session_id == session_id
    report = await house.report()
    assert [(each.name, each.deeds["extension"]) for each in report.officers] == [("sari", 1)]


async def test_what_was_noted_on_paper_is_apart_until_a_usage_record_comes_after_all(house: House) -> None:
    place = await house.facility("Rutan Satu")
    noted = [await house.session(place, state="ended", why="no_show") for _ in range(2)]
    async with house.database.write() as tx:
        for session_id, outcome, talk_s in zip(noted, ("served", "no_show"), (540, 0), strict=True):
            row = {"session_id": session_id, "outcome": outcome, "talk_s": talk_s, "promised_s": 600}
            about = {"facility_id": place.id, "terminal_id": house.booths[place.id][0], "planned_start_at_ms": NOON_MS}
            entered = {"entered_by": "sari", "entered_at_ms": NOON_MS}
            await tx.execute(insert(paper_outcomes).values(row | about | entered))
    report = await house.report()
    assert report.paper == (
        Paper(outcome="served", count=1, promised_s=600, talk_s=540),
        Paper(outcome="no_show", count=1, promised_s=600, talk_s=0),
    )
    assert (report.total.records, report.missed, report.sessions) == (0, 0, 2)
    await house.held(noted[0])
    report = await house.report()
    assert (report.total.records, report.on_paper, report.missed, report.sessions) == (1, 1, 0, 2)


async def test_what_officers_did_is_counted_by_name(house: House) -> None:
    place, other = await house.facility("Rutan Satu"), await house.facility("Rutan Dua")
    ended = await house.session(place, admitted_by="sari", admitted_at_ms=NOON_MS)
    await house.held(ended, end_reason=EndReason.ENDED_BY_OFFICER, ended_by="sari")
    await house.held(await house.session(place), end_reason=EndReason.ENDED_BY_OFFICER, ended_by=None)
    await house.session(other, admitted_by="tono", admitted_at_ms=NOON_MS)
    heard = {"terminal_id": house.booths[place.id][0], "user": "sari", "began_at_ms": NOON_MS, "seen_at_ms": NOON_MS}
    async with house.database.write() as tx:
        for number, heard_at_ms in enumerate((NOON_MS, NOON_MS + 1, None)):
            row = heard | {"id": f"l-{number}", "session_id": ended, "heard_at_ms": heard_at_ms}
            await tx.execute(insert(listens).values(row))
    report = await house.report(places=[place])
    mine = {each.name: {kind: n for kind, n in each.deeds.items() if n} for each in report.officers}
    assert mine == {"": {"early_end": 1}, "sari": {"admission": 1, "early_end": 1, "listen": 2}}
    assert {each.name for each in (await house.report()).officers} == {"", "sari", "tono"}


async def test_records_of_an_older_central_are_laid_out_and_until_then_the_report_says_that_it_is_not_whole(
    house: House,
) -> None:
    place = await house.facility("Rutan Satu")
    for _ in range(3):
        await house.held(await house.session(place))
    replaced = await house.session(place)
    await house.held(replaced)
    async with house.database.write() as tx:
        await tx.execute(figures_table.delete().where(figures_table.c.session_id != replaced))
        await tx.execute(figures_table.update().values(provisional=True, delivered_ms=0))
    assert not (await house.report()).complete
    assert await talk_figures.lay_out(house.database) == 4
    assert await talk_figures.lay_out(house.database) == 0
    report = await house.report()
    assert report.complete
    assert_adds_up(report, of(await stored(house)))
