"""The last boots of each terminal, and what an officer decided about two that ran at once."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, case, delete, null, select, update

from central.clones import Boot
from central.store import terminals
from central.store.engine import Reading, Writing, among, insert_into
from central.store.impossible import Impossible
from central.store.tables import terminal_boots
from central.store.tables import terminals as terminal_table

KEPT = 8


def _boot(row: Any) -> Boot:
    return Boot(
        boot_id=row.boot_id,
        began_at_ms=row.began_at_ms,
        first_at_ms=row.first_at_ms,
        cloned_at_ms=row.cloned_at_ms,
        refused_at_ms=row.refused_at_ms,
    )


async def of_terminal(db: Reading, terminal_id: str) -> tuple[Boot, ...]:
    """Its boots, the one first heard first."""
    return (await of_terminals(db, [terminal_id])).get(terminal_id, ())


async def of_terminals(db: Reading, terminal_ids: Collection[str]) -> dict[str, tuple[Boot, ...]]:
    """The boots of each, the one first heard first; nothing of one that was never heard."""
    found: dict[str, tuple[Boot, ...]] = {}
    for row in await db.all(_of_those(), {"those": among(terminal_ids)}):
        found[row.terminal_id] = (*found.get(row.terminal_id, ()), _boot(row))
    return found


@cache
def _of_those() -> Any:
    theirs = terminal_boots.c.terminal_id.in_(bindparam("those", expanding=True))
    return _in_order(select(terminal_boots).where(theirs))


async def clones(db: Reading, facility_id: str | None) -> dict[str, tuple[Boot, ...]]:
    """The boots among which an officer has to choose, by terminal."""
    joined = select(terminal_boots).join(terminal_table, terminal_table.c.id == terminal_boots.c.terminal_id)
    waiting = terminal_table.c.cloned_at_ms.is_not(None) & _undecided()
    found: dict[str, tuple[Boot, ...]] = {}
    if facility_id is not None:
        waiting = waiting & (terminal_table.c.facility_id == facility_id)
    for row in await db.all(_in_order(joined.where(waiting))):
        found[row.terminal_id] = (*found.get(row.terminal_id, ()), _boot(row))
    return found


def _in_order(statement: Any) -> Any:
    return statement.order_by(terminal_boots.c.first_at_ms, terminal_boots.c.boot_id)


def _undecided() -> Any:
    return terminal_boots.c.cloned_at_ms.is_not(None) & terminal_boots.c.refused_at_ms.is_(None)


async def store(tx: Writing, fresh: dict[str, list[Boot]]) -> None:
    """Remember these boots by terminal, each with its earliest beginning; thousands cost one statement."""
    rows = [
        {
            "terminal_id": terminal_id,
            "boot_id": boot.boot_id,
            "began_at_ms": boot.began_at_ms,
            "first_at_ms": boot.first_at_ms,
        }
        for terminal_id, found in sorted(fresh.items())
        for boot in found
    ]
    await tx.execute(_storing(tx.dialect), rows)


@cache
def _storing(dialect: str) -> Insert:
    statement = insert_into(terminal_boots, dialect)
    earlier = case(
        (statement.excluded.began_at_ms < terminal_boots.c.began_at_ms, statement.excluded.began_at_ms),
        else_=terminal_boots.c.began_at_ms,
    )
    return statement.on_conflict_do_update(index_elements=["terminal_id", "boot_id"], set_={"began_at_ms": earlier})


async def prune(tx: Writing, terminal_id: str) -> None:
    """Forget the oldest beyond KEPT, but none that is refused."""
    known = [boot for boot in await of_terminal(tx, terminal_id) if boot.refused_at_ms is None]
    for old in known[:-KEPT]:
        await tx.execute(delete(terminal_boots).where(_one(terminal_id, old.boot_id)))


async def mark_cloned(tx: Writing, terminal_id: str, both: list[Boot], *, now_ms: int) -> None:
    """These boots ran at once: nothing is opened until an officer has chosen one of them."""
    await store(tx, {terminal_id: both})
    for boot in both:
        await tx.execute(update(terminal_boots).where(_one(terminal_id, boot.boot_id)).values(cloned_at_ms=now_ms))
    await _decide(tx, terminal_id, now_ms)


async def approve(tx: Writing, terminal_id: str, boot_id: str | None, *, now_ms: int) -> Boot:
    """The PC of this boot (None: the one that was there first) is the real one; the others are refused from now on.

    Returns the chosen boot; raises Impossible in words.
    """
    terminal = await terminals.get(tx, terminal_id)
    if terminal is None:
        raise Impossible(f"there is no terminal {terminal_id}")
    if terminal.cloned_at_ms is None:
        raise Impossible(f"terminal {terminal_id} is used by one computer only: there is nothing to approve")
    waiting = [boot for boot in await of_terminal(tx, terminal_id) if boot.cloned_at_ms and boot.refused_at_ms is None]
    chosen = next((boot for boot in waiting if boot_id in (None, boot.boot_id)), None)
    if chosen is None:
        names = ", ".join(boot.boot_id for boot in waiting)
        raise Impossible(f"terminal {terminal_id} was not seen under {boot_id}; there are: {names}")
    others = _undecided() & (terminal_boots.c.terminal_id == terminal_id) & (terminal_boots.c.boot_id != chosen.boot_id)
    await tx.execute(update(terminal_boots).where(others).values(refused_at_ms=now_ms))
    await tx.execute(update(terminal_boots).where(_one(terminal_id, chosen.boot_id)).values(cloned_at_ms=null()))
    await _decide(tx, terminal_id, None)
    return chosen


async def _decide(tx: Writing, terminal_id: str, cloned_at_ms: int | None) -> None:
    changed = update(terminal_table).where(terminal_table.c.id == terminal_id).values(cloned_at_ms=cloned_at_ms)
    row = (await tx.execute(changed.returning(terminal_table.c.facility_id))).one()
    await terminals.bump(tx, terminal_id)
    await tx.publish(f"facility:{row.facility_id}")


def _one(terminal_id: str, boot_id: str) -> Any:
    return (terminal_boots.c.terminal_id == terminal_id) & (terminal_boots.c.boot_id == boot_id)
