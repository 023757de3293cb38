"""What is known of a facility's day, put together for the plan."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from central.schedule.model import Booth, Day, Exemption, Plan, Running, Told, Waiting, Window
from central.schedule.plan import plan
from central.schedule.windows import Hours, Opening
from central.store import events, registrations, schedules, sessions, status, terminals
from central.store.engine import Reading
from central.store.facilities import Facility
from central.store.registrations import Registration
from central.store.schedules import Schedule
from central.store.sessions import CallSession
from central.store.status import Heartbeat
from central.store.terminals import Terminal
from protocol.terminal import Mode, VisitState

DAY_MS = 86_400_000
HOLD_MARGIN_MS = 5_000
ALL_DAY = Hours(0, 1440)


class DayFacts(Struct, frozen=True):
    """One day of one facility: its rows, and the plan that follows from them."""

    facility: Facility
    schedule: Schedule
    when: date
    registrations: tuple[Registration, ...]
    sessions: Mapping[str, CallSession]
    booth_names: Mapping[str, str]
    day: Day
    plan: Plan

    @property
    def by_session(self) -> dict[str, Registration]:
        """Whose sessions they are."""
        return {each.session_id: each for each in self.registrations if each.session_id is not None}


async def facts(
    db: Reading,
    facility: Facility,
    schedule: Schedule,
    when: date,
    *,
    now_ms: int,
    candidate: Registration | None = None,
    not_before_ms: int = 0,
    anew: bool = False,
    awake_ms: int = 0,
) -> DayFacts:
    """The day as it is; with `candidate` planned as if it were approved, at `not_before_ms` at the earliest.

    `awake_ms`: since when central opens calls at all.
    """
    opening = schedule.opening(facility.settings.timezone)
    people = await registrations.of_day(db, facility.id, when.isoformat())
    asking = [] if candidate is None else [_candidate(candidate, not_before_ms)]
    rows = await sessions.between(db, *_bounds(opening, when), facility_id=facility.id)
    by_session = {each.session_id: each for each in people if each.session_id is not None}
    places = [each for each in await terminals.every(db, facility.id) if each.revoked_at_ms is None]
    waiting = [_waiting(each, by_session.get(each.id)) for each in rows if each.state == "planned" and not _runs(each)]
    quota = {} if candidate is None else await _quota(db, schedule, candidate, waiting)
    windows = opening.windows(when)
    beats = Beats(now_ms=now_ms, awake_ms=awake_ms, latest=await status.latest(db, facility.id), windows=windows)
    free = await _free(db, rows, schedule)
    running = {each.terminal_id: _running(each, by_session.get(each.id)) for each in rows if _runs(each)}
    day = Day(
        now_ms=now_ms,
        windows=windows,
        booths=tuple(_booth(each, beats, running.get(each.id), free.get(each.id, 0)) for each in places),
        waiting=(*waiting, *asking),
        rules=schedule.rules,
        quota=quota,
        expecting_more=schedule.registration and bool(windows) and now_ms < windows[0].from_ms,
        anew=anew,
    )
    names = {each.id: each.name for each in places}
    return DayFacts(facility, schedule, when, tuple(people), {each.id: each for each in rows}, names, day, plan(day))


async def _free(db: Reading, rows: Sequence[CallSession], schedule: Schedule) -> dict[str, int]:
    """From when each booth is free again after the last visit that ended there."""
    over = [each.id for each in rows if each.state == "ended"]
    ended = await events.last_ended(db, over)
    return {booth: at_ms + schedule.change_over_s * 1000 for booth, at_ms in ended.items()}


async def of_facility(
    db: Reading, facility: Facility, when: date | None, *, now_ms: int, awake_ms: int = 0
) -> DayFacts | None:
    """The facts of that day, or of today; None for a facility that has no schedule."""
    schedule = await schedules.get(db, facility.id)
    if schedule is None:
        return None
    today = schedule.opening(facility.settings.timezone).day_of(now_ms)
    return await facts(db, facility, schedule, when or today, now_ms=now_ms, awake_ms=awake_ms)


def _bounds(opening: Opening, when: date) -> tuple[int, int]:
    """That date's first instant there, and the next one's."""
    whole = Opening(timezone=opening.timezone, week={}, dates={when: (ALL_DAY,)})
    window = whole.windows(when)[0]
    return window.from_ms, window.to_ms


def _runs(session: CallSession) -> bool:
    """Opened, or somebody is at the booth for it already."""
    return session.state == "open" or (session.state == "planned" and session.visit_state != VisitState.NONE.value)


class Beats(Struct, frozen=True, kw_only=True):
    """The latest heartbeats; they count only while the facility is open: at night booths are off, and are no less there in the morning."""

    now_ms: int
    awake_ms: int
    latest: Mapping[str, Heartbeat]
    windows: tuple[Window, ...]

    @property
    def open_since_ms(self) -> int | None:
        """When the window that is open now began; None while it is closed."""
        return next((each.from_ms for each in self.windows if each.from_ms <= self.now_ms < each.to_ms), None)

    def works(self, booth: Terminal) -> bool:
        """Whether it is enrolled, no clone, and, while it is open, in service."""
        beat = self.latest.get(booth.id)
        is_in_service = beat is None or self.open_since_ms is None or beat.status.mode is Mode.IN_SERVICE
        return booth.enrolled_at_ms is not None and booth.cloned_at_ms is None and is_in_service

    def lost_at_ms(self, booth: Terminal) -> int | None:
        """Since when news of it is due while it is open; None if it is not."""
        beat, since = self.latest.get(booth.id), self.open_since_ms
        if beat is None or since is None:
            return None
        due_ms = max(since, beat.at_ms + beat.hold_s * 1000 + HOLD_MARGIN_MS)
        return due_ms if due_ms < self.now_ms else None


def _booth(terminal: Terminal, beats: Beats, running: Running | None, free_from_ms: int) -> Booth:
    """Nobody is called in the change-over after a visit, nor absent for the time in which the booth was not free."""
    return Booth(
        id=terminal.id,
        works=beats.works(terminal),
        free_from_ms=max(beats.awake_ms, free_from_ms),
        lost_at_ms=beats.lost_at_ms(terminal),
        running=running,
    )


def _running(session: CallSession, registration: Registration | None) -> Running:
    begun = max(session.start_at_ms, session.opened_at_ms or session.start_at_ms)
    ends = begun + (session.talk_s + session.extended_s) * 1000
    latest = ends if session.end_by_ms is None else min(ends, session.end_by_ms)
    return Running(ends_at_ms=latest, inmate=_inmate(registration))


def _waiting(session: CallSession, registration: Registration | None) -> Waiting:
    told_ms, told_s = session.start_at_ms, session.talk_s
    if registration is not None:
        told_ms, told_s = registration.told_start_at_ms or told_ms, registration.told_talk_s or told_s
    return Waiting(
        id=session.id,
        told=Told(booth=session.terminal_id, start_at_ms=told_ms, talk_s=told_s),
        inmate=_inmate(registration),
        exemption=_exemption(registration),
        make_up=registration is not None and registration.make_up_of is not None,
        present=session.claimed_at_ms is not None,
        pinned=session.pinned_by is not None,
    )


def _candidate(registration: Registration, not_before_ms: int) -> Waiting:
    return Waiting(
        id=registration.id,
        not_before_ms=not_before_ms,
        inmate=_inmate(registration),
        exemption=_exemption(registration),
        make_up=registration.make_up_of is not None,
    )


def _inmate(registration: Registration | None) -> str:
    return "" if registration is None else " ".join(registration.inmate.casefold().split())


def _exemption(registration: Registration | None) -> Exemption | None:
    if registration is None or registration.exempt_talk_s is None:
        return None
    return Exemption(
        talk_s=registration.exempt_talk_s, by=registration.exempt_by or "-", reason=registration.exempt_reason or "-"
    )


async def _quota(db: Reading, schedule: Schedule, candidate: Registration, waiting: list[Waiting]) -> dict[str, int]:
    """What the candidate's inmate has left, counting those of today's plan back in: they use it first."""
    inmate = _inmate(candidate)
    when = date.fromisoformat(candidate.day)
    first = when.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    left = []
    for most, begin, end in ((schedule.quota_day, when, when), (schedule.quota_month, first, last)):
        if most:
            used = await registrations.used(db, candidate.facility_id, begin.isoformat(), end.isoformat())
            left.append(
                most - sum(count for name, count in used.items() if " ".join(name.casefold().split()) == inmate)
            )
    planned = sum(each.inmate == inmate and not each.make_up for each in waiting)
    return {inmate: max(0, min(left)) + planned} if left and inmate else {}
