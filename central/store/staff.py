"""Staff: who they are, their logins, and what they did."""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from central.store.engine import Reading, Writing
from central.store.ids import new_id
from central.store.impossible import Impossible
from central.store.tables import audit, staff_sessions, users


class Role(StrEnum):
    """What a user may do, least first."""

    VIEWER = "viewer"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class User(Struct, frozen=True, kw_only=True):
    """One of the staff; without a facility: all of them."""

    id: str
    name: str
    role: Role
    facility_id: str | None
    password_hash: str
    failed: int
    locked_until_ms: int | None


class StaffSession(Struct, frozen=True, kw_only=True):
    """A login that lasts."""

    user: User
    csrf: str
    created_at_ms: int
    seen_at_ms: int
    expires_at_ms: int


def _user(row: Any) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        facility_id=row.facility_id,
        password_hash=row.password_hash,
        failed=row.failed,
        locked_until_ms=row.locked_until_ms,
    )


async def add_user(
    tx: Writing, *, name: str, role: Role, facility_id: str | None, password_hash: str, now_ms: int
) -> str:
    """Create one; returns its id; raises Impossible if the name is taken."""
    if await by_name(tx, name) is not None:
        raise Impossible(f"there is a user called {name} already")
    user_id = new_id("u")
    row = {"id": user_id, "name": name, "role": role.value, "facility_id": facility_id, "password_hash": password_hash}
    await tx.execute(insert(users).values(row | {"created_at_ms": now_ms}))
    return user_id


async def by_name(db: Reading, name: str) -> User | None:
    """The user who logs in by this name, or None."""
    row = await db.first(select(users).where(users.c.name == name))
    return None if row is None else _user(row)


async def every(db: Reading) -> list[User]:
    """All users by name."""
    return [_user(row) for row in await db.all(select(users).order_by(users.c.name))]


async def change_password(tx: Writing, user: User, password_hash: str) -> None:
    """A new password; every login under the old one ends."""
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.user_id == user.id))
    row = {"password_hash": password_hash, "failed": 0, "locked_until_ms": None}
    await tx.execute(update(users).where(users.c.id == user.id).values(row))


async def remove_user(tx: Writing, user: User) -> None:
    """They can log in no more, and their logins end; what they did stays in the audit trail."""
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.user_id == user.id))
    await tx.execute(delete(users).where(users.c.id == user.id))


async def note_login(tx: Writing, user_id: str, *, failed: int, locked_until_ms: int | None) -> None:
    """Remember how many tries in a row failed (0 after a good one) and until when no more are taken."""
    row = {"failed": failed, "locked_until_ms": locked_until_ms}
    await tx.execute(update(users).where(users.c.id == user_id).values(row))


async def add_session(tx: Writing, *, id_hash: str, user_id: str, csrf: str, now_ms: int, expires_at_ms: int) -> None:
    """Remember a login; only the hash of its id is known here."""
    row = {"id_hash": id_hash, "user_id": user_id, "csrf": csrf, "created_at_ms": now_ms, "seen_at_ms": now_ms}
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.expires_at_ms <= now_ms))
    await tx.execute(insert(staff_sessions).values(row | {"expires_at_ms": expires_at_ms}))


async def session(db: Reading, id_hash: str, *, now_ms: int) -> StaffSession | None:
    """The login behind a cookie, unless it has expired."""
    joined = select(
        users,
        staff_sessions.c.csrf,
        staff_sessions.c.created_at_ms.label("begun_at_ms"),
        staff_sessions.c.seen_at_ms,
        staff_sessions.c.expires_at_ms,
    ).join(staff_sessions, staff_sessions.c.user_id == users.c.id)
    alive = (staff_sessions.c.id_hash == id_hash) & (staff_sessions.c.expires_at_ms > now_ms)
    row = await db.first(joined.where(alive))
    if row is None:
        return None
    return StaffSession(
        user=_user(row),
        csrf=row.csrf,
        created_at_ms=row.begun_at_ms,
        seen_at_ms=row.seen_at_ms,
        expires_at_ms=row.expires_at_ms,
    )


async def touch_session(tx: Writing, id_hash: str, *, now_ms: int, expires_at_ms: int) -> None:
    """The login was used; ask for this at most once a minute."""
    row = {"seen_at_ms": now_ms, "expires_at_ms": expires_at_ms}
    await tx.execute(update(staff_sessions).where(staff_sessions.c.id_hash == id_hash).values(row))


async def end_session(tx: Writing, id_hash: str) -> None:
    """Log out."""
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.id_hash == id_hash))


async def note(tx: Writing, *, user: str, act: str, subject: str, detail: dict[str, Any], now_ms: int) -> None:
    """Write into the audit trail, in the transaction of the act itself."""
    row = {
        "at_ms": now_ms,
        "user": user,
        "act": act,
        "subject": subject,
        "detail": msgspec.json.encode(detail).decode(),
    }
    await tx.execute(insert(audit).values(row))
