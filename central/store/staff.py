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
    disabled_at_ms: int | None = None
    one_time_until_ms: int | None = None


class StaffSession(Struct, frozen=True, kw_only=True):
    """A login that lasts."""

    user: User
    csrf: str
    created_at_ms: int
    seen_at_ms: int
    expires_at_ms: int


class Login(Struct, frozen=True, kw_only=True):
    """A login as its owner, or whoever decides about the account, sees it."""

    id_hash: str
    user_id: str
    created_at_ms: int
    seen_at_ms: int
    browser: str


def _user(row: Any) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        facility_id=row.facility_id,
        password_hash=row.password_hash,
        failed=row.failed,
        locked_until_ms=row.locked_until_ms,
        disabled_at_ms=row.disabled_at_ms,
        one_time_until_ms=row.one_time_until_ms,
    )


async def add_user(
    tx: Writing,
    *,
    name: str,
    role: Role,
    facility_id: str | None,
    password_hash: str,
    now_ms: int,
    one_time_until_ms: int | None = None,
) -> str:
    """Create one; returns its id; raises Impossible if the name is taken. A password for one use holds until then."""
    if await by_name(tx, name) is not None:
        raise Impossible(f"there is a user called {name} already")
    user_id = new_id("u")
    row = {"id": user_id, "name": name, "role": role.value, "facility_id": facility_id, "password_hash": password_hash}
    await tx.execute(insert(users).values(row | {"created_at_ms": now_ms, "one_time_until_ms": one_time_until_ms}))
    return user_id


async def by_name(db: Reading, name: str) -> User | None:
    """The user who logs in by this name, or None."""
    row = await db.first(select(users).where(users.c.name == name))
    return None if row is None else _user(row)


async def by_id(db: Reading, user_id: str) -> User | None:
    """One user, or None."""
    row = await db.first(select(users).where(users.c.id == user_id))
    return None if row is None else _user(row)


async def some(db: Reading) -> bool:
    """Whether there is any user at all."""
    return await db.first(select(users.c.id).limit(1)) is not None


async def every_locked(tx: Writing) -> list[User]:
    """All users, and nobody else changes one of them before this transaction ends."""
    return [_user(row) for row in await tx.all(select(users).order_by(users.c.id).with_for_update())]


async def every(db: Reading) -> list[User]:
    """All users by name."""
    return [_user(row) for row in await db.all(select(users).order_by(users.c.name))]


async def change_password(
    tx: Writing, user: User, password_hash: str, *, one_time_until_ms: int | None = None, keep: str | None = None
) -> None:
    """A new password; every login under the old one ends, but for the one of the hash `keep`."""
    await end_sessions(tx, user.id, keep=keep)
    row = {"password_hash": password_hash, "failed": 0, "locked_until_ms": None, "one_time_until_ms": one_time_until_ms}
    await tx.execute(update(users).where(users.c.id == user.id).values(row))


async def change_role(tx: Writing, user: User, role: Role, facility_id: str | None) -> None:
    """Another role or facility, from the next request on."""
    row = {"role": role.value, "facility_id": facility_id}
    await tx.execute(update(users).where(users.c.id == user.id).values(row))


async def disable(tx: Writing, user: User, *, at_ms: int | None) -> None:
    """Let somebody log in no more and end their logins, or (None) let them in again; the account and its trail stay."""
    if at_ms is not None:
        await end_sessions(tx, user.id)
    row = {"disabled_at_ms": at_ms, "failed": 0, "locked_until_ms": None}
    await tx.execute(update(users).where(users.c.id == user.id).values(row))


async def remove_user(tx: Writing, user: User) -> None:
    """They can log in no more, and their logins end; what they did stays in the audit trail."""
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.user_id == user.id))
    await tx.execute(delete(users).where(users.c.id == user.id))


async def note_login(tx: Writing, user_id: str, *, failed: int, locked_until_ms: int | None) -> None:
    """Remember how many tries in a row failed (0 after a good one) and until when no more are taken."""
    row = {"failed": failed, "locked_until_ms": locked_until_ms}
    await tx.execute(update(users).where(users.c.id == user_id).values(row))


async def add_session(
    tx: Writing, *, id_hash: str, user_id: str, csrf: str, now_ms: int, expires_at_ms: int, browser: str = ""
) -> None:
    """Remember a login; only the hash of its id is known here. `browser`: a few words, so that its owner knows it again."""
    row = {"id_hash": id_hash, "user_id": user_id, "csrf": csrf, "created_at_ms": now_ms, "seen_at_ms": now_ms}
    row["browser"] = browser[:80]
    await tx.execute(delete(staff_sessions).where(staff_sessions.c.expires_at_ms <= now_ms))
    await tx.execute(insert(staff_sessions).values(row | {"expires_at_ms": expires_at_ms}))


async def session(db: Reading, id_hash: str, *, now_ms: int) -> StaffSession | None:
    """The login behind a cookie, unless it has expired or its account is closed."""
    joined = select(
        users,
        staff_sessions.c.csrf,
        staff_sessions.c.created_at_ms.label("begun_at_ms"),
        staff_sessions.c.seen_at_ms,
        staff_sessions.c.expires_at_ms,
    ).join(staff_sessions, staff_sessions.c.user_id == users.c.id)
    alive = (staff_sessions.c.id_hash == id_hash) & (staff_sessions.c.expires_at_ms > now_ms)
    alive = alive & users.c.disabled_at_ms.is_(None)
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


async def end_sessions(tx: Writing, user_id: str, *, keep: str | None = None) -> None:
    """End all logins of a user, but for the one of the hash `keep`."""
    mine = staff_sessions.c.user_id == user_id
    if keep is not None:
        mine = mine & (staff_sessions.c.id_hash != keep)
    await tx.execute(delete(staff_sessions).where(mine))


async def logins(db: Reading, *, now_ms: int, user_id: str | None = None) -> list[Login]:
    """The logins that stand, of one user or of all, the one used last first."""
    statement = select(staff_sessions).where(staff_sessions.c.expires_at_ms > now_ms)
    if user_id is not None:
        statement = statement.where(staff_sessions.c.user_id == user_id)
    rows = await db.all(statement.order_by(staff_sessions.c.seen_at_ms.desc(), staff_sessions.c.id_hash))
    return [Login(**{name: getattr(row, name) for name in Login.__struct_fields__}) for row in rows]


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
