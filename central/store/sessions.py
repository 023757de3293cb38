"""Call sessions: planned, opened by a terminal, claimed by a family, admitted by an officer, ended."""

from collections.abc import Collection
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from central.store import terminals
from central.store.engine import Reading, Writing, among
from central.store.facilities import FacilitySettings, settings_from_json
from central.store.impossible import Impossible
from central.store.tables import facilities, sessions
from protocol.terminal import CallKind

DAY_MS = 86_400_000
OPEN_STATES = ("planned", "open")


class CallSession(Struct, frozen=True, kw_only=True):
    """One planned call. `state`: planned, open, ended, cancelled; `why` says how one that never opened was closed."""

    id: str
    facility_id: str
    terminal_id: str
    number: str
    start_at_ms: int
    talk_s: int
    inmate_name: str
    family_name: str
    created_at_ms: int
    link_hash: str
    closing_at_ms: int | None = None
    call_kind: str = CallKind.WEBRTC.value
    call_url: str | None = None
    pin_hash: str | None = None
    pin_failures: int = 0
    pin_wait_until_ms: int | None = None
    state: str = "planned"
    why: str | None = None
    visit_state: str = "none"
    announced: bool = False
    opened_at_ms: int | None = None
    boot_id: str | None = None
    end_by_ms: int | None = None
    extended_s: int = 0
    admitted_at_ms: int | None = None
    admitted_by: str | None = None
    claim_hash: str | None = None
    claimed_at_ms: int | None = None
    refused_hash: str | None = None
    pinned_by: str | None = None
    called_at_ms: int | None = None

    def hard_stop_ms(self, settings: FacilitySettings) -> int:
        """`end_by`: as fixed when it was opened, else as it would be; never past closing."""
        if self.end_by_ms is not None:
            return self.end_by_ms
        ends = self.start_at_ms + (settings.join_grace_s + self.talk_s + settings.credit_s) * 1000
        return ends if self.closing_at_ms is None else min(ends, self.closing_at_ms)


def _session(row: Any) -> CallSession:
    return CallSession(**row._mapping)


def _row(session: CallSession) -> dict[str, Any]:
    return {field: getattr(session, field) for field in session.__struct_fields__}


async def add(tx: Writing, planned: list[CallSession], *, now_ms: int) -> None:
    """Store new sessions and tell their terminals of those that start within 24 h."""
    rows = [_row(session) | {"announced": session.start_at_ms <= now_ms + DAY_MS} for session in planned]
    if rows:
        await tx.execute(insert(sessions), rows)
    await terminals.bump(tx, *(session.terminal_id for session in planned))
    await tx.publish(*(f"facility:{session.facility_id}" for session in planned))


async def get(db: Reading, session_id: str, *, lock: bool = False) -> CallSession | None:
    """One session, or None. With `lock`, in a transaction that decides by what it read: nobody else changes it meanwhile."""
    row = await db.first(_one(lock=lock), {"of": session_id})
    return None if row is None else _session(row)


@cache
def _one(*, lock: bool) -> Select[Any]:
    """Statements are made once: SQLAlchemy takes longer to make one than to run it, and leaves circles for the collector."""
    statement = select(sessions).where(sessions.c.id == bindparam("of"))
    return statement.with_for_update() if lock else statement


async def with_settings(db: Reading, session_id: str) -> tuple[CallSession, FacilitySettings] | None:
    """One session and the settings of its facility, or None."""
    row = await db.first(_one_with_settings(), {"of": session_id})
    if row is None:
        return None
    fields = dict(row._mapping)
    settings = settings_from_json(fields.pop("facility_settings"))
    return CallSession(**fields), settings


@cache
def _one_with_settings() -> Select[Any]:
    joined = sessions.join(facilities, facilities.c.id == sessions.c.facility_id)
    chosen = select(sessions, facilities.c.settings.label("facility_settings"))
    return chosen.select_from(joined).where(sessions.c.id == bindparam("of"))


async def by_link(db: Reading, link_hash: str) -> CallSession | None:
    """The session a family's link is for."""
    row = await db.first(select(sessions).where(sessions.c.link_hash == link_hash))
    return None if row is None else _session(row)


async def between(db: Reading, from_ms: int, to_ms: int, *, facility_id: str | None = None) -> list[CallSession]:
    """Sessions that start in [from, to), whatever became of them, in order of start."""
    statement = _in_order().where(sessions.c.start_at_ms >= from_ms, sessions.c.start_at_ms < to_ms)
    if facility_id is not None:
        statement = statement.where(sessions.c.facility_id == facility_id)
    return [_session(row) for row in await db.all(statement)]


async def assigned(db: Reading, terminal_id: str, *, now_ms: int) -> list[CallSession]:
    """What the terminal is to know: its sessions within 24 h that are neither ended nor cancelled."""
    return (await assigned_to(db, [terminal_id], now_ms=now_ms)).get(terminal_id, [])


async def assigned_to(db: Reading, terminal_ids: Collection[str], *, now_ms: int) -> dict[str, list[CallSession]]:
    """The same of several terminals; nothing of one that has none."""
    found: dict[str, list[CallSession]] = {}
    for row in await db.all(_assigned_to(), {"those": among(terminal_ids), "until_ms": now_ms + DAY_MS}):
        found.setdefault(row.terminal_id, []).append(_session(row))
    return found


@cache
def _assigned_to() -> Select[Any]:
    return _in_order().where(
        sessions.c.terminal_id.in_(bindparam("those", expanding=True)),
        sessions.c.state.in_(OPEN_STATES),
        sessions.c.start_at_ms <= bindparam("until_ms"),
    )


async def open_on(db: Reading, terminal_id: str) -> CallSession | None:
    """The session that the terminal has open (the latest, if a record of an older one is still on its way)."""
    mine = select(sessions).where(sessions.c.terminal_id == terminal_id, sessions.c.state == "open")
    row = await db.first(mine.order_by(sessions.c.opened_at_ms.desc()))
    return None if row is None else _session(row)


async def busy(db: Reading, facility_ids: Collection[str], from_ms: int, to_ms: int) -> set[str]:
    """Those of these facilities that have a visit running or sessions that start between these instants."""
    rows = await db.all(_busy(), {"those": among(facility_ids), "from_ms": from_ms, "to_ms": to_ms})
    return {row.facility_id for row in rows}


@cache
def _busy() -> Select[Any]:
    begins = sessions.c.start_at_ms.between(bindparam("from_ms"), bindparam("to_ms"))
    near = begins & sessions.c.state.in_(OPEN_STATES)
    theirs = sessions.c.facility_id.in_(bindparam("those", expanding=True))
    return select(sessions.c.facility_id).distinct().where(theirs, near | (sessions.c.state == "open"))


def _in_order() -> Select[Any]:
    return select(sessions).order_by(sessions.c.start_at_ms, sessions.c.number, sessions.c.id)


async def changed(tx: Writing, session_id: str, **fields: Any) -> CallSession | None:
    """Change some columns and tell all who look at the session; None if there is no such session."""
    values = {f"new_{name}": value for name, value in fields.items()}
    row = await tx.first(_changing(tuple(fields)), {"of": session_id} | values)
    if row is None:
        return None
    await tx.publish(f"session:{session_id}", f"facility:{row.facility_id}")
    return _session(row)


@cache
def _changing(names: tuple[str, ...]) -> ReturningUpdate[Any]:
    values = {name: bindparam(f"new_{name}", type_=sessions.c[name].type) for name in names}
    return update(sessions).where(sessions.c.id == bindparam("of")).values(values).returning(sessions)


async def visit_moved(tx: Writing, session_id: str, terminal_id: str, visit_state: str) -> None:
    """Note how far the visit of a session is, if this terminal has it and it is not over; its room has no need to look."""
    row = await tx.first(_moving_visit(), {"of": session_id, "at": terminal_id, "now": visit_state})
    if row is not None:
        await tx.publish(f"facility:{row.facility_id}")


@cache
def _moving_visit() -> ReturningUpdate[Any]:
    mine = (sessions.c.id == bindparam("of")) & (sessions.c.terminal_id == bindparam("at"))
    moved = update(sessions).where(mine, sessions.c.state != "ended").values(visit_state=bindparam("now"))
    return moved.returning(sessions.c.facility_id)


async def cancel(tx: Writing, session_id: str) -> CallSession:
    """Take a planned session back; raises Impossible in words if it is not there or no longer planned."""
    session = await _planned(tx, session_id, "cancelled")
    await changed(tx, session_id, state="cancelled", why="cancelled")
    await terminals.bump(tx, session.terminal_id)
    return session


async def move(tx: Writing, session_id: str, terminal_id: str) -> CallSession:
    """Plan a session at another terminal of its facility; raises Impossible in words. The family's link stays good.

    Whoever of the two terminals asks first after this commit, only the new one gets it; a booth that was offline finds it gone.
    """
    session = await _planned(tx, session_id, "moved")
    terminal = await terminals.get(tx, terminal_id)
    if terminal is None or terminal.facility.id != session.facility_id:
        raise Impossible(f"the facility of session {session_id} has no terminal {terminal_id}")
    if terminal_id != session.terminal_id:
        await changed(tx, session_id, terminal_id=terminal_id)
        await terminals.bump(tx, session.terminal_id, terminal_id)
    return session


async def _planned(tx: Writing, session_id: str, become: str) -> CallSession:
    session = await get(tx, session_id, lock=True)
    if session is None:
        raise Impossible(f"there is no session {session_id}")
    if session.state != "planned":
        hint = "; end it with: bilik-central command end" if session.state == "open" else ""
        raise Impossible(f"session {session_id} is {session.state} and cannot be {become}{hint}")
    return session


async def admit(tx: Writing, session_id: str, *, user: str, now_ms: int) -> bool:
    """Let the family in; the room hears of it; false if the session is not there or over; again changes nothing."""
    session = await get(tx, session_id, lock=True)
    if session is None or session.state not in OPEN_STATES:
        return False
    if session.admitted_at_ms is None:
        await changed(tx, session_id, admitted_at_ms=now_ms, admitted_by=user)
    return True


async def refuse(tx: Writing, session_id: str) -> bool:
    """Put the browser that waits to be let in out of the call for good; the link stays good for another one.

    False if nobody waits there, or the family was admitted already.
    """
    session = await get(tx, session_id, lock=True)
    waits = session is not None and session.state in OPEN_STATES and session.admitted_at_ms is None
    if session is None or not waits or session.claim_hash is None:
        return False
    await changed(tx, session_id, claim_hash=None, refused_hash=session.claim_hash)
    return True


async def release(tx: Writing, session_id: str) -> bool:
    """Bind the link to no browser: the next one that opens it takes the call over, and has to be admitted anew.

    False if the session is over. Whoever was refused may come back.
    """
    session = await get(tx, session_id, lock=True)
    if session is None or session.state not in OPEN_STATES:
        return False
    await changed(tx, session_id, claim_hash=None, refused_hash=None, admitted_at_ms=None, admitted_by=None)
    return True


async def announce(tx: Writing, *, now_ms: int) -> None:
    """Tell terminals of the sessions that have come within 24 h since the last time."""
    due = sessions.c.announced.is_(False) & (sessions.c.start_at_ms <= now_ms + DAY_MS)
    statement = update(sessions).where(due).values(announced=True).returning(sessions.c.terminal_id)
    await terminals.bump(tx, *(row.terminal_id for row in (await tx.execute(statement)).all()))


async def unfinished(db: Reading, state: str, before_ms: int) -> list[CallSession]:
    """Sessions in this state that were planned to start before this instant."""
    statement = _in_order().where(sessions.c.state == state, sessions.c.start_at_ms < before_ms)
    return [_session(row) for row in await db.all(statement)]
