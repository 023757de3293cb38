"""What staff do about accounts, others' and their own: one transaction each, with its line in the audit trail."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from msgspec import Struct

from central.context import Central
from central.credentials import new_code
from central.staff import rights
from central.staff.acts import Refused
from central.staff.gate import Staff
from central.store import facilities, staff
from central.store.engine import Writing
from central.store.impossible import Impossible
from central.store.staff import Role, User

SHORTEST = 8
LONGEST = 256
NAME_MOST = 64
ONE_TIME_MS = 24 * 3_600_000
ALL = "all"
"""What a form says for all facilities."""


class Made(Struct, frozen=True, kw_only=True):
    """What was done: the key of a sentence, about whom, and a password for one use that is shown this once."""

    key: str
    name: str = ""
    password: str = ""


async def add(central: Central, who: Staff, form: dict[str, str]) -> Made:
    """A new account with a password for one use; raises Refused."""
    name = " ".join(form.get("name", "").split())
    if not name.isprintable() or not 1 <= len(name) <= NAME_MOST:
        raise Refused("users.name.wrong")
    password = new_code()
    hashed = await central.passwords.hash(password)
    now = central.clock()
    async with central.database.write() as tx:
        actor, role, place = await _actor(tx, who), _role(form), await _place(tx, form)
        if not rights.may_grant(actor, role, place):
            raise Refused("users.too_much")
        try:
            user_id = await staff.add_user(
                tx,
                name=name,
                role=role,
                facility_id=place,
                password_hash=hashed,
                now_ms=now,
                one_time_until_ms=now + ONE_TIME_MS,
            )
        except Impossible as error:
            raise Refused("users.name.taken", str(error)) from error
        detail = {"name": name, "role": role.value, "facility": place}
        await staff.note(tx, user=who.user.name, act="user_add", subject=user_id, detail=detail, now_ms=now)
    return Made(key="users.added", name=name, password=password)


async def act(central: Central, who: Staff, user_id: str, name: str, form: dict[str, str]) -> Made:
    """Decide about somebody else's account; raises Refused."""
    deed = DEEDS.get(name)
    if deed is None:
        raise Refused("staff.missing")
    password = new_code()
    hashed = await central.passwords.hash(password) if deed.needs_password else ""
    async with central.database.write() as tx:
        everybody = await staff.every_locked(tx)
        actor = await _actor(tx, who)
        other = next((user for user in everybody if user.id == user_id), None)
        if other is None or not rights.may_see_user(actor, other):
            raise Refused("staff.missing")
        if actor.id == other.id:
            raise Refused("users.not_self")
        if not rights.may_decide(actor, other):
            raise Refused("users.too_much")
        wanted = Wanted(
            central=central, tx=tx, actor=actor, other=other, others=everybody, form=form, hashed=hashed, act=name
        )
        detail = await deed.do(wanted)
        await staff.note(
            tx,
            user=who.user.name,
            act=name,
            subject=other.id,
            detail={"name": other.name} | detail,
            now_ms=central.clock(),
        )
    return Made(key=f"users.done.{name}", name=other.name, password=password if deed.needs_password else "")


class Wanted(NamedTuple):
    """One act on an account, within its transaction."""

    central: Central
    tx: Writing
    actor: User
    other: User
    others: list[User]
    form: dict[str, str]
    hashed: str
    act: str


async def _change_role(wanted: Wanted) -> dict[str, str | None]:
    role, place = _role(wanted.form), await _place(wanted.tx, wanted.form)
    if not rights.may_grant(wanted.actor, role, place):
        raise Refused("users.too_much")
    other = wanted.other
    if (role is not Role.ADMIN or place != other.facility_id) and rights.is_last_admin(other, wanted.others):
        raise Refused("users.last_admin")
    await staff.change_role(wanted.tx, other, role, place)
    old = {"old_role": other.role.value, "old_facility": other.facility_id}
    return old | {"role": role.value, "facility": place}


async def _reset_password(wanted: Wanted) -> dict[str, str | None]:
    until = wanted.central.clock() + ONE_TIME_MS
    await staff.change_password(wanted.tx, wanted.other, wanted.hashed, one_time_until_ms=until)
    return {}


async def _disable(wanted: Wanted) -> dict[str, str | None]:
    if rights.is_last_admin(wanted.other, wanted.others):
        raise Refused("users.last_admin")
    await staff.disable(wanted.tx, wanted.other, at_ms=wanted.central.clock())
    return {}


async def _enable(wanted: Wanted) -> dict[str, str | None]:
    await staff.disable(wanted.tx, wanted.other, at_ms=None)
    return {}


async def _log_out(wanted: Wanted) -> dict[str, str | None]:
    await staff.end_sessions(wanted.tx, wanted.other.id)
    return {}


class Deed(NamedTuple):
    """One act on somebody else's account; what it returns goes into the trail."""

    do: Callable[[Wanted], Awaitable[dict[str, str | None]]]
    needs_password: bool = False


DEEDS: dict[str, Deed] = {
    "user_role": Deed(_change_role),
    "user_password": Deed(_reset_password, needs_password=True),
    "user_disable": Deed(_disable),
    "user_enable": Deed(_enable),
    "user_logout": Deed(_log_out),
}


# ---- the own account ----------------------------------------------------------------------------------------------


async def own_password(central: Central, who: Staff, form: dict[str, str]) -> Made:
    """Choose a new password, with the old one at hand; all other logins end; raises Refused."""
    fresh = form.get("new", "")
    if not SHORTEST <= len(fresh) <= LONGEST:
        raise Refused("account.password.length")
    if fresh != form.get("again", ""):
        raise Refused("account.password.differ")
    old = form.get("old", "")[:1024]
    if fresh == old:
        raise Refused("account.password.same")
    if not await central.passwords.verify(who.user.password_hash, old):
        raise Refused("account.password.wrong")
    hashed = await central.passwords.hash(fresh)
    async with central.database.write() as tx:
        await staff.change_password(tx, who.user, hashed, keep=who.id_hash)
        await _note_own(central, who, tx, "own_password")
    return Made(key="account.password.done")


async def own_login_end(central: Central, who: Staff, form: dict[str, str]) -> Made:
    """End one of the own logins, or all others."""
    wanted = form.get("login", "")
    async with central.database.write() as tx:
        if wanted == ALL:
            await staff.end_sessions(tx, who.user.id, keep=who.id_hash)
        else:
            mine = await staff.logins(tx, now_ms=central.clock(), user_id=who.user.id)
            found = next((login for login in mine if login.id_hash == wanted), None)
            if found is None:
                raise Refused("account.login.gone")
            await staff.end_session(tx, found.id_hash)
        await _note_own(central, who, tx, "own_logout")
    return Made(key="account.login.ended")


OWN = {"password": own_password, "login": own_login_end}


async def _note_own(central: Central, who: Staff, tx: Writing, name: str) -> None:
    await staff.note(tx, user=who.user.name, act=name, subject=who.user.id, detail={}, now_ms=central.clock())


async def _actor(tx: Writing, who: Staff) -> User:
    """Who acts, as they are by now: a role that was taken away a moment ago decides nothing more."""
    actor = await staff.by_id(tx, who.user.id)
    if actor is None or actor.disabled_at_ms is not None:
        raise Refused("staff.denied.role")
    return actor


def _role(form: dict[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise Refused("users.role.wrong") from None


async def _place(tx: Writing, form: dict[str, str]) -> str | None:
    asked = form.get("facility", "")
    if asked == ALL:
        return None
    if await facilities.get(tx, asked) is None:
        raise Refused("users.facility.wrong")
    return asked
