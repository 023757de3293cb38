"""What an officer does with turns by hand: put one elsewhere, let the plan have it again, call the next to a booth."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from central.context import Central
from central.days import by_hand
from central.days.by_hand import CannotMove, Put
from central.days.facts import of_facility
from central.schedule.model import Turn
from central.staff.acts import Refused
from central.staff.day_acts import Decided, Form
from central.staff.gate import Staff
from central.store import commands, registrations, sessions, staff, terminals
from central.store.engine import Writing
from central.store.facilities import Facility
from central.store.sessions import CallSession
from central.store.terminals import Terminal
from protocol.terminal import CheckInMethod, CommandKind, VisitState


async def move(central: Central, who: Staff, form: Form) -> Decided:
    """Put a turn at the booth and time that were chosen; an empty time keeps its own. Raises Refused."""
    async with central.database.write() as tx:
        session = await _mine(tx, who, form)
        start_at_ms = await _start(tx, session, form)
        put = await _put(tx, central, who, session, form.get("terminal", ""), start_at_ms)
        detail = {"terminal": put.session.terminal_id, "start": put.session.start_at_ms, "others": put.others}
        await _note(tx, central, who, "turn_move", session.id, detail)
        mine = (await registrations.of_sessions(tx, [session.id])).get(session.id)
    told = "day.done.put.tell" if put.told or put.others else "day.done.put"
    return Decided(told, mine, count=put.others + put.told, session=put.session)


async def unpin(central: Central, who: Staff, form: Form) -> Decided:
    """Let the plan decide again where a turn goes; raises Refused."""
    async with central.database.write() as tx:
        session = await _mine(tx, who, form)
        try:
            await by_hand.release(tx, session.id)
        except CannotMove as error:
            raise Refused(f"day.no.put.{error.why}") from error
        await _note(tx, central, who, "turn_unpin", session.id, {})
    return Decided("day.done.unpin", session=session)


async def call_next(central: Central, who: Staff, form: Form, facility: Facility) -> Decided:
    """Call out the number whose turn comes first at a booth; raises Refused.

    Who is there already may come before the told time; who is not is never called before it.
    """
    now = central.clock()
    async with central.database.write() as tx:
        terminal = await terminals.get(tx, form.get("terminal", ""))
        if terminal is None or terminal.facility.id != facility.id:
            raise Refused("staff.missing")
        if await sessions.open_on(tx, terminal.id) is not None:
            raise Refused("day.no.call.busy")
        called = await _next(tx, central, who, terminal, now)
        await sessions.changed(tx, called.id, called_at_ms=now)
        await _start_there(tx, who, terminal, called, now)
        await _note(tx, central, who, "call_next", called.id, {"terminal": terminal.id})
    return Decided("day.done.called", session=called)


async def _next(tx: Writing, central: Central, who: Staff, terminal: Terminal, now: int) -> CallSession:
    found = await of_facility(tx, terminal.facility, None, now_ms=now, awake_ms=central.started_at_ms)
    waits = [each for each in found.sessions.values() if _waits_at(each, terminal)] if found else []
    if waits:
        return waits[0]
    turns = found.plan.turns if found else ()
    early_ms = now + terminal.facility.settings.check_in_early_s * 1000
    known = found.sessions if found else {}
    mine = next((turn for turn in turns if turn.booth == terminal.id), None)
    if mine is not None and mine.start_at_ms <= early_ms:
        return known[mine.id]
    present = _first_present(turns, known)
    if present is None:
        raise Refused("day.no.call.nobody" if mine is None else "day.no.call.early")
    return (await _put(tx, central, who, present, terminal.id, now)).session


def _waits_at(session: CallSession, terminal: Terminal) -> bool:
    """The booth asks for this number already."""
    return (
        session.terminal_id == terminal.id
        and session.state == "planned"
        and session.visit_state == VisitState.CHECK_IN.value
    )


def _first_present(turns: tuple[Turn, ...], known: Mapping[str, CallSession]) -> CallSession | None:
    there = (known[turn.id] for turn in turns if turn.id in known)
    return next((session for session in there if session.claimed_at_ms is not None), None)


async def _start_there(tx: Writing, who: Staff, terminal: Terminal, called: CallSession, now: int) -> None:
    """Where an officer lets inmates in, calling one is letting in."""
    by_officer = terminal.facility.settings.check_in is CheckInMethod.OFFICER
    if by_officer and called.visit_state == VisitState.CHECK_IN.value:
        await commands.issue(
            tx,
            CommandKind.START,
            terminal_id=terminal.id,
            issued_by=who.user.name,
            now_ms=now,
            session_id=called.id,
        )


async def _put(
    tx: Writing, central: Central, who: Staff, session: CallSession, terminal_id: str, start_at_ms: int | None
) -> Put:
    try:
        return await by_hand.move_session(
            tx,
            session.id,
            terminal_id=terminal_id,
            start_at_ms=start_at_ms,
            by=who.user.name,
            now_ms=central.clock(),
            awake_ms=central.started_at_ms,
        )
    except CannotMove as error:
        raise Refused(f"day.no.put.{error.why}") from error


async def _mine(tx: Writing, who: Staff, form: Form) -> CallSession:
    session = await sessions.get(tx, form.get("session", ""), lock=True)
    if session is None or not who.may_see(session.facility_id):
        raise Refused("staff.missing")
    return session


async def _start(tx: Writing, session: CallSession, form: Form) -> int | None:
    """The time of day that was typed, on the session's own day; None for an empty field."""
    typed = form.get("time", "").strip().replace(".", ":")
    if not typed:
        return None
    terminal = await terminals.get(tx, session.terminal_id)
    zone = ZoneInfo(terminal.facility.settings.timezone if terminal is not None else "UTC")
    there: date = datetime.fromtimestamp(session.start_at_ms / 1000, zone).date()
    try:
        moment = datetime.combine(there, time.fromisoformat(typed), tzinfo=zone)
    except ValueError as error:
        raise Refused("day.no.put.time") from error
    at_ms = int(moment.timestamp() * 1000)
    return None if at_ms // 60_000 == session.start_at_ms // 60_000 else at_ms


async def _note(tx: Writing, central: Central, who: Staff, act: str, subject: str, detail: dict[str, object]) -> None:
    await staff.note(tx, user=who.user.name, act=act, subject=subject, detail=detail, now_ms=central.clock())
