"""Who registered for which day: added with the next queue number, decided on, told a time, and forgotten again."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import func, insert, select, update

from central.store.day_tables import registrations as table
from central.store.engine import Reading, Writing
from central.store.ids import new_id
from central.store.tables import facilities, sessions

ACTIVE = ("waiting", "approved", "absent")


class Registration(Struct, frozen=True, kw_only=True):
    """One family's wish for one day, as it is stored; see central.store.day_tables for the columns."""

    id: str
    facility_id: str
    day: str
    number: int
    visitor_name: str
    relation: str
    phone: str
    inmate_said: str
    nonce: str
    code_hash: str
    created_at_ms: int
    inmate: str = ""
    language: str = "id"
    state: str = "waiting"
    reason: str = ""
    decided_by: str | None = None
    decided_at_ms: int | None = None
    session_id: str | None = None
    told_terminal_id: str | None = None
    told_start_at_ms: int | None = None
    told_talk_s: int | None = None
    to_tell: str | None = None
    exempt_talk_s: int | None = None
    exempt_by: str | None = None
    exempt_reason: str | None = None
    make_up_of: str | None = None
    consented_at_ms: int | None = None
    erased_at_ms: int | None = None

    @property
    def queue_number(self) -> str:
        """As it is called out: 012."""
        return f"{self.number:03}"


class Wish(Struct, frozen=True, kw_only=True):
    """What a family, or an officer for a walk-in, fills in. `nonce`: of the form, so that sending it twice is once."""

    facility_id: str
    day: str
    visitor_name: str
    relation: str
    phone: str
    inmate_said: str
    nonce: str
    language: str = "id"
    consented_at_ms: int | None = None
    make_up_of: str | None = None


class Full(Exception):
    """No more is taken; `why`: day (it is full), phone (this one registered enough for it)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _registration(row: Any) -> Registration:
    return Registration(**row._mapping)


async def lock(tx: Writing, facility_id: str) -> None:
    """One at a time for a facility, so that numbers, limits and turns are counted right on both databases."""
    await tx.execute(select(facilities.c.id).where(facilities.c.id == facility_id).with_for_update())


async def add(
    tx: Writing, wish: Wish, *, id_: str, code_hash: str, most_waiting: int, most_by_phone: int, now_ms: int
) -> Registration:
    """Store a wish under the next number of its day; the same form sent again gives what is there. Raises Full."""
    await lock(tx, wish.facility_id)
    again = await tx.first(select(table).where(table.c.nonce == wish.nonce))
    if again is not None:
        return _registration(again)
    here = (table.c.facility_id == wish.facility_id) & (table.c.day == wish.day)
    living = here & table.c.state.in_(ACTIVE)
    if await _count(tx, living) >= most_waiting:
        raise Full("day")
    if wish.phone and await _count(tx, living & (table.c.phone == wish.phone)) >= most_by_phone:
        raise Full("phone")
    last = await tx.first(select(func.max(table.c.number)).where(here))
    number = ((last[0] if last is not None else None) or 0) + 1
    row = {field: getattr(wish, field) for field in wish.__struct_fields__}
    row |= {"id": id_, "number": number, "code_hash": code_hash, "created_at_ms": now_ms}
    await tx.execute(insert(table).values(row))
    await tx.publish(f"facility:{wish.facility_id}")
    stored = await get(tx, id_)
    if stored is None:
        raise RuntimeError("a registration was stored and is not there")
    return stored


async def _count(db: Reading, where: Any) -> int:
    row = await db.first(select(func.count()).select_from(table).where(where))
    return 0 if row is None else int(row[0])


def fresh_id() -> str:
    """An id for a new one."""
    return new_id("r")


async def get(db: Reading, id_: str, *, lock: bool = False) -> Registration | None:
    """One, or None; with `lock` nobody else changes it before the transaction ends."""
    statement = select(table).where(table.c.id == id_)
    row = await db.first(statement.with_for_update() if lock else statement)
    return None if row is None else _registration(row)


async def by_code(db: Reading, code_hash: str) -> Registration | None:
    """The one whose family holds this code; None once its names are removed."""
    row = await db.first(select(table).where(table.c.code_hash == code_hash, table.c.erased_at_ms.is_(None)))
    return None if row is None else _registration(row)


async def by_nonce(db: Reading, nonce: str) -> Registration | None:
    """The one that was made with this form; None if none was."""
    row = await db.first(select(table).where(table.c.nonce == nonce))
    return None if row is None else _registration(row)


async def has_same(db: Reading, wish: Wish) -> bool:
    """Whether the same family asked for the same inmate on that day already, by another form."""
    same = (
        (table.c.facility_id == wish.facility_id)
        & (table.c.day == wish.day)
        & (table.c.visitor_name == wish.visitor_name)
        & (table.c.inmate_said == wish.inmate_said)
        & (table.c.phone == wish.phone)
        & table.c.state.in_(ACTIVE)
        & (table.c.nonce != wish.nonce)
    )
    return await _count(db, same) > 0


async def make_up_of(db: Reading, id_: str) -> Registration | None:
    """The turn that makes up for the broken one of this registration; None if there is none."""
    row = await db.first(select(table).where(table.c.make_up_of == id_))
    return None if row is None else _registration(row)


async def of_day(db: Reading, facility_id: str, day: str) -> list[Registration]:
    """Everybody of a day in queue order."""
    here = (table.c.facility_id == facility_id) & (table.c.day == day)
    return [_registration(row) for row in await db.all(select(table).where(here).order_by(table.c.number))]


async def of_sessions(db: Reading, session_ids: Sequence[str]) -> dict[str, Registration]:
    """Whose sessions these are, by session."""
    rows = await db.all(select(table).where(table.c.session_id.in_(session_ids)))
    return {row.session_id: _registration(row) for row in rows}


async def used(db: Reading, facility_id: str, first_day: str, last_day: str) -> dict[str, int]:
    """How many turns each matched inmate has, or had, on these days; make-up turns do not count."""
    counted = (
        (table.c.facility_id == facility_id)
        & table.c.day.between(first_day, last_day)
        & (table.c.state == "approved")
        & (table.c.inmate != "")
        & table.c.make_up_of.is_(None)
    )
    turns = func.count().label("turns")
    rows = await db.all(select(table.c.inmate, turns).where(counted).group_by(table.c.inmate))
    return {str(row.inmate): int(row.turns) for row in rows}


async def changed(tx: Writing, id_: str, **fields: Any) -> Registration | None:
    """Change some columns and tell all who look at the facility; None if there is no such registration."""
    row = (await tx.execute(update(table).where(table.c.id == id_).values(**fields).returning(table))).first()
    if row is None:
        return None
    await tx.publish(f"facility:{row.facility_id}")
    return _registration(row)


async def erase(tx: Writing, facility_id: str, *, today: date, keep_days: int, now_ms: int) -> int:
    """Remove what says who somebody is from registrations whose day is long over; numbers and times stay. How many."""
    last = (today - timedelta(days=keep_days)).isoformat()
    old = (table.c.facility_id == facility_id) & (table.c.day < last) & table.c.erased_at_ms.is_(None)
    blank = dict.fromkeys(("visitor_name", "relation", "phone", "inmate_said", "inmate", "reason"), "")
    theirs = sessions.c.id.in_(select(table.c.session_id).where(old, table.c.session_id.is_not(None)))
    await tx.execute(update(sessions).where(theirs).values(inmate_name="", family_name=""))
    done = await tx.execute(update(table).where(old).values(**blank, exempt_reason=None, erased_at_ms=now_ms))
    return int(done.rowcount)
