"""What is told of one terminal to whoever cares for it: its last diagnosis, its faults."""

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from central.store.engine import Reading
from central.store.tables import events
from protocol.terminal import DiagnosisMade, FaultChanged


class Diagnosed(Struct, frozen=True, kw_only=True):
    """What a terminal found at itself, and when central heard of it."""

    at_ms: int
    made: DiagnosisMade


class FaultMoved(Struct, frozen=True, kw_only=True):
    """A fault was raised or has gone."""

    at_ms: int
    change: FaultChanged


async def newest_diagnosis(db: Reading, terminal_id: str) -> Diagnosed | None:
    """The last one that can still be read, or None."""
    mine = (events.c.terminal_id == terminal_id) & (events.c.kind == "diagnosis")
    row = await db.first(
        select(events).where(mine).order_by(events.c.received_at_ms.desc(), events.c.seq.desc()).limit(1)
    )
    if row is None:
        return None
    try:
        return Diagnosed(at_ms=row.at_ms or row.received_at_ms, made=msgspec.json.decode(row.body, type=DiagnosisMade))
    except msgspec.ValidationError:
        return None


async def fault_changes(db: Reading, terminal_id: str, limit: int) -> list[FaultMoved]:
    """The last changes, the newest first."""
    mine = (events.c.terminal_id == terminal_id) & (events.c.kind == "fault")
    when = func.coalesce(events.c.at_ms, events.c.received_at_ms)
    rows = await db.all(select(events).where(mine).order_by(when.desc(), events.c.seq.desc()).limit(limit))
    return [
        FaultMoved(at_ms=row.at_ms or row.received_at_ms, change=msgspec.json.decode(row.body, type=FaultChanged))
        for row in rows
    ]
