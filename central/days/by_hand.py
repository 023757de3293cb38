"""What an officer puts into place by hand: a session at another booth or time, where it stays in all later plans."""

from msgspec import Struct

from central.days.facts import DayFacts, facts
from central.days.settle import MOVED, apply
from central.store import facilities, registrations, schedules, sessions, terminals
from central.store.engine import Writing
from central.store.sessions import CallSession


class CannotMove(Exception):
    """The session cannot be put there, and nothing was changed.

    `why`: gone, no_terminal, past, same, other_day, closed, no_booth, taken (somebody else talks there then), others (somebody
    would have no turn by it).
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Wish(Struct, frozen=True, kw_only=True):
    """Where an officer wants it. `start_at_ms`: None for its own time, as near as the booth can."""

    terminal_id: str
    start_at_ms: int | None
    by: str


class Put(Struct, frozen=True, kw_only=True):
    """Where the session is now. `told`: whether its family has to hear of it; `others`: how many others have a new time by it."""

    session: CallSession
    told: bool
    others: int


async def move_session(
    tx: Writing,
    session_id: str,
    *,
    terminal_id: str,
    by: str,
    now_ms: int,
    start_at_ms: int | None = None,
    awake_ms: int = 0,
) -> Put:
    """Put a planned session at a booth, at a time or at its own, and keep it there in later plans; raises CannotMove.

    Must run in a transaction that ends with the exception. The families whose told time changes get a message to be sent; the
    booth alone is no matter to a family. A facility without a schedule has no plan: there only the session itself is moved.
    """
    wish = Wish(terminal_id=terminal_id, start_at_ms=start_at_ms, by=by)
    session = await _movable(tx, session_id, wish, now_ms)
    before = await _facts(tx, session, now_ms=now_ms, awake_ms=awake_ms)
    start = session.start_at_ms if start_at_ms is None else start_at_ms
    place = {"terminal_id": terminal_id, "start_at_ms": start, "visit_state": "none", "pinned_by": by}
    await sessions.changed(tx, session.id, **place)
    await terminals.bump(tx, *dict.fromkeys((session.terminal_id, terminal_id)))
    if before is None:
        return Put(session=await _stored(tx, session), told=False, others=0)
    told = await _told(tx, before, session, wish)
    after = await _facts(tx, session, now_ms=now_ms, awake_ms=awake_ms) or before
    _check(before, after, session.id, wish)
    moved = {each.id for each in after.plan.moved}
    await apply(tx, after, now_ms=now_ms)
    others = len(moved - {session.id})
    return Put(session=await _stored(tx, session), told=told or session.id in moved, others=others)


async def release(tx: Writing, session_id: str) -> CallSession:
    """Let the plan decide again where it goes; raises CannotMove."""
    session = await sessions.get(tx, session_id, lock=True)
    if session is None or session.state != "planned":
        raise CannotMove("gone")
    return await sessions.changed(tx, session.id, pinned_by=None) or session


async def _movable(tx: Writing, session_id: str, wish: Wish, now_ms: int) -> CallSession:
    session = await sessions.get(tx, session_id, lock=True)
    if session is None or session.state != "planned":
        raise CannotMove("gone")
    terminal = await terminals.get(tx, wish.terminal_id)
    if terminal is None or terminal.facility.id != session.facility_id or terminal.revoked_at_ms is not None:
        raise CannotMove("no_terminal")
    if wish.start_at_ms is not None and wish.start_at_ms < now_ms - 60_000:
        raise CannotMove("past")
    if wish.terminal_id == session.terminal_id and wish.start_at_ms in (None, session.start_at_ms):
        raise CannotMove("same")
    return session


async def _facts(tx: Writing, session: CallSession, *, now_ms: int, awake_ms: int) -> DayFacts | None:
    """The session's day as it is in this transaction; None where nobody plans."""
    facility = await facilities.get(tx, session.facility_id)
    schedule = await schedules.get(tx, session.facility_id)
    if facility is None or schedule is None:
        return None
    await registrations.lock(tx, facility.id)
    when = schedule.opening(facility.settings.timezone).day_of(session.start_at_ms)
    return await facts(tx, facility, schedule, when, now_ms=now_ms, awake_ms=awake_ms)


async def _told(tx: Writing, before: DayFacts, session: CallSession, wish: Wish) -> bool:
    """Note what its family is to know now; the message is written by what is stored. Whether there is anything to be told."""
    if wish.start_at_ms is None:
        return False
    if before.schedule.opening(before.facility.settings.timezone).day_of(wish.start_at_ms) != before.when:
        raise CannotMove("other_day")
    mine = before.by_session.get(session.id)
    if mine is None or wish.start_at_ms == (mine.told_start_at_ms or session.start_at_ms):
        return False
    news = "approved" if mine.to_tell == "approved" else "moved"
    await registrations.changed(tx, mine.id, reason=MOVED, told_start_at_ms=wish.start_at_ms, to_tell=news)
    return True


def _check(before: DayFacts, after: DayFacts, session_id: str, wish: Wish) -> None:
    """Raise CannotMove unless the plan has it there, and nobody loses a turn by what an officer does by hand."""
    turn = next((each for each in after.plan.turns if each.id == session_id), None)
    if wish.start_at_ms is not None and not _is_open(after, session_id, wish.start_at_ms):
        raise CannotMove("closed")
    if turn is None or turn.booth != wish.terminal_id:
        raise CannotMove("no_booth")
    if wish.start_at_ms is not None and turn.start_at_ms > wish.start_at_ms + after.day.rules.tolerance_s * 1000:
        raise CannotMove("taken")
    if {each.id for each in after.plan.not_today} - {each.id for each in before.plan.not_today}:
        raise CannotMove("others")


def _is_open(found: DayFacts, session_id: str, start_at_ms: int) -> bool:
    ends = start_at_ms + min(found.sessions[session_id].talk_s, found.day.rules.limits.floor_s) * 1000
    return any(window.from_ms <= start_at_ms and ends <= window.to_ms for window in found.day.windows)


async def _stored(tx: Writing, session: CallSession) -> CallSession:
    return await sessions.get(tx, session.id) or session
