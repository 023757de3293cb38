"""What reports are made from, added up by the database: never more rows come back than there are lines to add."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, and_, func, literal_column, select

from central.reports.figures import Cell, Deed, Figures, Missed, Paper, Read, Slot
from central.reports.period import HOUR_MS, Period, Stretch
from central.store import talk_figures
from central.store.day_tables import paper_outcomes
from central.store.engine import Reading
from central.store.facilities import Facility
from central.store.report_tables import talk_figures as records
from central.store.tables import commands, sessions
from central.store.watch_tables import listens
from protocol.outcome import EndReason

Condition = ColumnElement[bool]

SUMS = (
    func.count().label("records"),
    *(
        func.coalesce(func.sum(records.c[name]), 0).label(name)
        for name in ("promised_s", "extended_s", "delivered_ms", "interrupted_ms", "interruptions", "carried_s")
    ),
)


async def read(db: Reading, places: Sequence[Facility], period: Period, *, with_officers: bool) -> Read:
    """The sessions of these facilities that were planned to begin on these days, each by its facility's own clock.

    What officers did is read only where somebody may see it.
    """
    zones: dict[str, list[str]] = {}
    for place in places:
        zones.setdefault(place.settings.timezone, []).append(place.id)
    found = Read(complete=await talk_figures.are_all_there(db))
    for timezone, ids in zones.items():
        for stretch in period.stretches(timezone):
            found += await _stretch(db, ids, stretch)
            if with_officers:
                found += Read(deeds=await _deeds(db, ids, stretch))
    return found


async def _stretch(db: Reading, ids: list[str], stretch: Stretch) -> Read:
    held = _within(records.c.facility_id, records.c.start_at_ms, ids, stretch)
    return Read(
        cells=await _cells(db, held),
        slots=await _slots(db, held, stretch),
        missed=await _missed(db, ids, stretch),
        paper=await _paper(db, ids, stretch),
    )


async def _deeds(db: Reading, ids: list[str], stretch: Stretch) -> tuple[Deed, ...]:
    return (
        *await _early_ends(db, _within(records.c.facility_id, records.c.start_at_ms, ids, stretch)),
        *await _admissions(db, ids, stretch),
        *await _extensions(db, ids, stretch),
        *await _listens(db, ids, stretch),
    )


def _within(facility: Any, start: Any, ids: list[str], stretch: Stretch) -> Condition:
    return and_(facility.in_(ids), start >= stretch.from_ms, start < stretch.to_ms)


def _figures(row: Any) -> Figures:
    return Figures(**{name: int(getattr(row, name)) for name in Figures.__struct_fields__})


async def _cells(db: Reading, held: Condition) -> tuple[Cell, ...]:
    names = ("facility_id", "terminal_id", "end_reason", "fault_party", "provisional")
    keys = [records.c[name] for name in names]
    rows = await db.all(select(*keys, *SUMS).where(held).group_by(*keys))
    return tuple(
        Cell(
            facility_id=row.facility_id,
            terminal_id=row.terminal_id,
            end_reason=row.end_reason,
            fault_party=row.fault_party,
            provisional=bool(row.provisional),
            figures=_figures(row),
        )
        for row in rows
    )


async def _slots(db: Reading, held: Condition, stretch: Stretch) -> tuple[Slot, ...]:
    offset, length = (literal_column(str(each), BigInteger) for each in (stretch.offset_ms, HOUR_MS))
    hour = ((records.c.start_at_ms + offset) // length).label("hour")
    rows = await db.all(select(hour, *SUMS).where(held).group_by(hour))
    return tuple(Slot(hour=int(row.hour), figures=_figures(row)) for row in rows)


async def _missed(db: Reading, ids: list[str], stretch: Stretch) -> tuple[Missed, ...]:
    """Without those that had a usage record, also one that was removed since: it leaves its end reason at the session."""
    due = _within(sessions.c.facility_id, sessions.c.start_at_ms, ids, stretch)
    visited = (sessions.c.state == "ended") & func.coalesce(sessions.c.why, "").in_([each.value for each in EndReason])
    written = select(paper_outcomes.c.session_id).where(paper_outcomes.c.session_id == sessions.c.id).exists()
    keys = (sessions.c.state, sessions.c.why)
    statement = select(*keys, func.count().label("sessions")).where(due, ~visited, ~written).group_by(*keys)
    return tuple(Missed(state=row.state, why=row.why or "", count=row.sessions) for row in await db.all(statement))


async def _paper(db: Reading, ids: list[str], stretch: Stretch) -> tuple[Paper, ...]:
    """A usage record that came after all counts instead of what was written down."""
    due = _within(paper_outcomes.c.facility_id, paper_outcomes.c.planned_start_at_ms, ids, stretch)
    recorded = select(records.c.session_id).where(records.c.session_id == paper_outcomes.c.session_id).exists()
    sums = [func.sum(paper_outcomes.c[name]).label(name) for name in ("promised_s", "talk_s")]
    key = paper_outcomes.c.outcome
    statement = select(key, func.count().label("sessions"), *sums).where(due, ~recorded).group_by(key)
    return tuple(
        Paper(outcome=row.outcome, count=row.sessions, promised_s=int(row.promised_s), talk_s=int(row.talk_s))
        for row in await db.all(statement)
    )


async def _early_ends(db: Reading, held: Condition) -> list[Deed]:
    ended = held & (records.c.end_reason == EndReason.ENDED_BY_OFFICER.value)
    by = func.coalesce(records.c.ended_by, literal_column("''", String)).label("by")
    rows = await db.all(select(by, func.count().label("times")).where(ended).group_by(by))
    return [Deed(officer=row.by, kind="early_end", count=row.times) for row in rows]


async def _admissions(db: Reading, ids: list[str], stretch: Stretch) -> list[Deed]:
    due = _within(sessions.c.facility_id, sessions.c.start_at_ms, ids, stretch)
    by = sessions.c.admitted_by
    statement = select(by, func.count().label("times")).where(due, by.is_not(None)).group_by(by)
    return [Deed(officer=row.admitted_by, kind="admission", count=row.times) for row in await db.all(statement)]


async def _extensions(db: Reading, ids: list[str], stretch: Stretch) -> list[Deed]:
    """Those that the booth carried out."""
    due = _within(sessions.c.facility_id, sessions.c.start_at_ms, ids, stretch)
    done = (commands.c.kind == "extend") & (commands.c.state == "done")
    by = commands.c.issued_by
    joined = select(by, func.count().label("times")).join(sessions, sessions.c.id == commands.c.session_id)
    rows = await db.all(joined.where(due, done).group_by(by))
    return [Deed(officer=row.issued_by, kind="extension", count=row.times) for row in rows]


async def _listens(db: Reading, ids: list[str], stretch: Stretch) -> list[Deed]:
    """Calls that an officer heard: the booth had agreed, and its screens said so."""
    due = _within(sessions.c.facility_id, sessions.c.start_at_ms, ids, stretch)
    joined = select(listens.c.user, func.count().label("times")).join(sessions, sessions.c.id == listens.c.session_id)
    rows = await db.all(joined.where(due, listens.c.heard_at_ms.is_not(None)).group_by(listens.c.user))
    return [Deed(officer=row.user, kind="listen", count=row.times) for row in rows]
