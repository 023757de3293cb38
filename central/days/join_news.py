"""What a family that holds a link is to know while it waits, and after a call that we broke."""

from central.context import Central
from central.credentials import link_token
from central.days.facts import of_facility
from central.schedule.expect import Expected, expect
from central.schedule.make_up import earns_make_up
from central.store import events, registrations, sessions
from central.store.engine import Reading
from central.store.facilities import Facility
from central.store.registrations import Registration
from central.store.sessions import CallSession
from protocol.join import JoinNews, MakeUpTurn
from protocol.terminal import VisitState

OVER = ("ended", "cancelled")


async def news(db: Reading, central: Central, session: CallSession, facility: Facility) -> JoinNews:
    """All of it for one session, at this moment."""
    over = session.state in OVER
    mine = (await registrations.of_sessions(db, [session.id])).get(session.id)
    made = await _make_up(db, central, mine) if over and mine is not None else None
    waits = session.state == "planned" and session.visit_state == VisitState.NONE.value
    expected = await _expected(db, central, session, facility) if waits else None
    return JoinNews(
        now_ms=central.clock(),
        timezone=facility.settings.timezone,
        called=not over and (not waits or session.called_at_ms is not None),
        over=over,
        from_ms=None if expected is None else expected.from_ms,
        to_ms=None if expected is None else expected.to_ms,
        ahead=0 if expected is None else expected.ahead,
        make_up_due=over and made is None and await _is_due(db, session, mine),
        make_up=made,
    )


async def _expected(db: Reading, central: Central, session: CallSession, facility: Facility) -> Expected | None:
    """By the plan of its day; a facility without one only knows the session's own time."""
    now = central.clock()
    today = await of_facility(db, facility, None, now_ms=now, awake_ms=central.started_at_ms)
    if today is None:
        return Expected(from_ms=max(now, session.start_at_ms), to_ms=max(now, session.start_at_ms), ahead=0)
    when = today.schedule.opening(facility.settings.timezone).day_of(session.start_at_ms)
    found = today
    if when != today.when:
        found = await of_facility(db, facility, when, now_ms=now, awake_ms=central.started_at_ms) or today
    return expect(found.day, found.plan, session.id)


async def _make_up(db: Reading, central: Central, mine: Registration) -> MakeUpTurn | None:
    given = await registrations.make_up_of(db, mine.id)
    session = None if given is None or given.session_id is None else await sessions.get(db, given.session_id)
    if given is None or session is None or session.state in OVER:
        return None
    token = link_token(central.options.link_secret, session.id)
    return MakeUpTurn(number=session.number, start_at_ms=session.start_at_ms, token=token)


async def _is_due(db: Reading, session: CallSession, mine: Registration | None) -> bool:
    """The record says that we broke it, and nobody found the other turn yet."""
    record = (await events.usage_of(db, [session.id])).get(session.id)
    if record is None or mine is None or await registrations.make_up_of(db, mine.id) is not None:
        return False
    return earns_make_up(record, was_make_up=mine.make_up_of is not None)
