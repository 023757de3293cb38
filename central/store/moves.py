"""A call that moves to another booth in the middle: asked for, ended where it was, and gone on with as a session of its own."""

from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select, update

from central.credentials import hashed, link_token
from central.store import sessions
from central.store.day_tables import registrations
from central.store.engine import Reading, Writing
from central.store.ids import new_id
from central.store.move_tables import moves
from central.store.sessions import CallSession
from central.store.tables import sessions as session_table
from central.store.tables import usage
from protocol.outcome import EndReason, UsageRecord

LEAST_S = 15
"""Less than this is not worth another check-in."""
MOST_MOVES = 20


class Move(Struct, frozen=True, kw_only=True):
    """One call on its way to another booth; see central.store.move_tables for the columns."""

    session_id: str
    terminal_id: str
    moved_by: str
    asked_at_ms: int
    done_at_ms: int | None = None
    follow_up_id: str | None = None


def _move(row: Any) -> Move:
    return Move(**row._mapping)


async def ask(tx: Writing, session_id: str, terminal_id: str, *, by: str, now_ms: int) -> None:
    """It is to go on there once it has ended where it is; asked again, the last booth counts."""
    row = {"terminal_id": terminal_id, "moved_by": by, "asked_at_ms": now_ms}
    statement = tx.insert(moves).values(row | {"session_id": session_id})
    open_yet = moves.c.done_at_ms.is_(None)
    await tx.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=row, where=open_yet))


async def due(db: Reading) -> list[Move]:
    """Those whose session has ended as moved, and that do not go on yet."""
    joined = select(moves).join(session_table, session_table.c.id == moves.c.session_id)
    over = (session_table.c.state == "ended") & (session_table.c.why == EndReason.MOVED.value)
    return [_move(row) for row in await db.all(joined.where(moves.c.done_at_ms.is_(None), over))]


async def go_on(tx: Writing, move: Move, *, link_secret: str, now_ms: int) -> CallSession | None:
    """Plan what was left at the other booth, now; None where too little was, or somebody did it already.

    The family keeps its link, its browser and its admission.
    """
    before = await sessions.get(tx, move.session_id, lock=True)
    row = await tx.first(select(moves.c.done_at_ms).where(moves.c.session_id == move.session_id))
    if before is None or row is None or row.done_at_ms is not None:
        return None
    left_s = await _left_s(tx, before)
    fresh = None if left_s < LEAST_S else _follow_up(before, move, left_s, link_secret, now_ms)
    if fresh is not None:
        await sessions.add(tx, [fresh], now_ms=now_ms)
        mine = registrations.c.session_id == before.id
        await tx.execute(update(registrations).where(mine).values(session_id=fresh.id))
    values = {"done_at_ms": now_ms, "follow_up_id": None if fresh is None else fresh.id}
    await tx.execute(update(moves).where(moves.c.session_id == move.session_id).values(values))
    await tx.publish(f"session:{before.id}", f"facility:{before.facility_id}")
    return fresh


async def latest(db: Reading, session: CallSession | None) -> CallSession | None:
    """Where a session goes on, if it was moved: what its link is good for now."""
    for _ in range(MOST_MOVES):
        if session is None or session.state != "ended":
            break
        row = await db.first(select(moves.c.follow_up_id).where(moves.c.session_id == session.id))
        if row is None or row.follow_up_id is None:
            break
        session = await sessions.get(db, row.follow_up_id)
    return session


async def _left_s(tx: Writing, session: CallSession) -> int:
    row = await tx.first(select(usage.c.body).where(usage.c.session_id == session.id))
    if row is None:
        return session.talk_s + session.extended_s
    record = msgspec.json.decode(row.body, type=UsageRecord)
    return record.talk_promised_s + record.talk_extended_s - record.talk_delivered_ms // 1000


def _follow_up(before: CallSession, move: Move, left_s: int, link_secret: str, now_ms: int) -> CallSession:
    session_id = new_id("s")
    return CallSession(
        id=session_id,
        facility_id=before.facility_id,
        terminal_id=move.terminal_id,
        number=before.number,
        start_at_ms=now_ms,
        talk_s=left_s,
        inmate_name=before.inmate_name,
        family_name=before.family_name,
        created_at_ms=now_ms,
        link_hash=hashed(link_token(link_secret, session_id)),
        closing_at_ms=before.closing_at_ms,
        call_kind=before.call_kind,
        call_url=before.call_url,
        pin_hash=before.pin_hash,
        claim_hash=before.claim_hash,
        claimed_at_ms=before.claimed_at_ms,
        admitted_at_ms=before.admitted_at_ms,
        admitted_by=before.admitted_by,
        pinned_by=move.moved_by,
    )
