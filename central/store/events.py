"""What terminals report: every event is stored once and changes what it speaks of in the same transaction."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.sql.dml import ReturningInsert

from central.store import commands, sessions, talk_figures, terminals
from central.store.engine import Reading, Writing, insert_into
from central.store.rejected import Reject
from central.store.tables import events, usage
from central.store.tables import sessions as session_table
from protocol.outcome import UsageRecord
from protocol.terminal import (
    CommandAnswered,
    CommandOutcome,
    DiagnosisMade,
    EventBatch,
    FaultChanged,
    OutboxEvent,
    OutboxRow,
    TechnicianSeen,
    UsageWritten,
    VisitMoved,
    VisitState,
)

TAKEN = "another event came under this number before"
NOT_MINE = "the usage record of talk in a session that is not this terminal's"

_event = msgspec.json.Decoder(OutboxEvent).decode


class StoredUsage(Struct, frozen=True, kw_only=True):
    """One usage record with the planned session it belongs to."""

    record: UsageRecord
    provisional: bool
    received_at_ms: int
    terminal_id: str
    facility_id: str
    number: str


def _kind(event: OutboxEvent) -> str:
    return str(event.__struct_config__.tag)


async def receive(tx: Writing, terminal_id: str, batch: EventBatch, *, now_ms: int) -> list[Reject]:
    """Store the rows that are new and let them count; rows that came before change nothing. Returns what cannot count."""
    rows = [
        {
            "terminal_id": terminal_id,
            "boot_id": batch.boot_id,
            "seq": row.seq,
            "at_ms": row.at_ms,
            "received_at_ms": now_ms,
            "kind": _kind(row.event),
            "body": msgspec.json.encode(row.event).decode(),
        }
        for row in batch.rows
    ]
    fresh = {row.seq for row in (await tx.execute(_storing(tx.dialect), rows)).all()}
    rejects: list[Reject] = []
    for row in batch.rows:
        if row.seq in fresh:
            why = await _count(tx, terminal_id, row.event, now_ms=now_ms)
            rejects += [] if why is None else [_reject(row, why)]
    if any(isinstance(row.event, FaultChanged | TechnicianSeen) for row in batch.rows if row.seq in fresh):
        await _tell_board(tx, terminal_id)
    came_before = [row for row in batch.rows if row.seq not in fresh]
    return rejects + await _others(tx, terminal_id, batch.boot_id, came_before)


@cache
def _storing(dialect: str) -> ReturningInsert[Any]:
    new = insert_into(events, dialect).on_conflict_do_nothing(index_elements=["terminal_id", "boot_id", "seq"])
    return new.returning(events.c.seq)


async def _others(tx: Writing, terminal_id: str, boot_id: str, rows: list[OutboxRow]) -> list[Reject]:
    """Rows whose number was taken by another event: two PCs with one memory, or a disk that was put back."""
    if not rows:
        return []
    mine = (events.c.terminal_id == terminal_id) & (events.c.boot_id == boot_id)
    numbers = [row.seq for row in rows]
    stored = {row.seq: row.body for row in await tx.all(select(events).where(mine, events.c.seq.in_(numbers)))}
    return [_reject(row, TAKEN) for row in rows if not _is_same(stored[row.seq], row.event)]


def _is_same(body: str, event: OutboxEvent) -> bool:
    try:
        return bool(_event(body) == event)
    except msgspec.ValidationError:
        return False


def _reject(row: OutboxRow, why: str) -> Reject:
    return Reject(seq=row.seq, why=why, body=msgspec.json.encode(row).decode())


async def _count(tx: Writing, terminal_id: str, event: OutboxEvent, *, now_ms: int) -> str | None:
    """Returns why it cannot count."""
    match event:
        case VisitMoved():
            await _visit(tx, terminal_id, event)
        case UsageWritten():
            return await _usage(tx, terminal_id, event.usage, now_ms=now_ms)
        case CommandAnswered():
            await _answered(tx, terminal_id, event, now_ms=now_ms)
        case FaultChanged() | TechnicianSeen() | DiagnosisMade():
            pass
    return None


async def _tell_board(tx: Writing, terminal_id: str) -> None:
    terminal = await terminals.get(tx, terminal_id)
    if terminal is not None:
        await tx.publish(f"facility:{terminal.facility.id}")


async def _visit(tx: Writing, terminal_id: str, event: VisitMoved) -> None:
    if event.state is not VisitState.NONE:
        await sessions.visit_moved(tx, event.session_id, terminal_id, event.state.value)


async def _answered(tx: Writing, terminal_id: str, event: CommandAnswered, *, now_ms: int) -> None:
    issued = await commands.answer(tx, terminal_id, event, now_ms=now_ms)
    if issued is None or event.outcome is not CommandOutcome.DONE:
        return
    command = issued.command
    if command.kind == "extend" and command.add_s and command.session_id:
        session = await sessions.get(tx, command.session_id, lock=True)
        if session is not None and session.state == "open" and session.end_by_ms is not None:
            end_by = session.end_by_ms + command.add_s * 1000
            end_by = end_by if session.closing_at_ms is None else min(end_by, session.closing_at_ms)
            extended = session.extended_s + command.add_s
            await sessions.changed(tx, session.id, end_by_ms=end_by, extended_s=extended)


async def _usage(tx: Writing, terminal_id: str, record: UsageRecord, *, now_ms: int) -> str | None:
    """A terminal whose session was moved away while it was offline says so in a record of its own, which counts nowhere."""
    session = await sessions.get(tx, record.session_id)
    if session is None or session.terminal_id != terminal_id:
        return NOT_MINE if record.talk_delivered_ms > 0 else None
    await store_usage(tx, terminal_id, record, provisional=False, now_ms=now_ms)
    return None


async def store_usage(tx: Writing, terminal_id: str, record: UsageRecord, *, provisional: bool, now_ms: int) -> None:
    """The one record of a session, which ends it; a real record takes the place of a provisional one, nothing else does."""
    row = {
        "session_id": record.session_id,
        "terminal_id": terminal_id,
        "provisional": provisional,
        "end_reason": record.end_reason.value,
        "fault_party": record.fault_party.value,
        "ended_at_ms": record.ended_at_ms,
        "received_at_ms": now_ms,
        "body": msgspec.json.encode(record).decode(),
    }
    if (await tx.execute(_storing_usage(tx.dialect, provisional=provisional), row)).first() is None:
        return
    ended = {"state": "ended", "why": record.end_reason.value, "visit_state": "none"}
    session = await sessions.changed(tx, record.session_id, **ended)
    if session is not None:
        await talk_figures.put(tx, session, record, provisional=provisional)
    await terminals.bump(tx, terminal_id)


@cache
def _storing_usage(dialect: str, *, provisional: bool) -> ReturningInsert[Any]:
    new = insert_into(usage, dialect)
    if provisional:
        statement = new.on_conflict_do_nothing(index_elements=["session_id"])
    else:
        fresh = {each.name: new.excluded[each.name] for each in usage.c if each.name != "session_id"}
        is_replaced = usage.c.provisional.is_(True)
        statement = new.on_conflict_do_update(index_elements=["session_id"], set_=fresh, where=is_replaced)
    return statement.returning(usage.c.session_id)


async def usage_records(db: Reading, *, facility_id: str | None = None) -> list[StoredUsage]:
    """All usage records in order of their end."""
    statement = select(usage, session_table.c.facility_id, session_table.c.number).join(
        session_table, session_table.c.id == usage.c.session_id
    )
    if facility_id is not None:
        statement = statement.where(session_table.c.facility_id == facility_id)
    return [_stored(row) for row in await db.all(statement.order_by(usage.c.ended_at_ms, usage.c.session_id))]


async def last_ended(db: Reading, session_ids: Sequence[str]) -> dict[str, int]:
    """When the last visit of these sessions was over, by terminal, as its record says."""
    ended = func.max(usage.c.ended_at_ms).label("ended")
    mine = select(usage.c.terminal_id, ended).where(usage.c.session_id.in_(session_ids)).group_by(usage.c.terminal_id)
    return {row.terminal_id: int(row.ended) for row in await db.all(mine)}


async def usage_of(db: Reading, session_ids: Sequence[str]) -> dict[str, UsageRecord]:
    """The records of these sessions that terminals reported; those that stand in for one are left out."""
    mine = select(usage).where(usage.c.session_id.in_(session_ids), usage.c.provisional.is_(False))
    return {row.session_id: msgspec.json.decode(row.body, type=UsageRecord) for row in await db.all(mine)}


def _stored(row: Any) -> StoredUsage:
    return StoredUsage(
        record=msgspec.json.decode(row.body, type=UsageRecord),
        provisional=row.provisional,
        received_at_ms=row.received_at_ms,
        terminal_id=row.terminal_id,
        facility_id=row.facility_id,
        number=row.number,
    )
