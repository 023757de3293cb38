"""Which officer heard which call: begun, agreed to by the booth, and over; the rows stay, as the audit trail does."""

from typing import Any

from msgspec import Struct
from sqlalchemy import insert, select, update

from central.store import sessions
from central.store.engine import Reading, Writing
from central.store.ids import new_id
from central.store.impossible import Impossible
from central.store.tables import sessions as session_table
from central.store.watch_tables import listens
from protocol.call import LISTEN

LOST_MS = 40_000
"""An officer's page that was not seen for so long has gone, and central with it: each says so every 10 s."""


class Listen(Struct, frozen=True, kw_only=True):
    """One officer's listening to one call; see central.store.watch_tables for the columns."""

    id: str
    session_id: str
    terminal_id: str
    user: str
    began_at_ms: int
    seen_at_ms: int
    heard_at_ms: int | None = None
    ended_at_ms: int | None = None
    why: str | None = None

    @property
    def heard_s(self) -> int:
        """For how long the call could be heard, in whole seconds."""
        if self.heard_at_ms is None or self.ended_at_ms is None:
            return 0
        return max(0, self.ended_at_ms - self.heard_at_ms) // 1000


def _listen(row: Any) -> Listen:
    return Listen(**row._mapping)


async def begin(tx: Writing, session_id: str, *, user: str, now_ms: int) -> tuple[Listen, Listen | None]:
    """Somebody begins; the second is an earlier one that is over by it: of the same officer, or of a page that is gone.

    Raises Impossible with `busy` while another officer listens, with `call_over` where no call is open.
    """
    session = await sessions.get(tx, session_id, lock=True)
    if session is None or session.state != "open":
        raise Impossible("call_over")
    open_now = select(listens).where(listens.c.session_id == session_id, listens.c.ended_at_ms.is_(None))
    row = await tx.first(open_now)
    before = None if row is None else _listen(row)
    if before is not None and before.user != user and now_ms - before.seen_at_ms < LOST_MS:
        raise Impossible("busy")
    over = None if before is None else await end(tx, before.id, "taken_over", now_ms=now_ms)
    found = Listen(
        id=new_id(LISTEN.rstrip("-")),
        session_id=session_id,
        terminal_id=session.terminal_id,
        user=user,
        began_at_ms=now_ms,
        seen_at_ms=now_ms,
    )
    await tx.execute(insert(listens).values({name: getattr(found, name) for name in found.__struct_fields__}))
    await tx.publish(f"facility:{session.facility_id}")
    return found, over


async def seen(tx: Writing, listen_id: str, *, now_ms: int, heard: bool = False) -> bool:
    """The officer's page is there; with `heard`, from now on the call is on its way to it. False: it was ended elsewhere."""
    values = {"seen_at_ms": now_ms} | ({"heard_at_ms": now_ms} if heard else {})
    mine = (listens.c.id == listen_id) & listens.c.ended_at_ms.is_(None)
    return (await tx.execute(update(listens).where(mine).values(values))).rowcount > 0


async def end(tx: Writing, listen_id: str, why: str, *, now_ms: int) -> Listen | None:
    """Over, and why; None if it was over already."""
    mine = (listens.c.id == listen_id) & listens.c.ended_at_ms.is_(None)
    statement = update(listens).where(mine).values(ended_at_ms=now_ms, why=why).returning(listens)
    row = (await tx.execute(statement)).first()
    return None if row is None else _listen(row)


async def open_at(db: Reading, facility_id: str) -> list[Listen]:
    """Who listens at this facility now."""
    joined = select(listens).join(session_table, session_table.c.id == listens.c.session_id)
    here = (session_table.c.facility_id == facility_id) & listens.c.ended_at_ms.is_(None)
    return [_listen(row) for row in await db.all(joined.where(here))]


async def lost(db: Reading, *, now_ms: int) -> list[Listen]:
    """Those whose page has not been seen for long: central ended with them."""
    gone = listens.c.ended_at_ms.is_(None) & (listens.c.seen_at_ms <= now_ms - LOST_MS)
    return [_listen(row) for row in await db.all(select(listens).where(gone))]


async def between(db: Reading, from_ms: int, to_ms: int, *, facility_id: str) -> list[Listen]:
    """All that began in [from, to) at this facility, in order."""
    joined = select(listens).join(session_table, session_table.c.id == listens.c.session_id)
    here = (session_table.c.facility_id == facility_id) & (listens.c.began_at_ms >= from_ms)
    return [
        _listen(row)
        for row in await db.all(joined.where(here, listens.c.began_at_ms < to_ms).order_by(listens.c.began_at_ms))
    ]
