"""Sums for whoever watches over the server; no ids, no names."""

import re
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Select, func, select

from central.store.engine import Reading
from central.store.tables import rejected, sessions, terminal_status, terminals

_NONE_WAITS = '%"outbox_waiting":0,%'
_WAITING = re.compile(r'"outbox_waiting":(\d+)')


class Heard(Struct, frozen=True, kw_only=True):
    """When an enrolled terminal was heard last, and within which time it is due again."""

    at_ms: int | None
    hold_s: int


async def heard(db: Reading) -> list[Heard]:
    """Every terminal that is enrolled and not revoked."""
    joined = terminals.outerjoin(terminal_status, terminal_status.c.terminal_id == terminals.c.id)
    mine = terminals.c.enrolled_at_ms.is_not(None) & terminals.c.revoked_at_ms.is_(None)
    rows = await db.all(select(terminal_status.c.at_ms, terminal_status.c.hold_s).select_from(joined).where(mine))
    return [Heard(at_ms=row.at_ms, hold_s=row.hold_s or 0) for row in rows]


async def outboxes(db: Reading) -> Sequence[int]:
    """How many reports wait, for each terminal at which any do, by its last heartbeat."""
    some = select(terminal_status.c.body).where(terminal_status.c.body.not_like(_NONE_WAITS))
    found = [_WAITING.search(row.body) for row in await db.all(some)]
    return [int(each[1]) for each in found if each is not None and each[1] != "0"]


async def open_calls(db: Reading) -> int:
    """Call sessions that a booth has open."""
    return await _count(db, select(func.count()).select_from(sessions).where(sessions.c.state == "open"))


async def rejected_reports(db: Reading) -> int:
    """Reports that could not count and that nobody has looked at."""
    return await _count(db, select(func.count()).select_from(rejected).where(rejected.c.seen_at_ms.is_(None)))


async def _count(db: Reading, statement: Select[int]) -> int:
    row = await db.first(statement)
    return 0 if row is None else int(row[0])
