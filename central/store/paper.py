"""What became of turns while central was away, as it was written on the printed list; never beside a real usage record."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, select

from central.store.day_tables import paper_outcomes as table
from central.store.engine import Reading, Writing
from central.store.tables import usage


class PaperResult(StrEnum):
    """What the box on the list says."""

    SERVED = "served"
    NO_SHOW = "no_show"
    NOT_HELD = "not_held"


class PaperOutcome(Struct, frozen=True, kw_only=True):
    """One line of the list. `talk_s`: whole minutes as written down, 0 unless served; `started_at_ms`: None unless served."""

    session_id: str
    facility_id: str
    terminal_id: str
    outcome: PaperResult
    planned_start_at_ms: int
    promised_s: int
    started_at_ms: int | None
    talk_s: int
    entered_by: str
    entered_at_ms: int


async def enter(tx: Writing, outcome: PaperOutcome) -> bool:
    """Store a line, in place of what was entered for it before; false, and nothing stored, where a booth's record exists."""
    if await tx.first(select(usage.c.session_id).where(usage.c.session_id == outcome.session_id)):
        return False
    row = {field: getattr(outcome, field) for field in outcome.__struct_fields__} | {"outcome": outcome.outcome.value}
    statement = tx.insert(table).values(row)
    await tx.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=row))
    return True


async def counted(db: Reading, *, from_ms: int, to_ms: int, facility_id: str | None = None) -> list[PaperOutcome]:
    """The lines that count for turns planned to start in [from, to), in order of start: those without any usage record.

    A booth's record that comes later, from an outbox, takes the place of the line: both are never counted.
    """
    statement = _without_record().where(table.c.planned_start_at_ms >= from_ms, table.c.planned_start_at_ms < to_ms)
    if facility_id is not None:
        statement = statement.where(table.c.facility_id == facility_id)
    rows = await db.all(statement.order_by(table.c.planned_start_at_ms, table.c.session_id))
    return [_outcome(row) for row in rows]


async def of_sessions(db: Reading, session_ids: Sequence[str]) -> dict[str, PaperOutcome]:
    """What was entered for these sessions, and counts, by session."""
    rows = await db.all(_without_record().where(table.c.session_id.in_(session_ids)))
    return {row.session_id: _outcome(row) for row in rows}


def _without_record() -> Select[Any]:
    recorded = select(usage.c.session_id).where(usage.c.session_id == table.c.session_id)
    return select(table).where(~recorded.exists())


def _outcome(row: Any) -> PaperOutcome:
    return PaperOutcome(**(dict(row._mapping) | {"outcome": PaperResult(row.outcome)}))


async def recorded(db: Reading, session_ids: Sequence[str]) -> set[str]:
    """Those of these sessions that have a usage record, whatever it says."""
    rows = await db.all(select(usage.c.session_id).where(usage.c.session_id.in_(session_ids)))
    return {row.session_id for row in rows}
