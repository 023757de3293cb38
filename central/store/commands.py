"""Commands of staff to terminals: sent until answered or expired."""

from collections.abc import Collection
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from central.store import sessions
from central.store.engine import Reading, Writing, among
from central.store.ids import new_id
from central.store.impossible import Impossible
from central.store.sessions import CallSession
from central.store.tables import commands, terminals
from protocol.outcome import ALLOWED_PARTIES, EndReason, FaultParty
from protocol.terminal import Command, CommandAnswered, CommandKind

TTL_S = {
    CommandKind.START: 60,
    CommandKind.EXTEND: 30,
    CommandKind.MESSAGE: 30,
    CommandKind.LISTEN: 15,
    CommandKind.LOCK: 86_400,
    CommandKind.UNLOCK: 86_400,
    CommandKind.SET_VERSION: 86_400,
    CommandKind.END: 3600,
    CommandKind.EMERGENCY_STOP: 3600,
}
TTL_OTHERS_S = 120
NEED_SESSION = (
    *(CommandKind.END, CommandKind.EXTEND, CommandKind.MOVE, CommandKind.LISTEN),
    CommandKind.LET_TECHNICIAN_IN,
)


class Issued(Struct, frozen=True, kw_only=True):
    """A command and what became of it. `state`: pending, done, refused, expired."""

    command: Command
    terminal_id: str
    issued_at_ms: int
    state: str
    why: str | None
    answered_at_ms: int | None


def _issued(row: Any) -> Issued:
    return Issued(
        command=msgspec.json.decode(row.body, type=Command),
        terminal_id=row.terminal_id,
        issued_at_ms=row.issued_at_ms,
        state=row.state,
        why=row.why,
        answered_at_ms=row.answered_at_ms,
    )


async def issue(
    tx: Writing,
    kind: CommandKind,
    *,
    terminal_id: str,
    issued_by: str,
    now_ms: int,
    session_id: str | None = None,
    reason: str | None = None,
    fault_party: str | None = None,
    add_s: int | None = None,
    text: str | None = None,
    level: int | None = None,
    version: str | None = None,
    sha256: str | None = None,
) -> Command:
    """Queue a command and wake the terminal; without a session it is bound to the open one. Raises Impossible in words.

    An emergency stop is bound to none: it holds whatever the booth does by the time it arrives.
    """
    facility_id = await _facility(tx, terminal_id)
    session = await _session(tx, kind, terminal_id, session_id)
    reason, fault_party = _ending(kind, reason, fault_party)
    _check(kind, add_s=add_s, text=text, level=level)
    command = Command(
        id=new_id("c"),
        kind=kind.value,
        expires_at_ms=_expires(kind, session, now_ms, level=level),
        session_id=None if session is None or kind is CommandKind.EMERGENCY_STOP else session.id,
        issued_by=issued_by,
        reason=reason,
        fault_party=fault_party,
        add_s=add_s,
        text=text,
        level=level,
        version=version,
        sha256=sha256,
    )
    await _store(tx, terminal_id, facility_id, command, now_ms=now_ms)
    return command


async def _facility(tx: Reading, terminal_id: str) -> str:
    terminal = await tx.first(select(terminals.c.facility_id).where(terminals.c.id == terminal_id))
    if terminal is None:
        raise Impossible(f"there is no terminal {terminal_id}")
    return str(terminal.facility_id)


async def _store(tx: Writing, terminal_id: str, facility_id: str, command: Command, *, now_ms: int) -> None:
    row = {
        "id": command.id,
        "terminal_id": terminal_id,
        "session_id": command.session_id,
        "kind": command.kind,
        "body": msgspec.json.encode(command).decode(),
        "issued_by": command.issued_by,
        "issued_at_ms": now_ms,
        "expires_at_ms": command.expires_at_ms,
    }
    await tx.execute(insert(commands).values(row))
    await tx.publish(f"terminal:{terminal_id}", f"facility:{facility_id}")


async def _session(tx: Reading, kind: CommandKind, terminal_id: str, session_id: str | None) -> CallSession | None:
    if session_id is not None:
        session = await sessions.get(tx, session_id)
        if session is None or session.terminal_id != terminal_id:
            raise Impossible(f"terminal {terminal_id} has no session {session_id}")
        return session
    session = await sessions.open_on(tx, terminal_id)
    if session is None and kind in NEED_SESSION:
        raise Impossible(f"terminal {terminal_id} has no open session to {kind.value}")
    return session if kind in (*NEED_SESSION, CommandKind.MESSAGE, CommandKind.EMERGENCY_STOP) else None


def _ending(kind: CommandKind, reason: str | None, fault_party: str | None) -> tuple[str | None, str | None]:
    if kind is not CommandKind.END:
        return reason, fault_party
    found = reason or EndReason.ENDED_BY_OFFICER.value
    if found not in (EndReason.ENDED_BY_OFFICER, EndReason.CANCELLED, EndReason.MOVED):
        raise Impossible(f"a visit is ended from here as ended_by_officer, cancelled or moved, not as {found}")
    party = fault_party or FaultParty.NONE.value
    allowed = sorted(each.value for each in ALLOWED_PARTIES[EndReason(found)])
    if party not in allowed:
        raise Impossible(f"the fault party of {found} is one of {', '.join(allowed)}, not {party}")
    return found, party


def _check(kind: CommandKind, *, add_s: int | None, text: str | None, level: int | None) -> None:
    if kind is CommandKind.EXTEND and (add_s is None or not 1 <= add_s <= 3600):
        raise Impossible("extend needs the seconds to add: 1 to 3600")
    if kind is CommandKind.MESSAGE and not (text and len(text) <= 200):
        raise Impossible("message needs a text of at most 200 characters")
    if kind is CommandKind.VOLUME and (level is None or not 0 <= level <= 100):
        raise Impossible("volume needs a level: 0 to 100")


def _expires(kind: CommandKind, session: CallSession | None, now_ms: int, *, level: int | None) -> int:
    lasts = now_ms + TTL_S.get(kind, TTL_OTHERS_S) * 1000
    ends = kind in (CommandKind.END, CommandKind.EMERGENCY_STOP) or (kind is CommandKind.LISTEN and level == 0)
    if ends and session is not None and session.end_by_ms is not None:
        return max(session.end_by_ms, now_ms + 10_000)
    return lasts


async def pending(db: Reading, terminal_ids: Collection[str], *, now_ms: int) -> dict[str, list[Command]]:
    """What each of these terminals has not answered yet, oldest first; nothing of one that has answered all."""
    found: dict[str, list[Command]] = {}
    for row in await db.all(_pending(), {"those": among(terminal_ids), "now_ms": now_ms}):
        found.setdefault(row.terminal_id, []).append(_issued(row).command)
    return found


@cache
def _pending() -> Select[Any]:
    waiting = commands.c.terminal_id.in_(bindparam("those", expanding=True)) & (commands.c.state == "pending")
    statement = select(commands).where(waiting, commands.c.expires_at_ms > bindparam("now_ms"))
    return statement.order_by(commands.c.issued_at_ms, commands.c.id)


async def get(db: Reading, command_id: str) -> Issued | None:
    """One command and what became of it, or None."""
    row = await db.first(select(commands).where(commands.c.id == command_id))
    return None if row is None else _issued(row)


async def recent(db: Reading, terminal_ids: list[str], since_ms: int) -> list[Issued]:
    """Commands to these terminals issued since then, newest first."""
    mine = commands.c.terminal_id.in_(terminal_ids) & (commands.c.issued_at_ms >= since_ms)
    return [_issued(row) for row in await db.all(select(commands).where(mine).order_by(commands.c.issued_at_ms.desc()))]


async def of_terminal(db: Reading, terminal_id: str, limit: int) -> list[Issued]:
    """The last commands to a terminal, newest first."""
    mine = select(commands).where(commands.c.terminal_id == terminal_id)
    return [_issued(row) for row in await db.all(mine.order_by(commands.c.issued_at_ms.desc()).limit(limit))]


async def answer(tx: Writing, terminal_id: str, answered: CommandAnswered, *, now_ms: int) -> Issued | None:
    """Close a command of this terminal; None if it has none of that id or it was answered before."""
    why = None if answered.why is None else answered.why.replace("\x00", "")
    values = {"new_state": answered.outcome.value, "new_why": why, "now_ms": now_ms}
    row = await tx.first(_answering(), {"of": answered.command_id, "at": terminal_id} | values)
    if row is None:
        return None
    await _tell(tx, [terminal_id])
    return _issued(row)


@cache
def _answering() -> ReturningUpdate[Any]:
    mine = (commands.c.id == bindparam("of")) & (commands.c.terminal_id == bindparam("at"))
    open_yet = mine & commands.c.answered_at_ms.is_(None)
    values: dict[str, Any] = {
        "state": bindparam("new_state"),
        "why": bindparam("new_why"),
        "answered_at_ms": bindparam("now_ms"),
    }
    return update(commands).where(open_yet).values(values).returning(commands)


async def expire(tx: Writing, *, now_ms: int) -> None:
    """Close what nobody answered in time; an answer that comes later still counts."""
    late = (commands.c.state == "pending") & (commands.c.expires_at_ms <= now_ms)
    statement = update(commands).where(late).values(state="expired", why="no answer in time")
    rows = (await tx.execute(statement.returning(commands.c.terminal_id))).all()
    await _tell(tx, [row.terminal_id for row in rows])


async def extension_waiting_ms(db: Reading, session_id: str, *, now_ms: int) -> int:
    """Time that was promised to a session but not yet confirmed by its terminal."""
    mine = (commands.c.session_id == session_id) & (commands.c.state == "pending") & (commands.c.kind == "extend")
    rows = await db.all(select(commands).where(mine, commands.c.expires_at_ms > now_ms))
    return sum((_issued(row).command.add_s or 0) * 1000 for row in rows)


async def _tell(tx: Writing, terminal_ids: list[str]) -> None:
    if terminal_ids:
        for row in await tx.all(_places(), {"those": among(terminal_ids)}):
            await tx.publish(f"terminal:{row.id}", f"facility:{row.facility_id}")


@cache
def _places() -> Select[Any]:
    those = terminals.c.id.in_(bindparam("those", expanding=True))
    return select(terminals.c.id, terminals.c.facility_id).where(those)
