"""What an officer does from the board: one transaction each, with its line in the audit trail."""

from msgspec import Struct

from central import planning
from central.context import Central
from central.staff.gate import Staff
from central.store import commands, sessions, staff, terminals
from central.store.engine import Writing
from central.store.facilities import Facility
from central.store.terminals import Terminal
from protocol.terminal import CommandKind

PARTIES = ("none", "inmate", "family", "facility")
CANNED = 4
KINDS = {
    "extend": CommandKind.EXTEND,
    "message": CommandKind.MESSAGE,
    "end": CommandKind.END,
    "lock": CommandKind.LOCK,
    "unlock": CommandKind.UNLOCK,
    "start": CommandKind.START,
    "volume": CommandKind.VOLUME,
    "let_technician_in": CommandKind.LET_TECHNICIAN_IN,
}


class Refused(Exception):
    """The act makes no sense (any more); `key`: a sentence for the officer."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(detail or key)
        self.key = key


class Done(Struct, frozen=True):
    """What was done: the key of a sentence with its gaps, and the command's id if there is one."""

    key: str
    gaps: dict[str, str | int] = {}
    command_id: str | None = None


async def command(central: Central, who: Staff, act: str, form: dict[str, str]) -> Done:
    """Send one booth a command; raises Refused."""
    kind = KINDS.get(act)
    if kind is None:
        raise Refused("staff.missing")
    now = central.clock()
    async with central.database.write() as tx:
        terminal = await _terminal(tx, who, form)
        wanted = _fields(kind, terminal, form)
        try:
            sent = await commands.issue(
                tx,
                kind,
                terminal_id=terminal.id,
                issued_by=who.user.name,
                now_ms=now,
                session_id=form.get("session") or None,
                fault_party=wanted.fault_party,
                add_s=wanted.add_s,
                text=wanted.text,
                level=wanted.level,
            )
        except ValueError as error:
            raise Refused("done.senseless", str(error)) from error
        detail = {"command": sent.id, "session": sent.session_id, "add_s": sent.add_s, "party": sent.fault_party}
        detail |= {} if sent.level is None else {"level": sent.level}
        await staff.note(tx, user=who.user.name, act=act, subject=terminal.id, detail=detail, now_ms=now)
    return Done("done.sent", {"act": f"act.name.{act}"}, sent.id)


class Wanted(Struct, frozen=True, kw_only=True):
    """The parts of a command that its form gives."""

    fault_party: str | None = None
    add_s: int | None = None
    text: str | None = None
    level: int | None = None


def _fields(kind: CommandKind, terminal: Terminal, form: dict[str, str]) -> Wanted:
    if kind is CommandKind.END:
        party = form.get("party", "none")
        return Wanted(fault_party=party if party in PARTIES else "none")
    if kind is CommandKind.EXTEND:
        return Wanted(add_s=terminal.facility.settings.extend_step_s)
    if kind is CommandKind.MESSAGE:
        return Wanted(text=" ".join((form.get("text") or form.get("canned") or "").split())[:200])
    if kind is CommandKind.VOLUME:
        level = form.get("level", "")
        return Wanted(level=int(level) if level.isdecimal() and len(level) <= 3 else None)
    return Wanted()


async def admit(central: Central, who: Staff, form: dict[str, str]) -> Done:
    """Let the family into its call; raises Refused."""
    now = central.clock()
    async with central.database.write() as tx:
        session = await sessions.get(tx, form.get("session", ""))
        if session is None or not who.may_see(session.facility_id):
            raise Refused("staff.missing")
        if not await sessions.admit(tx, session.id, user=who.user.name, now_ms=now):
            raise Refused("why.visit_over")
        await staff.note(tx, user=who.user.name, act="admit", subject=session.id, detail={}, now_ms=now)
    return Done("done.admitted")


async def emergency_stop(central: Central, who: Staff, facility: Facility) -> Done:
    """Stop every call of the facility; its booths are closed until they are opened again."""
    count, stopped = await _everywhere(central, who, facility, CommandKind.EMERGENCY_STOP)
    return Done("done.emergency", {"n": count, "calls": stopped})


async def unlock_all(central: Central, who: Staff, facility: Facility) -> Done:
    """Open every booth of the facility again."""
    count, _open = await _everywhere(central, who, facility, CommandKind.UNLOCK)
    return Done("done.unlock_all", {"n": count})


FACILITY_ACTS = {"emergency": emergency_stop, "unlock_all": unlock_all}
"""What is done to all booths of a facility at once."""


async def _everywhere(central: Central, who: Staff, facility: Facility, kind: CommandKind) -> tuple[int, int]:
    """One command to each booth; how many booths, and how many calls were open."""
    now, calls = central.clock(), 0
    async with central.database.write() as tx:
        booths = [each for each in await terminals.every(tx, facility.id) if each.revoked_at_ms is None]
        booths = [each for each in booths if each.enrolled_at_ms is not None]
        for booth in booths:
            calls += await sessions.open_on(tx, booth.id) is not None
            await commands.issue(tx, kind, terminal_id=booth.id, issued_by=who.user.name, now_ms=now)
        detail = {"terminals": len(booths), "calls": calls}
        act = kind.value if kind is CommandKind.EMERGENCY_STOP else f"{kind.value}_all"
        await staff.note(tx, user=who.user.name, act=act, subject=facility.id, detail=detail, now_ms=now)
    return len(booths), calls


async def family_link(central: Central, who: Staff, session_id: str, base: str) -> tuple[str, str]:
    """The queue number and the family's link, made anew for this officer; raises Refused."""
    now = central.clock()
    async with central.database.write() as tx:
        session = await sessions.get(tx, session_id)
        if session is None or not who.may_see(session.facility_id):
            raise Refused("staff.missing")
        await staff.note(tx, user=who.user.name, act="link", subject=session.id, detail={}, now_ms=now)
    return session.number, planning.family_link(session, base, central.options.link_secret)


async def _terminal(tx: Writing, who: Staff, form: dict[str, str]) -> Terminal:
    terminal = await terminals.get(tx, form.get("terminal", ""))
    if terminal is None or not who.may_see(terminal.facility.id):
        raise Refused("staff.missing")
    return terminal
