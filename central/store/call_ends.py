"""Where the sockets of calls are, and what is on its way between instances; PostgreSQL only, in the database's own time."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, delete, literal_column, select, update

from central.store.call_tables import call_ends, call_messages, call_stills, instances
from central.store.engine import Reading, Writing

_NOW = literal_column("(extract(epoch from clock_timestamp()) * 1000)::bigint", BigInteger)

DEAD_MS = 8_000
"""An instance that did not show itself for so long has ended, or cannot reach the database."""
LATE_MS = 15_000
"""Signalling that took longer is of no use: the ends have begun anew."""
KEPT_LEFT_MS = 600_000


class Place(Struct, frozen=True, kw_only=True):
    """Who has one role of one call; `about`: JSON of central.calls.remote.About."""

    session_id: str
    role: str
    end_id: str
    instance_id: str
    turn: int
    about: str
    is_there: bool


class Passing(Struct, frozen=True, kw_only=True):
    """One message between instances; `seq` grows by one for each of its origin."""

    seq: int
    to_instance: str
    to_end: str
    body: str


async def show(tx: Writing, instance_id: str) -> bool:
    """This instance lives; true if the others had not known it, or given it up."""
    alive = update(instances).where(instances.c.id == instance_id).values(seen_at_ms=_NOW).returning(instances.c.id)
    if (await tx.execute(alive)).first() is not None:
        return False
    row = tx.insert(instances).values(id=instance_id, started_at_ms=_NOW, seen_at_ms=_NOW)
    await tx.execute(row.on_conflict_do_nothing(index_elements=["id"]))
    return True


async def bury(tx: Writing) -> set[str]:
    """Take away instances that do not show themselves, and the ends of all that are not there; their sessions."""
    await tx.execute(delete(instances).where(instances.c.seen_at_ms < _NOW - DEAD_MS))
    there = select(instances.c.id)
    gone = call_ends.c.left_at_ms.is_(None) & call_ends.c.instance_id.not_in(there)
    left = update(call_ends).where(gone).values(left_at_ms=_NOW).returning(call_ends.c.session_id)
    return {row.session_id for row in (await tx.execute(left)).all()}


async def tidy(tx: Writing) -> None:
    """Remove what nobody needs any more."""
    await tx.execute(delete(call_ends).where(call_ends.c.left_at_ms < _NOW - KEPT_LEFT_MS))
    await tx.execute(delete(call_messages).where(call_messages.c.at_ms < _NOW - LATE_MS))
    families = select(call_ends.c.end_id).where(call_ends.c.left_at_ms.is_(None))
    await tx.execute(delete(call_stills).where(call_stills.c.end_id.not_in(families)))


async def take_leave(tx: Writing, instance_id: str) -> set[str]:
    """This instance ends in order: its ends have left; their sessions."""
    await tx.execute(delete(instances).where(instances.c.id == instance_id))
    mine = call_ends.c.left_at_ms.is_(None) & (call_ends.c.instance_id == instance_id)
    left = update(call_ends).where(mine).values(left_at_ms=_NOW).returning(call_ends.c.session_id)
    return {row.session_id for row in (await tx.execute(left)).all()}


async def others(db: Reading, instance_id: str) -> int:
    """How many other instances show themselves."""
    fresh = instances.c.seen_at_ms >= _NOW - DEAD_MS
    return len(await db.all(select(instances.c.id).where(fresh, instances.c.id != instance_id)))


async def enter(tx: Writing, place: Place, *, is_new: bool) -> int:
    """Take the place; a newcomer always gets it, whoever only says again that it is there does not push out another; the turn."""
    row = {"end_id": place.end_id, "instance_id": place.instance_id, "about": place.about, "left_at_ms": None}
    statement = tx.insert(call_ends).values(session_id=place.session_id, role=place.role, turn=1, **row)
    mine = (call_ends.c.end_id == place.end_id) | call_ends.c.left_at_ms.is_not(None)
    turn = call_ends.c.turn + 1 if is_new else call_ends.c.turn
    put = statement.on_conflict_do_update(
        index_elements=["session_id", "role"], set_=row | {"turn": turn}, where=None if is_new else mine
    )
    found = (await tx.execute(put.returning(call_ends.c.turn))).first()
    return 0 if found is None else int(found.turn)


async def leave(tx: Writing, end_ids: Collection[str]) -> None:
    """These ends have gone; who has taken their place meanwhile keeps it."""
    await tx.execute(update(call_ends).where(call_ends.c.end_id.in_(end_ids)).values(left_at_ms=_NOW))
    await tx.execute(delete(call_stills).where(call_stills.c.end_id.in_(end_ids)))


async def places(db: Reading, session_ids: Collection[str] | None) -> list[Place]:
    """Who has the roles of these calls (None: of all that anybody is in)."""
    which = call_ends.c.left_at_ms.is_(None) if session_ids is None else call_ends.c.session_id.in_(session_ids)
    return [
        Place(
            session_id=row.session_id,
            role=row.role,
            end_id=row.end_id,
            instance_id=row.instance_id,
            turn=row.turn,
            about=row.about,
            is_there=row.left_at_ms is None,
        )
        for row in await db.all(select(call_ends).where(which))
    ]


async def send(tx: Writing, origin: str, messages: Sequence[Passing]) -> None:
    """Put messages on their way; the same one again changes nothing."""
    statement = tx.insert(call_messages).values(at_ms=_NOW)
    rows: list[dict[str, Any]] = [
        {"origin": origin, "seq": each.seq, "to_instance": each.to_instance, "to_end": each.to_end, "body": each.body}
        for each in messages
    ]
    await tx.execute(statement.on_conflict_do_nothing(index_elements=["origin", "seq"]), rows)


async def receive(tx: Writing, instance_id: str) -> list[tuple[str, Passing]]:
    """Take what has come for this instance: (origin, message), each origin's in its order; what is late is thrown away."""
    mine = delete(call_messages).where(call_messages.c.to_instance == instance_id)
    is_late = (call_messages.c.at_ms < _NOW - LATE_MS).label("is_late")
    rows = (await tx.execute(mine.returning(call_messages, is_late))).all()
    found = [
        (
            str(row.origin),
            Passing(seq=row.seq, to_instance=row.to_instance, to_end=row.to_end, body=row.body),
        )
        for row in rows
        if not row.is_late
    ]
    return sorted(found, key=lambda each: (each[0], each[1].seq))


async def put_still(tx: Writing, session_id: str, end_id: str, digest: str, jpeg: bytes) -> None:
    """The newest picture of who waits."""
    row = {"end_id": end_id, "digest": digest, "jpeg": jpeg}
    statement = tx.insert(call_stills).values(session_id=session_id, **row)
    await tx.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=row))


async def remove_stills(tx: Writing, session_ids: Iterable[str]) -> None:
    """Nobody waits there any more."""
    await tx.execute(delete(call_stills).where(call_stills.c.session_id.in_(list(session_ids))))


async def still_digests(db: Reading, session_ids: Collection[str]) -> dict[str, str]:
    """Which pictures there are, by session."""
    which = call_stills.c.session_id.in_(session_ids)
    rows = await db.all(select(call_stills.c.session_id, call_stills.c.digest).where(which))
    return {row.session_id: row.digest for row in rows}


async def still(db: Reading, session_id: str) -> bytes | None:
    """The picture itself."""
    row = await db.first(select(call_stills.c.jpeg).where(call_stills.c.session_id == session_id))
    return None if row is None else bytes(row.jpeg)
