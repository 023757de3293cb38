"""An officer moves a session to another booth: a planned one as the plan does, one that runs with what is left of its time."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from central.board import link
from central.board_model import Link, TerminalRow
from central.context import Central
from central.days import by_hand
from central.days.by_hand import CannotMove
from central.staff.acts import Done, Refused
from central.staff.board_rows import board_rows
from central.staff.gate import Staff
from central.store import commands, events, moves, sessions, staff, terminals
from central.store.engine import Writing
from central.store.facilities import Facility
from central.store.sessions import CallSession
from central.store.terminals import Terminal
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import CommandKind

log = logging.getLogger(__name__)

EVERY_S = 0.5


async def move(central: Central, who: Staff, form: dict[str, str]) -> Done:
    """Let the session of this form go on at the booth `to`; raises Refused."""
    now = central.clock()
    async with central.database.read() as db:
        found = await sessions.get(db, form.get("session", ""))
        booth = None if found is None else await terminals.get(db, found.terminal_id)
    if found is None or booth is None or not who.may_see(found.facility_id):
        raise Refused("staff.missing")
    row = await _row(central, booth.facility, booth.id, now)
    async with central.database.write() as tx:
        session = await sessions.get(tx, found.id, lock=True)
        target = await _target(tx, found, form.get("to", ""))
        if session is None or session.state not in sessions.OPEN_STATES:
            raise Refused("why.visit_over")
        done = await _move(tx, central, who, session, target, row)
        detail = {"session": session.id, "to": target.id, "state": session.state}
        await staff.note(tx, user=who.user.name, act="move", subject=booth.id, detail=detail, now_ms=now)
    return done


async def _row(central: Central, facility: Facility, terminal_id: str, now: int) -> TerminalRow:
    rows = await board_rows(central, facility, now)
    found = next((row for row in rows.terminals if row.id == terminal_id), None)
    return found or TerminalRow(id=terminal_id, name="", enrolled=False)


async def _target(tx: Writing, session: CallSession, terminal_id: str) -> Terminal:
    target = await terminals.get(tx, terminal_id)
    if target is None or target.facility.id != session.facility_id or target.revoked_at_ms is not None:
        raise Refused("day.no.put.no_terminal")
    if target.id == session.terminal_id:
        raise Refused("day.no.put.same")
    return target


async def _move(
    tx: Writing, central: Central, who: Staff, session: CallSession, target: Terminal, row: TerminalRow
) -> Done:
    now, by = central.clock(), who.user.name
    if session.state == "planned":
        try:
            await by_hand.move_session(
                tx, session.id, terminal_id=target.id, by=by, now_ms=now, awake_ms=central.started_at_ms
            )
        except CannotMove as error:
            raise Refused(f"day.no.put.{error.why}") from error
        return Done("done.moved", {"terminal": target.name})
    await moves.ask(tx, session.id, target.id, by=by, now_ms=now)
    if link(row, now) is Link.GONE:
        await events.store_usage(tx, session.terminal_id, _left_behind(session, row, now), provisional=True, now_ms=now)
        return Done("done.moved", {"terminal": target.name})
    sent = await commands.issue(
        tx,
        CommandKind.MOVE,
        terminal_id=session.terminal_id,
        session_id=session.id,
        issued_by=by,
        fault_party=FaultParty.NONE.value,
        now_ms=now,
    )
    return Done("done.sent", {"act": "act.name.move"}, sent.id)


def _left_behind(session: CallSession, row: TerminalRow, now: int) -> UsageRecord:
    """A booth that is gone says nothing: what it said last stands in, until its own record comes."""
    status, talk_s = row.status, session.talk_s + session.extended_s
    is_known = status is not None and status.session_id == session.id
    left_ms = status.talk_left_ms if status is not None and is_known else None
    return UsageRecord(
        session_id=session.id,
        end_reason=EndReason.MOVED,
        fault_party=FaultParty.TERMINAL,
        planned_start_at_ms=session.start_at_ms,
        check_in_at_ms=session.opened_at_ms or session.start_at_ms,
        ended_at_ms=row.seen_at_ms or now,
        talk_promised_s=session.talk_s,
        talk_extended_s=session.extended_s,
        talk_delivered_ms=0 if left_ms is None else max(0, talk_s * 1000 - left_ms),
        interrupted_ms=0,
        interruptions=0,
        restarts=0,
    )


async def keep_moves(central: Central) -> None:
    """Let calls that ended as moved go on where they were moved to, until central ends."""
    failing = False
    while await central.bus.pause(EVERY_S):
        try:
            await keep_moves_once(central)
            failing = False
        except (SQLAlchemyError, OSError):
            if not failing:
                log.exception("calls that were moved cannot go on; trying again")
            failing = True


async def keep_moves_once(central: Central) -> None:
    """Those that are due at this moment."""
    async with central.database.read() as db:
        due = await moves.due(db)
    for each in due:
        async with central.database.write() as tx:
            now, secret = central.clock(), central.options.link_secret
            fresh = await moves.go_on(tx, each, link_secret=secret, now_ms=now)
        if fresh is not None:
            log.info("session %s goes on as %s at terminal %s", each.session_id, fresh.id, fresh.terminal_id)
