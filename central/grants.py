"""The grant: may this terminal open this session now? If so, names, target and tokens for it."""

from central.calls.room import CREDENTIALS_AFTER_MS
from central.context import Central
from central.meetings import Meeting, WrongMeeting, meeting
from central.store import duty, sessions
from central.store.engine import Writing
from central.store.facilities import FacilitySettings
from central.store.sessions import CallSession
from central.store.terminals import Terminal
from protocol.terminal import CallKind, CheckInMethod, Grant, OpenRequest

EARLY_SLACK_MS = 30_000
"""The terminal's own clock decides when check-in begins; it may be a little ahead."""
FREE_TRIES = 5
FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 900_000


class Refused(Exception):
    """No; `code`: wrong_pin, wait, moved, cancelled, open_elsewhere, not_now, cloned."""

    def __init__(self, status: int, code: str, words: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


async def open_session(central: Central, terminal: Terminal, session_id: str, request: OpenRequest) -> Grant:
    """Open the session for this terminal, or say again what it was told; raises Refused."""
    now = central.clock()
    settings = terminal.facility.settings
    async with central.database.read() as db:
        session = _possible(await sessions.get(db, session_id), terminal, settings, now)
    _refuse_clone(session, terminal, request)
    target = _target(session, settings)
    if settings.check_in is CheckInMethod.PIN and not (request.again and session.state == "open"):
        await _check_pin(central, session, request.pin)
    async with central.database.write() as tx:
        session = _possible(await sessions.get(tx, session_id, lock=True), terminal, settings, now)
        session = await _opened(tx, session, settings, request, now)
    await central.rooms.watch(session.id)
    return _grant(central, session, settings, target)


def _possible(session: CallSession | None, terminal: Terminal, settings: FacilitySettings, now: int) -> CallSession:
    if session is None or session.state in ("cancelled", "ended"):
        raise Refused(409, "cancelled", "this session was cancelled or is over: show the next one")
    if session.terminal_id != terminal.id:
        if session.state == "open":
            raise Refused(409, "open_elsewhere", "this session is open at another terminal")
        raise Refused(409, "moved", "this session was moved to another terminal")
    if now < session.start_at_ms - settings.check_in_early_s * 1000 - EARLY_SLACK_MS:
        raise Refused(409, "not_now", "this session has not begun yet")
    if now >= session.hard_stop_ms(settings):
        raise Refused(409, "not_now", "the time of this session is over")
    return session


def _refuse_clone(session: CallSession, terminal: Terminal, request: OpenRequest) -> None:
    """While two PCs use one enrolment, nothing is opened; a call that runs goes on where it runs."""
    runs_here = session.state == "open" and session.boot_id == request.boot_id
    if terminal.cloned_at_ms is not None and not runs_here:
        raise Refused(409, "cloned", "two computers use this terminal's enrolment: an officer has to approve one")


async def _check_pin(central: Central, session: CallSession, pin: str | None) -> None:
    """Tries that came together are checked at once but count one by one: the wait that one began holds for the next."""
    now = central.clock()
    _check_wait(session, now)
    right = pin is not None and session.pin_hash is not None and await central.passwords.verify(session.pin_hash, pin)
    async with central.database.write() as tx:
        current = await sessions.get(tx, session.id, lock=True) or session
        _check_wait(current, now)
        if right and not current.pin_failures:
            return
        failures = 0 if right else current.pin_failures + 1
        over = failures - FREE_TRIES
        wait_until = now + min(FIRST_WAIT_MS * 2 ** min(over, 10), LONGEST_WAIT_MS) if over >= 0 else None
        await sessions.changed(tx, session.id, pin_failures=failures, pin_wait_until_ms=wait_until)
    if not right:
        raise Refused(403, "wrong_pin", "the PIN is wrong")


def _check_wait(session: CallSession, now: int) -> None:
    if session.pin_wait_until_ms is not None and now < session.pin_wait_until_ms:
        left_s = (session.pin_wait_until_ms - now) // 1000 + 1
        raise Refused(429, "wait", "too many wrong PINs: wait", retry_after_s=left_s)


async def _opened(
    tx: Writing, session: CallSession, settings: FacilitySettings, request: OpenRequest, now: int
) -> CallSession:
    values: dict[str, object] = {"boot_id": request.boot_id}
    if session.state == "planned":
        values |= {"state": "open", "opened_at_ms": now, "end_by_ms": session.hard_stop_ms(settings)}
    changed = await sessions.changed(tx, session.id, **values)
    if changed is None:
        raise Refused(409, "cancelled", "this session has gone")
    if session.state == "planned":
        await duty.opened(tx, session.id, session.facility_id, now_ms=now)
    return changed


def _target(session: CallSession, settings: FacilitySettings) -> Meeting:
    """What a meeting's page may show and fetch, as the facility allows it today; nothing for a call of our own."""
    if session.call_kind != CallKind.WEB_PAGE:
        return Meeting((), ())
    try:
        return meeting(session.call_url or "", settings.meeting_hosts)
    except WrongMeeting as error:
        raise Refused(409, "not_now", f"its meeting cannot be opened: {error}") from error


def _grant(central: Central, session: CallSession, settings: FacilitySettings, target: Meeting) -> Grant:
    expires = session.hard_stop_ms(settings) + CREDENTIALS_AFTER_MS
    return Grant(
        session_id=session.id,
        number=session.number,
        start_at_ms=session.start_at_ms,
        talk_s=session.talk_s,
        inmate_name=session.inmate_name,
        family_name=session.family_name,
        closing_at_ms=session.closing_at_ms,
        call_kind=CallKind(session.call_kind),
        call_url=session.call_url,
        call_pages=target.pages,
        call_hosts=target.hosts,
        ice_servers=central.turn.ice_servers(session.id, "kiosk", expires_at_ms=expires),
        ice_policy=settings.ice_policy,
    )
