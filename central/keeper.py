"""What has to happen because time passed: sessions nobody came to, records that never came, sessions of tomorrow."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from central.context import Central
from central.schedule.slip import GAP_MS, slipped
from central.store import commands, events, facilities, sessions, terminals
from central.store.alone import alone
from central.store.engine import Writing
from central.store.facilities import FacilitySettings
from central.store.sessions import CallSession
from protocol.outcome import EndReason, FaultParty, UsageRecord

log = logging.getLogger(__name__)

EVERY_S = 2.0
RECORD_LATE_MS = 600_000
LONGEST_DELAY_MS = 3_600_000


async def keep(central: Central) -> None:
    """Look every two seconds until central ends."""
    failing = False
    while await central.bus.pause(EVERY_S):
        try:
            await keep_once(central)
            failing = False
        except (SQLAlchemyError, OSError):
            if not failing:
                log.exception("what time brings cannot be written; trying again")
            failing = True


async def keep_once(central: Central) -> None:
    """Everything that is due at this moment; of several instances one writes, and each has the rooms of all open sessions."""
    now = central.clock()
    async with alone(central.database, "keeper") as mine:
        async with central.database.read() as db:
            planned = await sessions.unfinished(db, "planned", now)
            opened = await sessions.unfinished(db, "open", now + LONGEST_DELAY_MS)
            settings = await facilities.settings_of(db, {each.facility_id for each in (*planned, *opened)})
        if mine:
            await _write_due(central, planned, opened, settings, now)
    for session in opened:
        if now < _stop(session, settings):
            await central.rooms.watch(session.id)


async def _write_due(
    central: Central,
    planned: list[CallSession],
    opened: list[CallSession],
    settings: dict[str, FacilitySettings],
    now: int,
) -> None:
    missed = [each for each in planned if now >= each.hard_stop_ms(settings[each.facility_id])]
    busy = {each.terminal_id for each in opened if now < _stop(each, settings) + GAP_MS}
    silent = [each for each in opened if now >= _stop(each, settings) + RECORD_LATE_MS]
    async with central.database.write() as tx:
        await sessions.announce(tx, now_ms=now)
        await commands.expire(tx, now_ms=now)
        for session in missed:
            await _close_missed(tx, session)
        for session in silent:
            await _stand_in(tx, session, _stop(session, settings), now)
        for terminal_id in busy & {each.terminal_id for each in planned}:
            await _let_slip(tx, terminal_id, now)


def _stop(session: CallSession, settings: dict[str, FacilitySettings]) -> int:
    return session.hard_stop_ms(settings[session.facility_id])


async def _close_missed(tx: Writing, session: CallSession) -> None:
    why = "unused" if session.claimed_at_ms is None else "no_show"
    await sessions.changed(tx, session.id, state="ended", why=why)
    await terminals.bump(tx, session.terminal_id)


async def _let_slip(tx: Writing, terminal_id: str, now: int) -> None:
    """While a visit runs, nobody else is called at its booth: who is due meanwhile keeps the whole of the own time."""
    planned = [each for each in await sessions.assigned(tx, terminal_id, now_ms=now) if each.state == "planned"]
    starts = slipped(planned, now_ms=now)
    for session_id, start_at_ms in starts.items():
        await sessions.changed(tx, session_id, start_at_ms=start_at_ms)
    if starts:
        await terminals.bump(tx, terminal_id)


async def _stand_in(tx: Writing, session: CallSession, end_by_ms: int, now: int) -> None:
    """The terminal never reported: a record that says so, until the real one comes."""
    opened = session.opened_at_ms or session.start_at_ms
    record = UsageRecord(
        session_id=session.id,
        end_reason=EndReason.TERMINAL_FAULT,
        fault_party=FaultParty.TERMINAL,
        planned_start_at_ms=session.start_at_ms,
        check_in_at_ms=opened,
        ended_at_ms=end_by_ms,
        talk_promised_s=session.talk_s,
        talk_extended_s=session.extended_s,
        talk_delivered_ms=0,
        interrupted_ms=0,
        interruptions=0,
        restarts=0,
    )
    await events.store_usage(tx, session.terminal_id, record, provisional=True, now_ms=now)
    log.warning(
        "session %s: no record came from terminal %s; a provisional one stands in", session.id, session.terminal_id
    )
