"""Stretches of one state and attempts to get out, as the database keeps them."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, bindparam, case, delete, func, select

from central.health import FAULTS_MOST, Span, State
from central.store.engine import Reading, Writing, among, insert_into
from central.store.health_tables import terminal_escapes, terminal_health

KIND_MOST = 64


def _span(row: Any) -> Span:
    state = State(
        boot_id=row.boot_id,
        mode=row.mode,
        faults=tuple(code for code in row.faults.split(",") if code),
        window_up=row.window_up,
        shell_up=row.shell_up,
        agent_version=row.agent_version,
    )
    return Span(terminal_id=row.terminal_id, from_ms=row.from_ms, to_ms=row.to_ms, state=state)


def _row(span: Span) -> dict[str, Any]:
    state = span.state
    return {
        "terminal_id": span.terminal_id,
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
        "boot_id": state.boot_id,
        "mode": state.mode,
        "faults": ",".join(state.faults)[:FAULTS_MOST],
        "window_up": state.window_up,
        "shell_up": state.shell_up,
        "agent_version": state.agent_version,
    }


async def newest(db: Reading, terminal_ids: list[str]) -> dict[str, Span]:
    """The stretch that began last, of each of these terminals that has one."""
    return {row.terminal_id: _span(row) for row in await db.all(_newest(), {"those": among(terminal_ids)})}


@cache
def _newest() -> Select[Any]:
    column = terminal_health.c.terminal_id
    latest = select(column, func.max(terminal_health.c.from_ms).label("from_ms"))
    begun = latest.where(column.in_(bindparam("those", expanding=True))).group_by(column).subquery()
    is_it = (terminal_health.c.terminal_id == begun.c.terminal_id) & (terminal_health.c.from_ms == begun.c.from_ms)
    return select(terminal_health).join(begun, is_it)


async def store(tx: Writing, spans: list[Span]) -> None:
    """Write new stretches, and move the ends of known ones; an end never moves back."""
    if spans:
        await tx.execute(_storing(tx.dialect), [_row(span) for span in spans])


@cache
def _storing(dialect: str) -> Insert:
    statement = insert_into(terminal_health, dialect)
    new, old = statement.excluded, terminal_health.c
    later = case((new.to_ms > old.to_ms, new.to_ms), else_=old.to_ms)
    return statement.on_conflict_do_update(index_elements=["terminal_id", "from_ms"], set_={"to_ms": later})


async def between(db: Reading, terminal_id: str, from_ms: int, to_ms: int) -> list[Span]:
    """The stretches of a terminal that reach into this time, the oldest first."""
    column = terminal_health.c
    mine = (column.terminal_id == terminal_id) & (column.to_ms >= from_ms) & (column.from_ms < to_ms)
    return [_span(row) for row in await db.all(select(terminal_health).where(mine).order_by(column.from_ms))]


async def count_escapes(tx: Writing, hour_ms: int, fresh: dict[str, dict[str, int]]) -> None:
    """So many more attempts of each kind, by terminal."""
    rows = [
        {"terminal_id": terminal_id, "hour_ms": hour_ms, "kind": kind[:KIND_MOST], "count": count}
        for terminal_id, kinds in fresh.items()
        for kind, count in kinds.items()
    ]
    if not rows:
        return
    statement = tx.insert(terminal_escapes)
    more = {"count": terminal_escapes.c["count"] + statement.excluded["count"]}
    same = ["terminal_id", "hour_ms", "kind"]
    await tx.execute(statement.on_conflict_do_update(index_elements=same, set_=more), rows)


async def escapes(db: Reading, terminal_id: str, since_ms: int) -> list[tuple[int, str, int]]:
    """Hour, kind and count of the attempts since then, the oldest first."""
    column = terminal_escapes.c
    mine = (column.terminal_id == terminal_id) & (column.hour_ms >= since_ms)
    chosen = select(column.hour_ms, column.kind, column["count"].label("times"))
    rows = await db.all(chosen.where(mine).order_by(column.hour_ms, column.kind))
    return [(row.hour_ms, row.kind, row.times) for row in rows]


async def forget(tx: Writing, before_ms: int) -> int:
    """Remove all that lies wholly before this moment; how many rows that were."""
    spans = await tx.execute(delete(terminal_health).where(terminal_health.c.to_ms < before_ms))
    hours = await tx.execute(delete(terminal_escapes).where(terminal_escapes.c.hour_ms < before_ms))
    return spans.rowcount + hours.rowcount


async def keep_newest(tx: Writing, terminal_id: str, most: int) -> None:
    """Forget all but the newest stretches of a terminal whose state flaps."""
    column = terminal_health.c
    mine: ColumnElement[bool] = column.terminal_id == terminal_id
    kept = select(column.from_ms).where(mine).order_by(column.from_ms.desc()).limit(1).offset(most - 1)
    row = await tx.first(kept)
    if row is not None:
        await tx.execute(delete(terminal_health).where(mine, column.from_ms < row.from_ms))
