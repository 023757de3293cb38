"""Reading the audit trail; it is written by `central.store.staff.note` alone, and nothing here changes or removes a line of it."""

from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, func, or_, select

from central.store.day_tables import registrations
from central.store.engine import Reading
from central.store.tables import audit, facilities, sessions, terminals, users


class Line(Struct, frozen=True, kw_only=True):
    """One act: who did what to what, and when. `subject` is an id."""

    id: int
    at_ms: int
    user: str
    act: str
    subject: str
    detail: dict[str, Any]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for; None: everything. `until_ms` is the first moment that is not wanted any more, `before` the id of a line.

    `facility_id`: acts on what belongs to this facility, and all acts of its own staff.
    """

    facility_id: str | None = None
    user: str | None = None
    act: str | None = None
    terminal_id: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    before: int | None = None


async def lines(db: Reading, wanted: Wanted, limit: int) -> list[Line]:
    """The lines that fit, the newest first."""
    statement = select(audit).where(*_conditions(wanted)).order_by(audit.c.id.desc()).limit(limit)
    return [
        Line(
            id=row.id,
            at_ms=row.at_ms,
            user=row.user,
            act=row.act,
            subject=row.subject,
            detail=msgspec.json.decode(row.detail, type=dict[str, Any]),
        )
        for row in await db.all(statement)
    ]


async def count(db: Reading, wanted: Wanted) -> tuple[int, int]:
    """How many lines fit, and the id of the newest of them (0 without any)."""
    figures = select(func.count().label("lines"), func.max(audit.c.id).label("newest"))
    row = await db.first(figures.where(*_conditions(wanted)))
    return (0, 0) if row is None else (int(row.lines), int(row.newest or 0))


async def words(db: Reading, wanted: Wanted) -> tuple[list[str], list[str]]:
    """The names and the acts that there are to choose from."""
    mine = Wanted(facility_id=wanted.facility_id)
    users_ = await db.all(select(audit.c.user).where(*_conditions(mine)).distinct().order_by(audit.c.user))
    acts = await db.all(select(audit.c.act).where(*_conditions(mine)).distinct().order_by(audit.c.act))
    return [row.user for row in users_], [row.act for row in acts]


async def names(db: Reading, subjects: set[str]) -> dict[str, str]:
    """What the subjects are called: facilities, terminals and users by name, sessions and registrations by number."""
    found: dict[str, str] = {}
    for table, column in (
        (facilities, facilities.c.name),
        (terminals, terminals.c.name),
        (users, users.c.name),
        (sessions, sessions.c.number),
        (registrations, registrations.c.number),
    ):
        chosen = select(table.c.id, column.label("called")).where(table.c.id.in_(sorted(subjects)))
        found |= {row.id: str(row.called) for row in await db.all(chosen)}
    return found


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    column = audit.c
    found: list[ColumnElement[bool]] = []
    if wanted.user is not None:
        found.append(column.user == wanted.user)
    if wanted.act is not None:
        found.append(column.act == wanted.act)
    if wanted.from_ms is not None:
        found.append(column.at_ms >= wanted.from_ms)
    if wanted.until_ms is not None:
        found.append(column.at_ms < wanted.until_ms)
    if wanted.before is not None:
        found.append(column.id < wanted.before)
    if wanted.terminal_id is not None:
        found.append(or_(column.subject == wanted.terminal_id, column.subject.in_(_sessions_on(wanted.terminal_id))))
    if wanted.facility_id is not None:
        found.append(_of_facility(wanted.facility_id))
    return found


def _sessions_on(terminal_id: str) -> Select[Any]:
    return select(sessions.c.id).where(sessions.c.terminal_id == terminal_id)


def _of_facility(facility_id: str) -> ColumnElement[bool]:
    owned = [
        select(table.c.id).where(table.c.facility_id == facility_id)
        for table in (terminals, sessions, registrations, users)
    ]
    of_own_staff = audit.c.user.in_(select(users.c.name).where(users.c.facility_id == facility_id))
    return or_(audit.c.subject == facility_id, of_own_staff, *(audit.c.subject.in_(each) for each in owned))
