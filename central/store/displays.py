"""Screens in waiting blocks: each has a code that shows queue numbers of one facility and nothing else."""

from typing import Any

from msgspec import Struct
from sqlalchemy import insert, select, update

from central.store.day_tables import displays as table
from central.store.engine import Reading, Writing


class Display(Struct, frozen=True, kw_only=True):
    """One screen. `revoked_at_ms`: since then its code shows nothing."""

    id: str
    facility_id: str
    name: str
    code_hash: str
    created_by: str
    created_at_ms: int
    revoked_at_ms: int | None = None


def _display(row: Any) -> Display:
    return Display(**row._mapping)


async def add(tx: Writing, *, id_: str, facility_id: str, name: str, code_hash: str, by: str, now_ms: int) -> Display:
    """Allow a screen."""
    display = Display(
        id=id_,
        facility_id=facility_id,
        name=name,
        code_hash=code_hash,
        created_by=by,
        created_at_ms=now_ms,
    )
    await tx.execute(insert(table).values({field: getattr(display, field) for field in display.__struct_fields__}))
    return display


async def get(db: Reading, display_id: str) -> Display | None:
    """One, or None."""
    row = await db.first(select(table).where(table.c.id == display_id))
    return None if row is None else _display(row)


async def by_code(db: Reading, code_hash: str) -> Display | None:
    """The screen that this code is for, unless it was revoked."""
    row = await db.first(select(table).where(table.c.code_hash == code_hash, table.c.revoked_at_ms.is_(None)))
    return None if row is None else _display(row)


async def every(db: Reading, facility_id: str) -> list[Display]:
    """A facility's screens that may show something, oldest first."""
    mine = select(table).where(table.c.facility_id == facility_id, table.c.revoked_at_ms.is_(None))
    return [_display(row) for row in await db.all(mine.order_by(table.c.created_at_ms, table.c.id))]


async def revoke(tx: Writing, display: Display, *, now_ms: int) -> None:
    """Its code shows nothing from now on, on whatever screen."""
    await tx.execute(update(table).where(table.c.id == display.id).values(revoked_at_ms=now_ms))
    await tx.publish(f"facility:{display.facility_id}")
