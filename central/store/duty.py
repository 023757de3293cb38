"""Who is on duty: officers whose board is open or who did something a moment ago; each session keeps their names."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from central.store.engine import Reading, Writing
from central.store.tables import sessions
from central.store.watch_tables import duty, session_duty

PRESENT_MS = 90_000
"""An open board says every 30 s that its officer is there."""


async def on_duty(tx: Writing, facility_id: str, user: str, *, now_ms: int) -> None:
    """This officer is there: from now on every open session of the facility is theirs too."""
    if user not in await present(tx, facility_id, now_ms=now_ms):
        await tx.publish(f"facility:{facility_id}")
    row = {"facility_id": facility_id, "user": user, "seen_at_ms": now_ms}
    statement = tx.insert(duty).values(row)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["facility_id", "user"], set_={"seen_at_ms": now_ms})
    )
    mine = select(sessions.c.id).where(sessions.c.facility_id == facility_id, sessions.c.state == "open")
    await _keep(tx, [found.id for found in await tx.all(mine)], [user], now_ms)


async def opened(tx: Writing, session_id: str, facility_id: str, *, now_ms: int) -> None:
    """A session opens: note who is on duty."""
    await _keep(tx, [session_id], await present(tx, facility_id, now_ms=now_ms), now_ms)


async def present(db: Reading, facility_id: str, *, now_ms: int) -> list[str]:
    """Who is on duty now, by name."""
    rows = await db.all(_present(), {"of": facility_id, "since_ms": now_ms - PRESENT_MS})
    return [row.user for row in rows]


@cache
def _present() -> Select[Any]:
    here = (duty.c.facility_id == bindparam("of")) & (duty.c.seen_at_ms > bindparam("since_ms"))
    return select(duty.c.user).where(here).order_by(duty.c.user)


async def of_sessions(db: Reading, session_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Who was on duty in each of these sessions, in the order they came; one that nobody watched is left out."""
    statement = select(session_duty).where(session_duty.c.session_id.in_(session_ids))
    found: dict[str, tuple[str, ...]] = {}
    for row in await db.all(statement.order_by(session_duty.c.since_ms, session_duty.c.user)):
        found[row.session_id] = (*found.get(row.session_id, ()), row.user)
    return found


async def _keep(tx: Writing, session_ids: list[str], users: list[str], now_ms: int) -> None:
    rows = [{"session_id": one, "user": user, "since_ms": now_ms} for one in session_ids for user in users]
    if rows:
        statement = tx.insert(session_duty).values(rows)
        await tx.execute(statement.on_conflict_do_nothing(index_elements=["session_id", "user"]))
