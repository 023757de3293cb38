"""What has to happen to days because time passed: the plan kept true, make-up turns given, names forgotten."""

import logging
import secrets

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from central.context import Central
from central.credentials import code_hashed, family_code
from central.days.facts import DayFacts, of_facility
from central.days.settle import NoPlace, give_turn, is_settled, settle
from central.schedule.make_up import earns_make_up
from central.store import events, facilities, registrations, schedules
from central.store.alone import alone
from central.store.engine import Reading, Writing
from central.store.facilities import Facility
from central.store.registrations import Registration, Wish
from central.store.schedules import Schedule
from central.store.sessions import CallSession
from protocol.outcome import EndReason, UsageRecord

log = logging.getLogger(__name__)

EVERY_S = 10.0
FORGET_EVERY_MS = 3_600_000
UNLIMITED = 100_000
SILENT = (EndReason.NO_SHOW_FAMILY, EndReason.NO_SHOW_INMATE, EndReason.HARD_STOP)
NEVER_OPENED = ("unused", "no_show")


async def keep_days(central: Central) -> None:
    """Look every ten seconds until central ends; of several instances one does."""
    failing, forgotten_ms = False, 0
    while await central.bus.pause(EVERY_S):
        try:
            async with alone(central.database, "days") as mine:
                if mine:
                    await keep_days_once(central)
                if mine and central.clock() - forgotten_ms >= FORGET_EVERY_MS:
                    await forget(central)
                    forgotten_ms = central.clock()
            failing = False
        except (SQLAlchemyError, OSError):
            if not failing:
                log.exception("the days cannot be kept; trying again")
            failing = True


async def keep_days_once(central: Central) -> None:
    """Today of every facility that has a schedule; nothing is written where nothing changes."""
    async with central.database.read() as db:
        known = await schedules.every(db)
        places = [each for each in await facilities.every(db) if each.id in known]
    for place in places:
        await _keep(central, place, known[place.id])


async def forget(central: Central) -> int:
    """Remove the names of registrations whose days of keeping are over; how many."""
    now = central.clock()
    async with central.database.write() as tx:
        known = await schedules.every(tx)
        count = 0
        for place in await facilities.every(tx):
            if place.id in known:
                today = known[place.id].opening(place.settings.timezone).day_of(now)
                count += await registrations.erase(
                    tx, place.id, today=today, keep_days=known[place.id].keep_days, now_ms=now
                )
    if count:
        log.info("the names of %d registrations were removed: their time was over", count)
    return count


async def _keep(central: Central, place: Facility, schedule: Schedule) -> None:
    now = central.clock()
    async with central.database.read() as db:
        found = await of_facility(db, place, None, now_ms=now, awake_ms=central.started_at_ms)
        due = [] if found is None else await _due_make_ups(db, found)
        missed = [] if found is None else await _missed(db, found)
    if found is None or (is_settled(found) and not due and not missed):
        return
    async with central.database.write() as tx:
        for absent in missed:
            await registrations.changed(tx, absent.id, state="absent", decided_at_ms=now, to_tell="absent")
        for broken in due:
            await _make_up(tx, central, place, schedule, broken)
        await settle(tx, place.id, now_ms=now, awake_ms=central.started_at_ms)


async def _due_make_ups(db: Reading, found: DayFacts) -> list[Registration]:
    """Whose call broke today by our fault, and who was given no other turn for it."""
    given = {each.make_up_of for each in found.registrations}
    over = {session.id for session in found.sessions.values() if session.state == "ended"}
    ended = [each for each in found.registrations if each.session_id in over and each.id not in given]
    records = await events.usage_of(db, [each.session_id for each in ended if each.session_id])
    return [
        each
        for each in ended
        if each.session_id in records
        and earns_make_up(records[each.session_id], was_make_up=each.make_up_of is not None)
    ]


async def _missed(db: Reading, found: DayFacts) -> list[Registration]:
    """Whose time went by without a word said: nobody answered or came, or no booth ever opened it. They are told, for a new time."""
    whose = found.by_session
    over = [(whose[id_], each) for id_, each in found.sessions.items() if each.state == "ended" and id_ in whose]
    approved = [(registration, session) for registration, session in over if registration.state == "approved"]
    records = await events.usage_of(db, [session.id for _, session in approved])
    given = {each.make_up_of for each in found.registrations}
    return [
        registration
        for registration, session in approved
        if registration.id not in given and _is_missed(registration, session, records.get(session.id))
    ]


def _is_missed(registration: Registration, session: CallSession, record: UsageRecord | None) -> bool:
    if record is None:
        return session.opened_at_ms is None and session.why in NEVER_OPENED
    is_silent = record.talk_delivered_ms == 0 and record.end_reason in SILENT
    return is_silent and not earns_make_up(record, was_make_up=registration.make_up_of is not None)


async def _make_up(tx: Writing, central: Central, place: Facility, schedule: Schedule, broken: Registration) -> None:
    """A registration of its own with the next number, as long as the broken one, planned at once; without room an officer decides."""
    id_, now = registrations.fresh_id(), central.clock()
    wish = Wish(
        facility_id=place.id,
        day=broken.day,
        visitor_name=broken.visitor_name,
        relation=broken.relation,
        phone=broken.phone,
        inmate_said=broken.inmate_said,
        nonce=secrets.token_urlsafe(16),
        language=broken.language,
        consented_at_ms=broken.consented_at_ms,
        make_up_of=broken.id,
    )
    hashed = code_hashed(family_code(central.options.link_secret, id_))
    stored = await registrations.add(
        tx, wish, id_=id_, code_hash=hashed, most_waiting=UNLIMITED, most_by_phone=UNLIMITED, now_ms=now
    )
    wanted = msgspec.structs.replace(
        stored,
        inmate=broken.inmate,
        exempt_talk_s=broken.exempt_talk_s,
        exempt_by=broken.exempt_by,
        exempt_reason=broken.exempt_reason,
    )
    try:
        await give_turn(
            tx,
            place,
            schedule,
            wanted,
            link_secret=central.options.link_secret,
            now_ms=now,
            awake_ms=central.started_at_ms,
            is_here=True,
        )
    except NoPlace:
        log.info("registration %s earns a make-up turn, and today has no room: an officer decides", broken.id)
