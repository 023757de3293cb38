"""Who has no place on a day is told so on that day, and chooses another one; nobody just waits for nothing."""

from datetime import date

from central.credentials import code_hashed, family_code
from central.days.facts import DayFacts
from central.schedule.model import Reason
from central.store import registrations, sessions, terminals
from central.store.engine import Writing
from central.store.registrations import Registration, Wish
from central.store.schedules import Schedule

NOT_TODAY = "not_today"
"""The message that it will not be today; as `to_tell` of a registration that has no place any more."""

POSTPONED = "postponed"
CAN_CHOOSE = (POSTPONED,)


class NoSuchDay(Exception):
    """The day cannot be chosen: it is not open, or this registration has a place."""


def without_place(found: DayFacts) -> dict[str, Registration]:
    """Whose told turn the plan has no place for, by session; who did not come is another matter."""
    whose = found.by_session
    return {
        each.id: whose[each.id]
        for each in found.plan.not_today
        if each.reason is not Reason.ABSENT and each.id in whose and whose[each.id].state == "approved"
    }


def is_noted(found: DayFacts) -> bool:
    """Whether the registrations say already who is to be told so, and nobody else is."""
    lost = without_place(found)
    return all(each.to_tell == NOT_TODAY for each in lost.values()) and not _found_again(found)


async def note(tx: Writing, found: DayFacts) -> int:
    """Write down who is to be told that it will not be today, and take it back from those who have a place again; how many."""
    lost = [each for each in without_place(found).values() if each.to_tell != NOT_TODAY]
    for registration in lost:
        await registrations.changed(tx, registration.id, to_tell=NOT_TODAY)
    again = _found_again(found)
    for registration in again:
        await registrations.changed(tx, registration.id, to_tell="approved")
    return len(lost) + len(again)


def _found_again(found: DayFacts) -> list[Registration]:
    whose = found.by_session
    placed = (whose[turn.id] for turn in found.plan.turns if turn.id in whose)
    return [each for each in placed if each.state == "approved" and each.to_tell == NOT_TODAY]


async def postpone(tx: Writing, registration: Registration, *, by: str, now_ms: int, tell: bool) -> Registration:
    """It will not be on its day: its session, if it has one, is taken back. `tell`: the family does not know yet."""
    if registration.session_id is not None:
        session = await sessions.get(tx, registration.session_id, lock=True)
        if session is not None and session.state == "planned":
            await sessions.changed(tx, session.id, state="cancelled", why=NOT_TODAY)
            await terminals.bump(tx, session.terminal_id)
    changed = await registrations.changed(
        tx,
        registration.id,
        state=POSTPONED,
        decided_by=by,
        decided_at_ms=now_ms,
        to_tell=NOT_TODAY if tell else None,
    )
    return changed or registration


async def choose_day(
    tx: Writing,
    registration: Registration,
    schedule: Schedule,
    day: date,
    *,
    link_secret: str,
    now_ms: int,
) -> Registration:
    """The family's new wish, with the next number of that day; choosing twice is once. Raises Full and NoSuchDay."""
    if registration.state not in CAN_CHOOSE and registration.to_tell != NOT_TODAY:
        raise NoSuchDay
    if registration.state not in CAN_CHOOSE:
        await postpone(tx, registration, by="family", now_ms=now_ms, tell=False)
    else:
        await registrations.changed(tx, registration.id, to_tell=None)
    id_ = registrations.fresh_id()
    wish = Wish(
        facility_id=registration.facility_id,
        day=day.isoformat(),
        visitor_name=registration.visitor_name,
        relation=registration.relation,
        phone=registration.phone,
        inmate_said=registration.inmate_said,
        nonce=again_nonce(registration),
        language=registration.language,
        consented_at_ms=registration.consented_at_ms,
    )
    return await registrations.add(
        tx,
        wish,
        id_=id_,
        code_hash=code_hashed(family_code(link_secret, id_)),
        most_waiting=schedule.most_waiting,
        most_by_phone=schedule.most_by_phone,
        now_ms=now_ms,
    )


def again_nonce(registration: Registration) -> str:
    """Of the wish that follows from this one; one at most."""
    return f"again-{registration.id}"
