"""How long the reports of a month take over half a million calls, on SQLite and PostgreSQL: `python -m benchmarks.reports`."""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from benchmarks.rows import Row, printed, timed
from central.reports.compose import compose
from central.reports.period import Period, around
from central.store import facilities, reports
from central.store.engine import Database
from central.store.facilities import Facility, FacilitySettings
from central.store.report_tables import talk_figures
from central.store.tables import audit, commands, metadata, sessions, terminals, usage
from central.store.upgrade import upgrade
from protocol.outcome import ALLOWED_PARTIES
from tests.postgres import postgres

PLACES, BOOTHS, CALLS_A_DAY = 600, 4, 28
MONTH = around(date(2026, 11, 1), "month")
ZONES = (*["Asia/Jakarta"] * 4, "Asia/Makassar", "Asia/Jayapura")
DAY_MS = 86_400_000
TRIES = 5
BODY = '{"session_id":"' + "x" * 500 + '"}'
"""As long as a real record."""
ENDINGS = [(reason.value, party.value) for reason, parties in ALLOWED_PARTIES.items() for party in parties]


async def fill(database: Database) -> list[Facility]:
    """A month of all places: 504,000 calls, 25,200 sessions that were not held, an extension for each tenth call."""
    draw = random.Random(1)
    places = []
    async with database.write() as tx:
        for number in range(PLACES):
            settings = FacilitySettings(timezone=ZONES[number % len(ZONES)])
            id_ = await facilities.add(tx, name=f"Rutan {number:03d}", settings=settings, now_ms=0)
            places.append(Facility(id=id_, name=f"Rutan {number:03d}", settings=settings))
        booths = [
            {"id": booth_of(p, b), "facility_id": p.id, "name": f"Bilik {b}", "created_at_ms": 0}
            for p in places
            for b in range(BOOTHS)
        ]
        await tx.execute(insert(terminals), booths)
    for day in MONTH.days:
        rows = list(a_day(draw, places, day))
        async with database.write() as tx:
            await tx.execute(insert(sessions), [each["session"] for each in rows])
            held = [each for each in rows if "record" in each]
            await tx.execute(insert(usage), [each["record"] for each in held])
            await tx.execute(insert(talk_figures), [each["figures"] for each in held])
            await tx.execute(insert(commands), [each["command"] for each in held if "command" in each])
            await tx.execute(insert(audit), [each["audit"] for each in held])
    async with database.writer.begin() as connection:
        await connection.execute(text("analyze"))
    return places


def booth_of(place: Facility, number: int) -> str:
    """A booth's id."""
    return f"t-{place.id}-{number}"


def a_day(draw: random.Random, places: list[Facility], day: date) -> Iterator[dict[str, Any]]:
    """The rows of one day; every twentieth session more is one that nobody came to."""
    midnight_ms = (day - date(1970, 1, 1)).days * DAY_MS
    for place in places:
        for number in range(CALLS_A_DAY * 21 // 20):
            yield one(
                draw,
                place,
                f"s-{place.id}-{day}-{number}",
                midnight_ms + draw.randrange(2 * 3_600_000, 8 * 3_600_000),
                number < CALLS_A_DAY,
            )


def one(draw: random.Random, place: Facility, id_: str, start_at_ms: int, is_held: bool) -> dict[str, Any]:
    """A session and what belongs to it."""
    reason, party = draw.choice(ENDINGS)
    about = {"facility_id": place.id, "terminal_id": booth_of(place, draw.randrange(BOOTHS))}
    session = about | {
        "id": id_, "number": "012", "start_at_ms": start_at_ms, "talk_s": 600, "inmate_name": "Budi Santoso", "family_name": "Siti Aminah",
        "call_kind": "webrtc", "state": "ended", "why": reason if is_held else "unused", "link_hash": id_, "created_at_ms": start_at_ms,
        "admitted_by": f"officer {draw.randrange(3)}" if is_held else None,
    }  # fmt: skip
    if not is_held:
        return {"session": session}
    ending = {
        "terminal_id": about["terminal_id"],
        "session_id": id_,
        "end_reason": reason,
        "fault_party": party,
        "provisional": False,
    }
    record = ending | {"ended_at_ms": start_at_ms, "received_at_ms": start_at_ms, "body": BODY}
    figures = ending | {
        "facility_id": place.id, "start_at_ms": start_at_ms, "promised_s": 600, "extended_s": 0, "delivered_ms": draw.randrange(600_000),
        "interrupted_ms": 0, "interruptions": 0, "ended_by": "officer 1" if reason == "ended_by_officer" else None,
    }  # fmt: skip
    noted = {
        "at_ms": start_at_ms,
        "user": "officer 1",
        "act": draw.choice(("admit", "end", "listen")),
        "subject": id_,
        "detail": "{}",
    }
    found = {"session": session, "record": record, "figures": figures, "audit": noted}
    if draw.random() < 0.1:
        found["command"] = {
            "id": f"c{id_}", "kind": "extend", "body": "{}", "issued_by": "officer 1", "issued_at_ms": start_at_ms,
            "expires_at_ms": start_at_ms, "state": "done", "terminal_id": about["terminal_id"], "session_id": id_,
        }  # fmt: skip
    return found


async def measured(database: Database, name: str) -> list[Row]:
    """Fill it and ask for reports."""
    began = time.monotonic()
    await upgrade(database)
    places = await fill(database)
    async with database.read() as db:
        count = await db.first(select(func.count()).select_from(usage))
    print(f"{name}: {count[0] if count else 0} records in {time.monotonic() - began:.0f} s", flush=True)
    week = Period(MONTH.first, MONTH.first + timedelta(days=6))
    asked = (
        ("a day of one facility", places[:1], Period(MONTH.first, MONTH.first)),
        ("a month of one facility", places[:1], MONTH),
        ("a week of all facilities", places, week),
        ("a month of all facilities", places, MONTH),
    )
    return [
        timed(f"{name}: {what}", await _asked(database, chosen, period), must=None) for what, chosen, period in asked
    ]


async def _asked(database: Database, places: list[Facility], period: Period) -> list[float]:
    samples = []
    for _ in range(TRIES):
        began = time.perf_counter()
        async with database.read() as db:
            report = compose(period, await reports.read(db, places, period, with_officers=True))
        samples.append((time.perf_counter() - began) * 1000)
    print(
        f"  {report.total.records} calls of {len(places)} facilities: {[round(each) for each in samples]} ms",
        flush=True,
    )
    return samples


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database that is closed again."""
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def both() -> list[Row]:
    """SQLite in a file, then a PostgreSQL as Debian installs it."""
    rows = []
    with tempfile.TemporaryDirectory() as home:
        async with opened(f"sqlite:///{Path(home)}/central.sqlite3") as database:
            rows += await measured(database, "SQLite")
    with postgres() as server:
        async with opened(server.url()) as database:
            rows += await measured(database, "PostgreSQL")
    return rows


if __name__ == "__main__":
    assert metadata.tables
    print(printed(asyncio.run(both())))
