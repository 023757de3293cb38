"""Where the board's rows come from: the database, and the rooms of this central."""

import hashlib

import msgspec

from central.board_model import Clone, CommandRow, RoomRow, Rows, Rules, SessionRow, TerminalRow
from central.clones import Boot
from central.context import Central
from central.store import boots, commands, duty, listens, rejected, sessions, status, terminals
from central.store.commands import Issued
from central.store.facilities import AdmitMethod, Facility
from central.store.sessions import OPEN_STATES, CallSession
from central.store.status import Heartbeat
from central.store.terminals import Terminal
from protocol.terminal import CallKind, CheckInMethod

PAST_MS = 6 * 3_600_000
AHEAD_MS = 18 * 3_600_000
COMMANDS_MS = 10 * 60_000


async def board_rows(central: Central, facility: Facility, now_ms: int) -> Rows:
    """All rows of one facility's board."""
    async with central.database.read() as db:
        booths = await terminals.every(db, facility.id)
        beats = await status.latest(db, facility.id)
        planned = await sessions.between(db, now_ms - PAST_MS, now_ms + AHEAD_MS, facility_id=facility.id)
        clones = await boots.clones(db, facility.id)
        rejects = await rejected.waiting(db, facility.id)
        heard = {listen.session_id: listen.user for listen in await listens.open_at(db, facility.id)}
        present = await duty.present(db, facility.id, now_ms=now_ms)
        told = await commands.recent(db, [booth.id for booth in booths], now_ms - COMMANDS_MS)
    live = [session for session in planned if session.state in OPEN_STATES]
    return Rows(
        terminals=tuple(
            _terminal(central, booth, beats.get(booth.id), clones.get(booth.id, ()), has_rejects=booth.id in rejects)
            for booth in booths
            if booth.revoked_at_ms is None
        ),
        sessions=tuple(_session(session, heard.get(session.id)) for session in live),
        rooms=tuple(_room(central, session.id) for session in live),
        commands=tuple(_command(command) for command in told),
        rules=rules_of(facility),
        on_duty=tuple(present),
    )


def rules_of(facility: Facility) -> Rules:
    """What the facility decided that the board must know."""
    settings = facility.settings
    return Rules(
        check_in_by_officer=settings.check_in is CheckInMethod.OFFICER,
        admit_by_officer=settings.admit is AdmitMethod.OFFICER,
    )


def _terminal(
    central: Central, terminal: Terminal, beat: Heartbeat | None, clones: tuple[Boot, ...], *, has_rejects: bool
) -> TerminalRow:
    row = TerminalRow(
        id=terminal.id,
        name=terminal.name,
        enrolled=terminal.enrolled_at_ms is not None,
        clones=tuple(Clone(boot_id=boot.boot_id, began_at_ms=boot.began_at_ms) for boot in clones),
        has_rejects=has_rejects,
    )
    if beat is None:
        return row
    return msgspec.structs.replace(
        row,
        seen_at_ms=beat.at_ms,
        hold_s=beat.hold_s,
        status=beat.status,
        dropped_at_ms=max(central.heartbeats.dropped_at_ms(terminal.id) or 0, beat.dropped_at_ms or 0) or None,
    )


def _session(session: CallSession, listener: str | None) -> SessionRow:
    return SessionRow(
        id=session.id,
        terminal_id=session.terminal_id,
        number=session.number,
        start_at_ms=session.start_at_ms,
        talk_s=session.talk_s + session.extended_s,
        is_open=session.state == "open",
        inmate_name=session.inmate_name,
        family_name=session.family_name,
        admitted=session.admitted_at_ms is not None,
        is_meeting=session.call_kind == CallKind.WEB_PAGE,
        listener=listener,
    )


def _room(central: Central, session_id: str) -> RoomRow:
    view = central.rooms.view(session_id)
    picture = None if view.still is None else hashlib.blake2s(view.still, digest_size=6).hexdigest()
    return RoomRow(
        session_id=session_id, family_present=view.family_present, family_ready=view.family_ready, picture=picture
    )


def _command(issued: Issued) -> CommandRow:
    return CommandRow(
        terminal_id=issued.terminal_id,
        issued_by=issued.command.issued_by,
        kind=issued.command.kind,
        state=issued.state,
        why=issued.why,
        issued_at_ms=issued.issued_at_ms,
        answered_at_ms=issued.answered_at_ms,
    )
