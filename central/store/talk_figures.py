"""The figures of usage records as reports add them up, kept in step with the records."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, or_, select, update

from central.store import values
from central.store.engine import Database, Reading, Writing, insert_into
from central.store.move_tables import moves
from central.store.report_tables import talk_figures
from central.store.sessions import CallSession
from central.store.tables import sessions, usage
from protocol.outcome import UsageRecord

BATCH = 1000
ALL_THERE = "talk_figures"
"""The value that says that no older record is without its figures."""


class Said(Struct, frozen=True, kw_only=True):
    """The part of a stored record that is added up; what an older agent did not report is nought."""

    talk_promised_s: int = 0
    talk_extended_s: int = 0
    talk_delivered_ms: int = 0
    interrupted_ms: int = 0
    interruptions: int = 0
    ended_by: str | None = None


_said = msgspec.json.Decoder(Said).decode


def _columns(record: UsageRecord | Said) -> dict[str, int | str | None]:
    return {
        "promised_s": record.talk_promised_s,
        "extended_s": record.talk_extended_s,
        "delivered_ms": record.talk_delivered_ms,
        "interrupted_ms": record.interrupted_ms,
        "interruptions": record.interruptions,
        "ended_by": record.ended_by,
    }


async def put(tx: Writing, session: CallSession, record: UsageRecord, *, provisional: bool) -> None:
    """Store what a record that was just stored says, in place of what stood for the one before.

    Where the call went on from another booth, that one's promise is told apart: it was given once.
    """
    row = _columns(record) | {
        "facility_id": session.facility_id,
        "terminal_id": session.terminal_id,
        "start_at_ms": session.start_at_ms,
        "end_reason": record.end_reason.value,
        "fault_party": record.fault_party.value,
        "provisional": provisional,
    }
    await _store(tx, session.id, row)
    await tx.execute(_carrying(), {"follow_up": session.id, "promise_s": record.talk_promised_s})


@cache
def _carrying() -> Update:
    begun = select(moves.c.session_id).where(moves.c.follow_up_id == bindparam("follow_up")).scalar_subquery()
    carried = update(talk_figures).where(talk_figures.c.session_id == begun)
    return carried.values(carried_s=bindparam("promise_s"))


async def _store(tx: Writing, session_id: str, row: dict[str, int | str | None]) -> None:
    await tx.execute(_storing(tx.dialect, tuple(row)), row | {"session_id": session_id})


@cache
def _storing(dialect: str, names: tuple[str, ...]) -> Insert:
    new = insert_into(talk_figures, dialect)
    fresh = {name: new.excluded[name] for name in names}
    return new.on_conflict_do_update(index_elements=["session_id"], set_=fresh)


async def lay_out(database: Database) -> int:
    """Write the figures of records that an older central stored, some at a time; how many. Safe to repeat.

    They are looked for without holding up whoever writes: that may take seconds where there are millions.
    """
    count = 0
    while True:
        async with database.read() as db:
            found = [row.session_id for row in await db.all(_without().limit(BATCH))]
            if not found and await are_all_there(db):
                return count
        async with database.write() as tx:
            await _lay_out(tx, found)
            if not found:
                await values.put(tx, ALL_THERE, "all")
        count += len(found)


def _without() -> Select[Any]:
    """Records without figures, or with those of the provisional one before."""
    stale = or_(
        talk_figures.c.session_id.is_(None),
        talk_figures.c.provisional.is_(True) & usage.c.provisional.is_(False),
    )
    return (
        select(usage, sessions.c.facility_id, sessions.c.start_at_ms)
        .join(sessions, sessions.c.id == usage.c.session_id)
        .outerjoin(talk_figures, talk_figures.c.session_id == usage.c.session_id)
        .where(stale)
    )


async def _lay_out(tx: Writing, session_ids: list[str]) -> None:
    kept = ("facility_id", "terminal_id", "start_at_ms", "end_reason", "fault_party", "provisional")
    for row in await tx.all(_without().where(usage.c.session_id.in_(session_ids))):
        await _store(tx, row.session_id, _columns(_said(row.body)) | {name: getattr(row, name) for name in kept})


async def are_all_there(db: Reading) -> bool:
    """Whether reports tell of every record; not so for a while after an upgrade."""
    return await values.get(db, ALL_THERE) is not None
