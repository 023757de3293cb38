"""What staff do about a terminal from its page: one transaction each, with its line in the audit trail."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from msgspec import Struct

from central.context import Central
from central.credentials import code_hashed, new_code
from central.staff.acts import Refused
from central.staff.gate import Staff
from central.staff.rights import Right
from central.store import boots, commands, sessions, staff, terminals, values
from central.store.engine import Writing
from central.store.impossible import Impossible
from central.store.terminals import Terminal
from protocol.terminal import CommandKind

CODE_LASTS_MS = 86_400_000
NAME_MOST = 60


class Enrolment(Struct, frozen=True, kw_only=True):
    """A fresh enrolment string, which is shown this once."""

    terminal: Terminal
    text: str
    expires_at_ms: int


class Done(Struct, frozen=True, kw_only=True):
    """What was done: the key of a sentence, or an enrolment to be shown."""

    key: str = ""
    enrolment: Enrolment | None = None


class Deed(NamedTuple):
    """One act on a terminal: the right it needs, and what does it."""

    right: Right
    do: Callable[[Central, Staff, Writing, Terminal, dict[str, str]], Awaitable[Done]]


async def act(central: Central, who: Staff, terminal_id: str, name: str, form: dict[str, str]) -> Done:
    """Do it; raises Refused with a sentence for the officer."""
    deed = DEEDS.get(name)
    if deed is None:
        raise Refused("staff.missing")
    if not who.can(deed.right):
        raise Refused("staff.denied.role")
    async with central.database.write() as tx:
        terminal = await terminals.get(tx, terminal_id)
        if terminal is None or not who.may_see(terminal.facility.id):
            raise Refused("staff.missing")
        return await deed.do(central, who, tx, terminal, form)


async def add(central: Central, who: Staff, facility_id: str, form: dict[str, str], base: str) -> Done:
    """A new terminal and its first enrolment string; raises Refused."""
    if not who.can(Right.MANAGE_TERMINALS) or not who.may_see(facility_id):
        raise Refused("staff.denied.role")
    now, name = central.clock(), _name(form)
    async with central.database.write() as tx:
        try:
            terminal_id = await terminals.add(tx, name=name, facility_id=facility_id, now_ms=now)
        except Impossible as error:
            raise Refused("terminal.name.taken", str(error)) from error
        await _note(central, who, tx, "terminal_add", terminal_id, {"name": name})
        terminal = await terminals.get(tx, terminal_id)
        if terminal is None:
            raise Refused("staff.missing")
        return await _enrolment(central, tx, terminal, base)


async def enrol(central: Central, who: Staff, tx: Writing, terminal: Terminal, form: dict[str, str]) -> Done:
    """A new enrolment string; the one before it that nobody used is void, the PC that is enrolled goes on until this one is used."""
    await _note(central, who, tx, "terminal_code", terminal.id, {})
    return await _enrolment(central, tx, terminal, form.get("base", ""))


async def _enrolment(central: Central, tx: Writing, terminal: Terminal, base: str) -> Done:
    code, expires = new_code(), central.clock() + CODE_LASTS_MS
    await terminals.add_code(tx, terminal_id=terminal.id, code_hash=code_hashed(code), expires_at_ms=expires)
    url = central.options.public_url or await values.get(tx, values.PUBLIC_URL) or base
    authority = await values.get(tx, values.ENROLMENT_CA)
    text = f"{url}#{code}" + (f"~{authority}" if authority else "")
    return Done(enrolment=Enrolment(terminal=terminal, text=text, expires_at_ms=expires))


async def rename(central: Central, who: Staff, tx: Writing, terminal: Terminal, form: dict[str, str]) -> Done:
    """Another name."""
    name = _name(form)
    try:
        await terminals.rename(tx, terminal, name)
    except Impossible as error:
        raise Refused("terminal.name.taken", str(error)) from error
    await _note(central, who, tx, "terminal_rename", terminal.id, {"old": terminal.name, "new": name})
    return Done(key="terminal.renamed")


async def revoke(central: Central, who: Staff, tx: Writing, terminal: Terminal, _: dict[str, str]) -> Done:
    """Its device token is void; a call that runs goes on to its end."""
    if terminal.enrolled_at_ms is None:
        raise Refused("terminal.not_enrolled")
    await terminals.revoke(tx, terminal.id, now_ms=central.clock())
    await _note(central, who, tx, "terminal_revoke", terminal.id, {"name": terminal.name})
    return Done(key="terminal.revoked")


async def approve(central: Central, who: Staff, tx: Writing, terminal: Terminal, form: dict[str, str]) -> Done:
    """Say which of two PCs with one enrolment is the real one."""
    try:
        chosen = await boots.approve(tx, terminal.id, form.get("boot") or None, now_ms=central.clock())
    except Impossible as error:
        raise Refused("done.senseless", str(error)) from error
    await _note(central, who, tx, "approve", terminal.id, {"boot": chosen.boot_id})
    return Done(key="done.approved")


def ordering(kind: CommandKind) -> Callable[[Central, Staff, Writing, Terminal, dict[str, str]], Awaitable[Done]]:
    """A deed that sends the booth this command."""

    async def order(central: Central, who: Staff, tx: Writing, terminal: Terminal, _: dict[str, str]) -> Done:
        now = central.clock()
        opened = await sessions.open_on(tx, terminal.id) if kind is CommandKind.LET_TECHNICIAN_IN else None
        try:
            sent = await commands.issue(
                tx,
                kind,
                terminal_id=terminal.id,
                issued_by=who.user.name,
                now_ms=now,
                session_id=None if opened is None else opened.id,
            )
        except Impossible as error:
            raise Refused("terminal.no_call", str(error)) from error
        await _note(central, who, tx, kind.value, terminal.id, {"command": sent.id, "session": sent.session_id})
        return Done(key="terminal.sent")

    return order


DEEDS: dict[str, Deed] = {
    "approve": Deed(Right.CARE_FOR_TERMINALS, approve),
    "enrol": Deed(Right.MANAGE_TERMINALS, enrol),
    "rename": Deed(Right.MANAGE_TERMINALS, rename),
    "revoke": Deed(Right.MANAGE_TERMINALS, revoke),
    **{
        kind.value: Deed(Right.CARE_FOR_TERMINALS, ordering(kind))
        for kind in (
            *(CommandKind.RUN_DIAGNOSIS, CommandKind.RESTART_WINDOW, CommandKind.LOCK, CommandKind.UNLOCK),
            CommandKind.LET_TECHNICIAN_IN,
        )
    },
    **{
        kind.value: Deed(Right.MANAGE_TERMINALS, ordering(kind))
        for kind in (CommandKind.RESTART_AGENT, CommandKind.REBOOT)
    },
}
"""Every act on one terminal."""


def _name(form: dict[str, str]) -> str:
    name = " ".join(form.get("name", "").split())
    if not name or len(name) > NAME_MOST or not name.isprintable():
        raise Refused("terminal.name.wrong")
    return name


async def _note(
    central: Central, who: Staff, tx: Writing, name: str, subject: str, detail: dict[str, str | None]
) -> None:
    await staff.note(tx, user=who.user.name, act=name, subject=subject, detail=detail, now_ms=central.clock())
