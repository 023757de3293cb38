"""What a family sees of its registration: where it stands, and what to do next."""

from datetime import date

from msgspec import Struct

from central.credentials import code_hashed, family_code, link_token
from central.days.postpone import NOT_TODAY, POSTPONED, again_nonce
from central.days.settle import MOVED
from central.days.wishes import days_offered
from central.staff.words import Words, zone
from central.store import facilities, registrations, schedules, sessions, terminals
from central.store.engine import Reading
from central.store.facilities import Facility
from central.store.registrations import Registration
from central.store.schedules import Schedule
from central.store.sessions import CallSession

JOIN_EARLY_MS = 900_000


class Door(Struct, frozen=True, kw_only=True):
    """A facility that takes registrations, and for which days."""

    facility: Facility
    schedule: Schedule
    days: tuple[date, ...]


class Card(Struct, frozen=True, kw_only=True):
    """One registration. `state`: waiting, approved, called, done, absent, refused, postponed, withdrawn; `join`: where the call is opened.

    `make_up`: the code of the turn that makes up for this one; `days`: those that can be chosen in place of this one's.
    """

    code: str
    state: str
    moved: bool
    number: str
    place: str
    timezone: str
    day: date
    reason: str
    start_at_ms: int | None
    talk_s: int | None
    booth: str
    join: str
    make_up: str = ""
    days: tuple[date, ...] = ()

    def time(self, said: Words) -> str:
        """The told time with its zone; empty without one."""
        if self.start_at_ms is None:
            return ""
        return f"{said.time(self.start_at_ms, self.timezone)} {zone(self.start_at_ms, self.timezone)}"


async def card(db: Reading, code: str, *, link_secret: str, now_ms: int) -> Card | None:
    """The registration that this code is for; None if it is none, or was removed."""
    found = await registrations.by_code(db, code_hashed(code))
    facility = None if found is None else await facilities.get(db, found.facility_id)
    if found is None or facility is None:
        return None
    session = None if found.session_id is None else await sessions.get(db, found.session_id)
    booth = None if session is None else await terminals.get(db, session.terminal_id)
    state = state_of(found, session)
    has_time = state in ("approved", "called") and session is not None
    is_joinable = session is not None and has_time and now_ms >= session.start_at_ms - JOIN_EARLY_MS
    return Card(
        code=code,
        state=state,
        moved=has_time and found.reason == MOVED,
        number=found.queue_number,
        place=facility.name,
        timezone=facility.settings.timezone,
        day=date.fromisoformat(found.day),
        reason=found.reason,
        start_at_ms=found.told_start_at_ms if has_time else None,
        talk_s=session.talk_s + session.extended_s if session is not None and has_time else None,
        booth=booth.name if booth is not None and has_time else "",
        join=f"/join#{link_token(link_secret, session.id)}" if session is not None and is_joinable else "",
        make_up=await _make_up(db, found, link_secret),
        days=await _days(db, found, facility, now_ms) if state == POSTPONED else (),
    )


async def _make_up(db: Reading, found: Registration, link_secret: str) -> str:
    given = await registrations.make_up_of(db, found.id)
    return "" if given is None else family_code(link_secret, given.id)


async def _days(db: Reading, found: Registration, facility: Facility, now_ms: int) -> tuple[date, ...]:
    """The other days that can be chosen, until one is."""
    schedule = await schedules.get(db, facility.id)
    if schedule is None or await registrations.by_nonce(db, again_nonce(found)) is not None:
        return ()
    offered = days_offered(schedule, facility.settings.timezone, now_ms=now_ms)
    return tuple(day for day in offered if day.isoformat() != found.day)


def state_of(found: Registration, session: CallSession | None) -> str:
    """Where a registration stands, its session included."""
    if found.to_tell == NOT_TODAY:
        return POSTPONED
    if found.state != "approved" or session is None:
        return found.state
    if session.state == "planned":
        return "approved"
    if session.state == "open":
        return "called"
    if session.state == "cancelled":
        return "withdrawn"
    return "done" if session.opened_at_ms is not None else "absent"
