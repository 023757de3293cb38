"""The latest heartbeat of each terminal, and how many there were."""

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, bindparam, case, select, update

from central.store.engine import Reading, Writing, among, insert_into
from central.store.tables import terminal_status, terminals
from protocol.terminal import TerminalStatus


class Heartbeat(Struct, frozen=True, kw_only=True):
    """What was last heard of a terminal; `count`: heartbeats since it exists; the next is due in `hold_s`."""

    terminal_id: str
    at_ms: int
    boot_id: str
    count: int
    hold_s: int
    status: TerminalStatus
    dropped_at_ms: int | None = None


async def store(tx: Writing, beats: list[Heartbeat]) -> None:
    """Add a batch; here `count` is how many are new. An older beat never replaces a newer one, but counts."""
    rows = [
        {
            "terminal_id": beat.terminal_id,
            "at_ms": beat.at_ms,
            "boot_id": beat.boot_id,
            "heartbeats": beat.count,
            "hold_s": beat.hold_s,
            "body": msgspec.json.encode(beat.status).decode(),
        }
        for beat in beats
    ]
    await tx.execute(_storing(tx.dialect), rows)


@cache
def _storing(dialect: str) -> Insert:
    statement = insert_into(terminal_status, dialect)
    new = statement.excluded
    newer = new.at_ms >= terminal_status.c.at_ms
    changes: dict[str, Any] = {
        name: case((newer, new[name]), else_=terminal_status.c[name]) for name in ("at_ms", "boot_id", "hold_s", "body")
    }
    changes["heartbeats"] = terminal_status.c.heartbeats + new.heartbeats
    return statement.on_conflict_do_update(index_elements=["terminal_id"], set_=changes)


async def of(db: Reading, terminal_ids: list[str]) -> dict[str, Heartbeat]:
    """The last beat of each of these terminals that ever sent one."""
    return {row.terminal_id: _heartbeat(row) for row in await db.all(_of_those(), {"those": among(terminal_ids)})}


@cache
def _of_those() -> Select[Any]:
    return select(terminal_status).where(terminal_status.c.terminal_id.in_(bindparam("those", expanding=True)))


async def store_drops(tx: Writing, drops: dict[str, int]) -> None:
    """When these terminals hung up; what was heard of them since counts more."""
    mine = terminal_status.c.terminal_id == bindparam("of")
    statement = update(terminal_status).where(mine).values(dropped_at_ms=bindparam("at"))
    await tx.execute(statement, [{"of": terminal_id, "at": at_ms} for terminal_id, at_ms in drops.items()])


async def latest(db: Reading, facility_id: str | None = None) -> dict[str, Heartbeat]:
    """The last beat of every terminal that ever sent one, by terminal."""
    statement = select(terminal_status)
    if facility_id is not None:
        statement = statement.join(terminals, terminals.c.id == terminal_status.c.terminal_id)
        statement = statement.where(terminals.c.facility_id == facility_id)
    return {row.terminal_id: _heartbeat(row) for row in await db.all(statement)}


def _heartbeat(row: Any) -> Heartbeat:
    return Heartbeat(
        terminal_id=row.terminal_id,
        at_ms=row.at_ms,
        boot_id=row.boot_id,
        count=row.heartbeats,
        hold_s=row.hold_s,
        status=msgspec.json.decode(row.body, type=TerminalStatus),
        dropped_at_ms=row.dropped_at_ms,
    )
