"""What the staff board shows: pure, from rows, rooms and an instant to one model without words."""

from central.board_model import (
    HOLD_EXPECTED_S,
    Alarm,
    Board,
    CommandRow,
    Link,
    Look,
    RoomRow,
    Rows,
    Rules,
    SessionRow,
    Stopped,
    TerminalRow,
    Tile,
    Told,
    Turn,
)
from protocol.faults import FAULTS, Severity
from protocol.terminal import CommandKind, Mode, TerminalStatus, VisitState

LATE_MS = 10_000
GONE_MS = 13_500
"""Red is to be on the glass within 15 s of the last word, and the board is looked at once a second."""
HUNG_UP_MS = 2_000
QUEUE_LENGTH = 12
STOPPED_MS = 600_000
TOLD_MS = {"pending": 60_000, "done": 12_000, "refused": 60_000, "expired": 60_000}


def board(rows: Rows, now_ms: int) -> Board:
    """The board of these rows at this instant."""
    rooms = {room.session_id: room for room in rows.rooms}
    free = [(each.id, each.name) for each in rows.terminals if _is_free(each, rows, now_ms)]
    free.sort(key=lambda each: _place(each[1]))
    tiles = [_tile(terminal, rows, rooms, free, now_ms) for terminal in rows.terminals]
    alarms = [alarm for terminal in rows.terminals for alarm in _alarms(terminal, now_ms)]
    alarms.sort(key=lambda alarm: (alarm.severity is not Severity.STOPS, alarm.code != "gone", _place(alarm.terminal)))
    names = {terminal.id: terminal.name for terminal in rows.terminals}
    on_tiles = {tile.session.id for tile in tiles if tile.session}
    turns = [_turn(session, names, rows, rooms, now_ms) for session in rows.sessions if session.id not in on_tiles]
    waiting = sum(turn.state != "open" for turn in turns)
    return Board(
        alarms=tuple(alarms),
        tiles=tuple(sorted(tiles, key=_order)),
        queue=tuple(turns[:QUEUE_LENGTH]),
        waiting=waiting,
        stopped=_stopped(rows, now_ms),
        on_duty=rows.on_duty,
    )


def link(terminal: TerminalRow, now_ms: int) -> Link:
    """Late after 10 s and gone after 13.5 s of silence, longer where requests are held longer; gone 2 s after it hung up."""
    if terminal.seen_at_ms is None:
        return Link.NEVER
    hung_up = terminal.dropped_at_ms
    if hung_up is not None and hung_up > terminal.seen_at_ms and now_ms - hung_up >= HUNG_UP_MS:
        return Link.GONE
    longer = max(0.0, terminal.hold_s - HOLD_EXPECTED_S) * 1000
    silent = now_ms - terminal.seen_at_ms - longer
    if silent >= GONE_MS:
        return Link.GONE
    return Link.LATE if silent > LATE_MS else Link.OK


def _is_free(terminal: TerminalRow, rows: Rows, now_ms: int) -> bool:
    """Whether it could take a session at once."""
    status = terminal.status
    if not terminal.enrolled or terminal.clones or status is None or _stops(terminal):
        return False
    is_idle = status.mode is Mode.IN_SERVICE and status.visit in (VisitState.NONE, VisitState.FAREWELL)
    return is_idle and link(terminal, now_ms) is Link.OK and _session_of(terminal, rows.sessions) is None


def _tile(
    terminal: TerminalRow, rows: Rows, rooms: dict[str, RoomRow], free: list[tuple[str, str]], now_ms: int
) -> Tile:
    status = terminal.status
    targets = tuple(each for each in free if each[0] != terminal.id)
    fresh = link(terminal, now_ms)
    session = _session_of(terminal, rows.sessions)
    room = rooms.get(session.id) if session else None
    asks = session is not None and _asks(session, room, rows.rules)
    state = _state(terminal, fresh, asks=asks, admitted=bool(session and session.admitted))
    running = bool(status and status.talk_running and fresh in (Link.OK, Link.LATE))
    left = status.talk_left_ms if status and session else None
    seen = terminal.seen_at_ms
    return Tile(
        terminal_id=terminal.id,
        name=terminal.name,
        look=_look(state, _stops(terminal)),
        state=state,
        link=fresh,
        seen_at_ms=seen,
        left_ms=left,
        zero_at_ms=seen + left if running and seen is not None and left is not None else None,
        session=session,
        next=_next_of(terminal, session, rows.sessions),
        family_present=bool((room and room.family_present) or (session and status and status.family_present)),
        asks=asks,
        picture=room.picture if room and asks else None,
        devices_bad=_devices_bad(terminal) if fresh in (Link.OK, Link.LATE) else (),
        acts=(
            *_all_acts(terminal, fresh, session, rows.rules, asks=asks, is_there=bool(room and room.family_present)),
            *(("move",) if session is not None and targets and state != "farewell" else ()),
        ),
        targets=targets if session is not None else (),
        volume_percent=status.volume_percent if status else 80,
        clones=terminal.clones,
        told=_told(terminal.id, rows.commands, now_ms),
    )


def _session_of(terminal: TerminalRow, sessions: tuple[SessionRow, ...]) -> SessionRow | None:
    """The session its status names, or else the one it has open."""
    reported = terminal.status.session_id if terminal.status else None
    mine = [session for session in sessions if session.terminal_id == terminal.id]
    named = [session for session in mine if session.id == reported]
    return next(iter(named or [session for session in mine if session.is_open]), None)


def _next_of(terminal: TerminalRow, present: SessionRow | None, sessions: tuple[SessionRow, ...]) -> SessionRow | None:
    """Who comes after the present one."""
    mine = (each for each in sessions if each.terminal_id == terminal.id and not each.is_open)
    return next((each for each in mine if each is not present), None)


def _asks(session: SessionRow, room: RoomRow | None, rules: Rules) -> bool:
    return rules.admit_by_officer and not session.admitted and room is not None and room.family_ready


def _state(terminal: TerminalRow, fresh: Link, *, asks: bool, admitted: bool) -> str:
    """A key of the sentences `board.state.*`."""
    status = terminal.status
    if not terminal.enrolled:
        return "unenrolled"
    if status is None or fresh in (Link.NEVER, Link.GONE):
        return "gone" if fresh is Link.GONE else "never"
    if asks:
        return "admit"
    if status.visit is VisitState.WAITING and admitted and status.family_present:
        return "connecting"
    if status.visit is not VisitState.NONE:
        return status.visit.value
    if status.mode is not Mode.IN_SERVICE:
        return status.mode.value
    return "out_of_service" if _stops(terminal) else "none"


def _look(state: str, stops: bool) -> Look:
    if state == "gone":
        return Look.GONE
    if state == "talking":
        return Look.TALK
    if state in ("none", "farewell"):
        return Look.STOP if stops else Look.FREE
    if state in ("unenrolled", "never", "locked", "maintenance"):
        return Look.FREE
    return Look.STOP if state == "out_of_service" else Look.WAIT


def _stops(terminal: TerminalRow) -> bool:
    return any(code in FAULTS and FAULTS[code].severity is Severity.STOPS for code in terminal.faults)


def _devices_bad(terminal: TerminalRow) -> tuple[str, ...]:
    """Keys of the sentences `board.device.*`."""
    status = terminal.status
    if status is None:
        return ()
    bad = [name for name, code in (("camera", "KAM"), ("microphone", "MIK")) if _has(status, code)]
    return (*bad, "screen") if _has(status, "LYR") or not status.window_up else tuple(bad)


def _has(status: TerminalStatus, family: str) -> bool:
    return any(code.startswith(family) for code in status.faults)


def _all_acts(
    terminal: TerminalRow, fresh: Link, session: SessionRow | None, rules: Rules, *, asks: bool, is_there: bool
) -> tuple[str, ...]:
    """What an officer can do here: about the PC, the visit, and the family's browser."""
    about_pc = ("approve",) if terminal.clones else ()
    acts = _acts(terminal.status, fresh, session, rules, asks=asks)
    return (*about_pc, *acts, *(("release",) if is_there and not asks else ()))


def _door_acts(room: RoomRow | None, *, asks: bool) -> tuple[str, ...]:
    """Let in or turn away who waits; give the place of who is there to another device."""
    return ("admit", "refuse") if asks else ("release",) if room and room.family_present else ()


def _acts(
    status: TerminalStatus | None, fresh: Link, session: SessionRow | None, rules: Rules, *, asks: bool
) -> tuple[str, ...]:
    """What an officer can do here, most wanted first."""
    if status is None or fresh in (Link.NEVER, Link.GONE):
        return ()
    first = ("admit", "refuse") if asks else ()
    if status.visit in (VisitState.TALKING, VisitState.INTERRUPTED):
        ear = () if session is None or session.is_meeting else ("listen",)
        return (*first, "extend", "message", *ear, "end", "volume", "let_technician_in")
    if status.visit is VisitState.CHECK_IN:
        return (*first, "start") if rules.check_in_by_officer and session else first
    if status.visit in (VisitState.RULES, VisitState.WAITING):
        return (*first, "end", "volume", "let_technician_in") if session else first
    if status.mode is Mode.LOCKED:
        return ("unlock",)
    return ("lock", "volume") if status.mode is Mode.IN_SERVICE and status.visit is VisitState.NONE else ()


def _told(terminal_id: str, commands: tuple[CommandRow, ...], now_ms: int) -> Told | None:
    """What became of the last command; that a call is heard is told by who hears it."""
    for command in commands:
        changed = command.issued_at_ms if command.answered_at_ms is None else command.answered_at_ms
        if command.kind == CommandKind.LISTEN and command.state in ("pending", "done"):
            continue
        if command.terminal_id == terminal_id and now_ms - changed < TOLD_MS.get(command.state, 0):
            return Told(kind=command.kind, state=command.state, why=command.why)
    return None


def _stopped(rows: Rows, now_ms: int) -> Stopped | None:
    """The last emergency stop, booth by booth."""
    stops = [command for command in rows.commands if command.kind == CommandKind.EMERGENCY_STOP]
    if not stops or now_ms - stops[0].issued_at_ms >= STOPPED_MS:
        return None
    last = stops[0]
    became = {stop.terminal_id: stop.state for stop in stops if stop.issued_at_ms == last.issued_at_ms}
    booths = [terminal for terminal in rows.terminals if terminal.id in became]
    booths.sort(key=lambda terminal: _place(terminal.name))
    return Stopped(
        at_ms=last.issued_at_ms,
        by=last.issued_by,
        booths=tuple((booth.name, became[booth.id]) for booth in booths),
        can_open=any(booth.status is not None and booth.status.mode is Mode.LOCKED for booth in booths),
    )


def _alarms(terminal: TerminalRow, now_ms: int) -> list[Alarm]:
    """Faults of this booth; one that is gone has no other."""
    fresh = link(terminal, now_ms)
    if not terminal.enrolled or terminal.status is None or fresh is Link.NEVER:
        return []
    if fresh is Link.GONE:
        return [Alarm(terminal=terminal.name, code="gone", severity=Severity.STOPS, since_ms=terminal.seen_at_ms)]
    found = [
        Alarm(terminal=terminal.name, code=code, severity=FAULTS[code].severity if code in FAULTS else Severity.WARNING)
        for code in terminal.faults
    ]
    if not terminal.status.window_up and not _has(terminal.status, "LYR"):
        found.append(Alarm(terminal=terminal.name, code="screen", severity=Severity.WARNING))
    return found


def _order(tile: Tile) -> tuple[int, int, tuple[int, str]]:
    """Families to be let in, then booths in a visit by time left, then the broken, then the free."""
    if tile.asks:
        return (0, 0, _place(tile.name))
    if tile.session is not None and tile.look is not Look.GONE:
        return (1, tile.left_ms if tile.left_ms is not None else 10**9, _place(tile.name))
    return (2 if tile.look in (Look.GONE, Look.STOP) else 3, 0, _place(tile.name))


def _place(name: str) -> tuple[int, str]:
    """Bilik 2 comes before Bilik 10."""
    digits = "".join(each for each in name if each.isdecimal())
    return (int(digits[:9]) if digits else 0, name)


def _turn(session: SessionRow, names: dict[str, str], rows: Rows, rooms: dict[str, RoomRow], now_ms: int) -> Turn:
    room = rooms.get(session.id)
    asks = _asks(session, room, rows.rules)
    planned = "due" if session.start_at_ms <= now_ms else "planned"
    return Turn(
        session=session,
        terminal=names.get(session.terminal_id, ""),
        state="open" if session.is_open else planned,
        asks=asks,
        family_present=bool(room and room.family_present),
        picture=room.picture if room and asks else None,
        acts=_door_acts(room, asks=asks),
    )
