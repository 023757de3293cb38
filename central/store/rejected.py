"""Rows of an outbox that could not count: kept as they came, until somebody has looked at them."""

import hashlib
from typing import Any

from msgspec import Struct
from sqlalchemy import select, update

from central.store import terminals
from central.store.engine import Reading, Writing
from central.store.tables import rejected
from central.store.tables import terminals as terminal_table


class Reject(Struct, frozen=True, kw_only=True):
    """One row that cannot count, its JSON as text, and why not in words for whoever runs central."""

    seq: int
    why: str
    body: str


class Kept(Struct, frozen=True, kw_only=True):
    """A row that was kept; `seen_at_ms`: when staff said that they know of it."""

    id: int
    terminal_id: str
    boot_id: str
    seq: int
    received_at_ms: int
    why: str
    body: str
    seen_at_ms: int | None


async def keep(tx: Writing, terminal_id: str, boot_id: str, reject: Reject, *, now_ms: int) -> None:
    """Store it once, however often it is sent, and tell the board."""
    body = reject.body.replace("\x00", "")
    row = {
        "terminal_id": terminal_id,
        "boot_id": boot_id,
        "seq": reject.seq,
        "digest": hashlib.sha256(body.encode()).hexdigest(),
        "received_at_ms": now_ms,
        "why": reject.why[:200],
        "body": body,
    }
    same = ["terminal_id", "boot_id", "seq", "digest"]
    await tx.execute(tx.insert(rejected).values(row).on_conflict_do_nothing(index_elements=same))
    terminal = await terminals.get(tx, terminal_id)
    if terminal is not None:
        await tx.publish(f"facility:{terminal.facility.id}")


async def every(db: Reading, *, unseen: bool = True) -> list[Kept]:
    """All that were kept, or those that nobody has looked at, oldest first."""
    statement = select(rejected).order_by(rejected.c.id)
    return [
        _kept(row) for row in await db.all(statement.where(rejected.c.seen_at_ms.is_(None)) if unseen else statement)
    ]


async def waiting(db: Reading, facility_id: str) -> set[str]:
    """The terminals of a facility that sent something nobody has looked at."""
    joined = select(rejected.c.terminal_id).join(terminal_table, terminal_table.c.id == rejected.c.terminal_id)
    unseen = rejected.c.seen_at_ms.is_(None) & (terminal_table.c.facility_id == facility_id)
    return {row.terminal_id for row in await db.all(joined.where(unseen).distinct())}


async def seen(tx: Writing, row_id: int, *, now_ms: int) -> bool:
    """Somebody has looked at it: it alarms no more, and stays; false if there is no such row."""
    mine = update(rejected).where(rejected.c.id == row_id).values(seen_at_ms=now_ms)
    row = (await tx.execute(mine.returning(rejected.c.terminal_id))).first()
    terminal = None if row is None else await terminals.get(tx, row.terminal_id)
    if terminal is None:
        return False
    await tx.publish(f"facility:{terminal.facility.id}")
    return True


def _kept(row: Any) -> Kept:
    return Kept(**{name: getattr(row, name) for name in Kept.__struct_fields__})
