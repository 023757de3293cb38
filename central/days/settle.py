"""The plan becomes sessions: approved people get theirs, moved ones are put where the plan says, and each family's news is noted."""

from datetime import date

from central.credentials import hashed, link_token
from central.days import postpone
from central.days.facts import DayFacts, facts
from central.schedule.model import Day, Reason, Turn
from central.store import facilities, registrations, schedules, sessions, terminals
from central.store.engine import Writing
from central.store.facilities import Facility
from central.store.ids import new_id
from central.store.registrations import Registration
from central.store.schedules import Schedule
from central.store.sessions import CallSession

MOVED = "moved"
"""The reason of a registration whose told time changed."""


class NoPlace(Exception):
    """There is no turn for this registration; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


async def give_turn(
    tx: Writing,
    facility: Facility,
    schedule: Schedule,
    registration: Registration,
    *,
    link_secret: str,
    now_ms: int,
    awake_ms: int = 0,
    is_here: bool = False,
) -> Registration:
    """Plan somebody in, store the session and what the family is told; raises NoPlace.

    `is_here`: the family can come at once; who is elsewhere has to read the message first.
    """
    await registrations.lock(tx, facility.id)
    when = date.fromisoformat(registration.day)
    lead_ms = 0 if is_here else schedule.lead_s * 1000
    found = await facts(
        tx,
        facility,
        schedule,
        when,
        now_ms=now_ms,
        candidate=registration,
        not_before_ms=now_ms + lead_ms,
        awake_ms=awake_ms,
    )
    turn = next((each for each in found.plan.turns if each.id == registration.id), None)
    if turn is None:
        raise NoPlace(next(each.reason for each in found.plan.not_today if each.id == registration.id))
    session = _session(facility, registration, turn, link_secret, now_ms)
    await sessions.add(tx, [session], now_ms=now_ms)
    await apply(tx, found, now_ms=now_ms)
    return await _approved(tx, registration, session.id, turn)


async def _approved(tx: Writing, registration: Registration, session_id: str, turn: Turn) -> Registration:
    changed = await registrations.changed(
        tx,
        registration.id,
        state="approved",
        reason="",
        inmate=registration.inmate,
        exempt_talk_s=registration.exempt_talk_s,
        exempt_by=registration.exempt_by,
        exempt_reason=registration.exempt_reason,
        session_id=session_id,
        told_terminal_id=turn.booth,
        told_start_at_ms=turn.start_at_ms,
        told_talk_s=turn.talk_s,
        to_tell="approved",
    )
    return changed or registration


async def settle(
    tx: Writing, facility_id: str, when: date | None = None, *, now_ms: int, anew: bool = False, awake_ms: int = 0
) -> int:
    """Plan a day anew (today, if no other is given) and put the plan into force; how many sessions changed."""
    facility = await facilities.get(tx, facility_id)
    schedule = await schedules.get(tx, facility_id)
    if facility is None or schedule is None:
        return 0
    await registrations.lock(tx, facility_id)
    day = when or schedule.opening(facility.settings.timezone).day_of(now_ms)
    found = await facts(tx, facility, schedule, day, now_ms=now_ms, anew=anew, awake_ms=awake_ms)
    return await apply(tx, found, now_ms=now_ms)


def is_settled(found: DayFacts) -> bool:
    """Whether the sessions are as the plan wants them already."""
    absent = any(each.reason is Reason.ABSENT and each.id in found.sessions for each in found.plan.not_today)
    return (
        not absent
        and postpone.is_noted(found)
        and not any(
            _differs(session, turn, found.day)
            for turn in found.plan.turns
            if (session := found.sessions.get(turn.id)) is not None
        )
    )


async def apply(tx: Writing, found: DayFacts, *, now_ms: int) -> int:
    """Change what differs from the plan, end turns that nobody came to; whom to tell is noted at the registrations."""
    whose, moved = found.by_session, {each.id for each in found.plan.moved}
    changes = 0
    for turn in found.plan.turns:
        session = found.sessions.get(turn.id)
        if session is None:
            continue
        changes += await _move(tx, session, turn, found.day)
        if turn.id in moved and turn.id in whose:
            await _tell(tx, whose[turn.id], turn)
    for each in found.plan.not_today:
        session = found.sessions.get(each.id)
        if session is not None and each.reason is Reason.ABSENT:
            await _absent(tx, session, whose.get(session.id), now_ms)
            changes += 1
    return changes + await postpone.note(tx, found)


async def _move(tx: Writing, session: CallSession, turn: Turn, day: Day) -> bool:
    if not _differs(session, turn, day):
        return False
    await sessions.changed(
        tx,
        session.id,
        terminal_id=turn.booth,
        start_at_ms=turn.start_at_ms,
        talk_s=turn.talk_s,
        closing_at_ms=turn.closing_at_ms,
    )
    await terminals.bump(tx, *dict.fromkeys((session.terminal_id, turn.booth)))
    return True


def _differs(session: CallSession, turn: Turn, day: Day) -> bool:
    """Who may come in at this moment is not moved along with the clock."""
    if (session.terminal_id, session.talk_s) != (turn.booth, turn.talk_s):
        return True
    comes_now = session.start_at_ms <= day.now_ms and turn.start_at_ms <= day.now_ms + day.rules.step_s * 1000
    return session.start_at_ms != turn.start_at_ms and not comes_now


async def _tell(tx: Writing, registration: Registration, turn: Turn) -> None:
    """Who was not told the first time yet is told the new one at once; the private page says in any case that it moved."""
    await registrations.changed(
        tx,
        registration.id,
        reason=MOVED,
        told_terminal_id=turn.booth,
        told_start_at_ms=turn.start_at_ms,
        told_talk_s=turn.talk_s,
        to_tell="approved" if registration.to_tell == "approved" else "moved",
    )


async def _absent(tx: Writing, session: CallSession, registration: Registration | None, now_ms: int) -> None:
    await sessions.changed(tx, session.id, state="ended", why="no_show")
    await terminals.bump(tx, session.terminal_id)
    if registration is not None:
        await registrations.changed(tx, registration.id, state="absent", decided_at_ms=now_ms, to_tell="absent")


def _session(facility: Facility, registration: Registration, turn: Turn, link_secret: str, now_ms: int) -> CallSession:
    session_id = new_id("s")
    return CallSession(
        id=session_id,
        facility_id=facility.id,
        terminal_id=turn.booth,
        number=registration.queue_number,
        start_at_ms=turn.start_at_ms,
        talk_s=turn.talk_s,
        inmate_name=registration.inmate,
        family_name=registration.visitor_name,
        created_at_ms=now_ms,
        link_hash=hashed(link_token(link_secret, session_id)),
        closing_at_ms=turn.closing_at_ms,
    )
