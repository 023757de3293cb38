"""Facilities with sessions of which some were held, for the tests of reports, written straight into the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from central.reports.compose import Report, compose
from central.reports.figures import Figures
from central.reports.period import Period
from central.reports.tables import BREAKDOWNS, COLUMNS, numbers, tables
from central.store import events, facilities, reports, sessions, terminals
from central.store.engine import Database
from central.store.events import StoredUsage
from central.store.facilities import Facility, FacilitySettings
from central.store.sessions import CallSession
from tests.central_rig import NOON_MS, record

TODAY = date(2026, 11, 21)
"""The date of NOON_MS in Jakarta."""


@dataclass
class House:
    """A database with facilities and their booths."""

    database: Database
    places: list[Facility] = field(default_factory=list)
    booths: dict[str, list[str]] = field(default_factory=dict)
    made: int = 0

    async def facility(self, name: str, *, booths: int = 1, timezone: str = "Asia/Jakarta") -> Facility:
        async with self.database.write() as tx:
            settings = FacilitySettings(timezone=timezone)
            id_ = await facilities.add(tx, name=name, settings=settings, now_ms=NOON_MS)
            self.booths[id_] = [
                await terminals.add(tx, name=f"Bilik {number}", facility_id=id_, now_ms=NOON_MS)
                for number in range(1, booths + 1)
            ]
        self.places.append(Facility(id=id_, name=name, settings=settings))
        return self.places[-1]

    async def session(self, place: Facility, *, booth: int = 0, start_at_ms: int = NOON_MS, **fields: Any) -> str:
        """A session's id; it is planned unless fields say otherwise."""
        self.made += 1
        row: dict[str, Any] = {
            "id": f"s-{self.made}",
            "facility_id": place.id,
            "terminal_id": self.booths[place.id][booth],
            "number": f"{self.made:03d}",
            "start_at_ms": start_at_ms,
            "talk_s": 600,
            "inmate_name": "Budi Santoso",
            "family_name": "Siti Aminah",
            "created_at_ms": NOON_MS,
            "link_hash": f"hash {self.made}",
        }
        async with self.database.write() as tx:
            await sessions.add(tx, [CallSession(**(row | fields))], now_ms=NOON_MS)
        return str((row | fields)["id"])

    async def held(self, session_id: str, *, provisional: bool = False, **fields: Any) -> None:
        """The session's usage record comes in."""
        async with self.database.write() as tx:
            session = await sessions.get(tx, session_id)
            assert session is not None
            told = record(session_id, **({"planned_start_at_ms": session.start_at_ms} | fields))
            await events.store_usage(tx, session.terminal_id, told, provisional=provisional, now_ms=NOON_MS)

    async def report(self, first: date = TODAY, last: date = TODAY, places: Sequence[Facility] = ()) -> Report:
        period = Period(first, last)
        async with self.database.read() as db:
            return compose(period, await reports.read(db, places or self.places, period, with_officers=True))


def of(records: Iterable[StoredUsage]) -> Figures:
    """Summed by hand, from the records as they came."""
    total = Figures()
    for each in records:
        said = each.record
        total += Figures(
            records=1,
            promised_s=said.talk_promised_s,
            extended_s=said.talk_extended_s,
            delivered_ms=said.talk_delivered_ms,
            interrupted_ms=said.interrupted_ms,
            interruptions=said.interruptions,
        )
    return total


def assert_adds_up(report: Report, expected: Figures) -> None:
    """Every breakdown of the report and of its file has the sum of the records."""
    assert report.total == expected
    for name in BREAKDOWNS:
        assert sum((line.figures for line in getattr(report, name)), Figures()) == expected, name
    by_name = {table.name: table for table in tables(report, with_officers=True)}
    for name in ("total", *BREAKDOWNS):
        entries = by_name[name].entries
        sums = tuple(sum(entry.numbers[column] for entry in entries) for column in range(len(COLUMNS)))
        assert sums == numbers(expected), name
    assert sum(entry.numbers[0] for entry in by_name["sessions"].entries) == report.sessions
