"""What an officer decides about people and PCs: who is not let in, who may take a link over, which of two PCs is the real one."""

from central.context import Central
from central.staff.acts import Done, Refused
from central.staff.gate import Staff
from central.staff.moving import move
from central.store import boots, sessions, staff, terminals
from central.store.engine import Writing


async def refuse(central: Central, who: Staff, form: dict[str, str]) -> Done:
    """Turn away the browser that waits to be let in; another one may still come. Raises acts.Refused."""
    now = central.clock()
    async with central.database.write() as tx:
        session_id = await _session(tx, who, form)
        if not await sessions.refuse(tx, session_id):
            raise Refused("done.senseless")
        await staff.note(tx, user=who.user.name, act="refuse", subject=session_id, detail={}, now_ms=now)
    return Done("done.turned_away")


async def release(central: Central, who: Staff, form: dict[str, str]) -> Done:
    """Let the next device that opens the family's link take the call over; raises acts.Refused."""
    now = central.clock()
    async with central.database.write() as tx:
        session_id = await _session(tx, who, form)
        if not await sessions.release(tx, session_id):
            raise Refused("why.visit_over")
        await staff.note(tx, user=who.user.name, act="release", subject=session_id, detail={}, now_ms=now)
    return Done("done.released")


async def approve(central: Central, who: Staff, form: dict[str, str]) -> Done:
    """Say which of two PCs with one enrolment is the real one; raises acts.Refused."""
    now = central.clock()
    async with central.database.write() as tx:
        terminal = await terminals.get(tx, form.get("terminal", ""))
        if terminal is None or not who.may_see(terminal.facility.id):
            raise Refused("staff.missing")
        try:
            chosen = await boots.approve(tx, terminal.id, form.get("boot") or None, now_ms=now)
        except ValueError as error:
            raise Refused("done.senseless", str(error)) from error
        detail = {"boot": chosen.boot_id}
        await staff.note(tx, user=who.user.name, act="approve", subject=terminal.id, detail=detail, now_ms=now)
    return Done("done.approved")


DECISIONS = {"refuse": refuse, "release": release, "approve": approve, "move": move}


async def _session(tx: Writing, who: Staff, form: dict[str, str]) -> str:
    session = await sessions.get(tx, form.get("session", ""))
    if session is None or not who.may_see(session.facility_id):
        raise Refused("staff.missing")
    return session.id
