"""What an officer decides of a day's registrations: one transaction each, with its line in the audit trail."""

import secrets
from collections.abc import Mapping
from datetime import date

import msgspec

from central.context import Central
from central.credentials import code_hashed, family_code
from central.days import wishes
from central.days.postpone import NOT_TODAY, postpone
from central.days.settle import NoPlace, give_turn, settle
from central.days.wishes import Wrong
from central.staff.acts import Refused
from central.staff.gate import Staff
from central.store import facilities, registrations, schedules, staff
from central.store.engine import Writing
from central.store.facilities import Facility
from central.store.registrations import Full, Registration
from central.store.schedules import Schedule
from central.store.sessions import CallSession

OPEN = ("waiting", "absent")
LONGEST_EXEMPT_MIN = 240
UNLIMITED = 100_000

Form = dict[str, str]


class Decided(msgspec.Struct, frozen=True):
    """What was done: the key of a sentence, and who or how many it was about."""

    key: str
    registration: Registration | None = None
    count: int = 0
    session: CallSession | None = None


async def approve(central: Central, who: Staff, form: Form) -> Decided:
    """Match the inmate and give a turn; raises Refused where there is none."""
    inmate = _text(form, "inmate", 200)
    if len(inmate) < wishes.NAME_LENGTHS[0] or not inmate.isprintable():
        raise Refused("day.no.inmate")
    exempt = _exempt(form, who)
    async with central.database.write() as tx:
        found = await _mine(tx, who, form)
        if found.state not in OPEN:
            raise Refused("day.no.gone")
        wanted = msgspec.structs.replace(found, inmate=inmate, **exempt)
        given = await _turn(tx, central, wanted)
        detail = {"session": given.session_id, "exempt": bool(exempt)}
        await _note(tx, central, who, "registration_approve", found, detail)
    return Decided("day.done.approved", given)


async def refuse(central: Central, who: Staff, form: Form) -> Decided:
    """Refuse with a reason that the family reads; raises Refused."""
    reason = _text(form, "reason", 200) or _text(form, "canned", 200)
    if not reason:
        raise Refused("day.no.reason")
    async with central.database.write() as tx:
        found = await _mine(tx, who, form)
        if found.state not in OPEN:
            raise Refused("day.no.gone")
        now = central.clock()
        changed = await registrations.changed(
            tx, found.id, state="refused", reason=reason, decided_by=who.user.name, decided_at_ms=now, to_tell="refused"
        )
        await _note(tx, central, who, "registration_refuse", found, {})
    return Decided("day.done.refused", changed)


async def sent(central: Central, who: Staff, form: Form) -> Decided:
    """The family was told what there is to tell."""
    async with central.database.write() as tx:
        found = await _mine(tx, who, form)
        if found.to_tell == NOT_TODAY and found.state == "approved":
            await postpone(tx, found, by=who.user.name, now_ms=central.clock(), tell=False)
        else:
            await registrations.changed(tx, found.id, to_tell=None)
        await _note(tx, central, who, "registration_told", found, {"kind": found.to_tell})
    return Decided("day.done.sent", found)


async def not_today(central: Central, who: Staff, form: Form) -> Decided:
    """Somebody who asks has no place on that day: the family is told and chooses another; raises Refused."""
    async with central.database.write() as tx:
        found = await _mine(tx, who, form)
        if found.state not in OPEN:
            raise Refused("day.no.gone")
        changed = await postpone(tx, found, by=who.user.name, now_ms=central.clock(), tell=True)
        await _note(tx, central, who, "registration_not_today", found, {})
    return Decided("day.done.not_today", changed)


async def walk_in(central: Central, who: Staff, form: Form, facility: Facility, language: str) -> Decided:
    """Somebody at the counter: registered, approved and planned in one act; raises Refused."""
    now = central.clock()
    async with central.database.write() as tx:
        schedule = await _schedule(tx, facility.id)
        day = schedule.opening(facility.settings.timezone).day_of(now)
        try:
            wish = wishes.walk_in(wishes.asked(form), facility_id=facility.id, day=day, language=language)
        except Wrong as wrong:
            raise Refused("day.no.form") from wrong
        id_ = registrations.fresh_id()
        code = family_code(central.options.link_secret, id_)
        try:
            stored = await registrations.add(
                tx,
                wish,
                id_=id_,
                code_hash=code_hashed(code),
                most_waiting=UNLIMITED,
                most_by_phone=UNLIMITED,
                now_ms=now,
            )
        except Full as full:
            raise Refused("day.no.full") from full
        if stored.state != "waiting":
            return Decided("day.done.approved", stored)
        wanted = msgspec.structs.replace(stored, inmate=stored.inmate_said)
        given = await _turn(tx, central, wanted, is_here=True)
        await _note(tx, central, who, "walk_in", given, {"session": given.session_id})
    return Decided("day.done.approved", given)


async def anew(central: Central, who: Staff, facility: Facility, when: date) -> Decided:
    """Let the told times that are far off go, and share the time again."""
    async with central.database.write() as tx:
        awake_ms = central.started_at_ms
        count = await settle(tx, facility.id, when, now_ms=central.clock(), anew=True, awake_ms=awake_ms)
        detail = {"day": when.isoformat(), "changed": count}
        await staff.note(
            tx, user=who.user.name, act="plan_anew", subject=facility.id, detail=detail, now_ms=central.clock()
        )
    return Decided("day.done.anew", count=count)


async def _turn(tx: Writing, central: Central, wanted: Registration, *, is_here: bool = False) -> Registration:
    facility = await facilities.get(tx, wanted.facility_id)
    if facility is None:
        raise Refused("staff.missing")
    schedule = await _schedule(tx, facility.id)
    try:
        return await give_turn(
            tx,
            facility,
            schedule,
            wanted,
            link_secret=central.options.link_secret,
            now_ms=central.clock(),
            awake_ms=central.started_at_ms,
            is_here=is_here,
        )
    except NoPlace as none:
        raise Refused(f"day.no.{none.reason.value}") from none


async def _mine(tx: Writing, who: Staff, form: Form) -> Registration:
    found = await registrations.get(tx, form.get("registration", ""), lock=True)
    if found is None or not who.may_see(found.facility_id):
        raise Refused("staff.missing")
    return found


async def _schedule(tx: Writing, facility_id: str) -> Schedule:
    schedule = await schedules.get(tx, facility_id)
    if schedule is None:
        raise Refused("day.none")
    return schedule


async def _note(
    tx: Writing, central: Central, who: Staff, act: str, found: Registration, detail: Mapping[str, object]
) -> None:
    await staff.note(tx, user=who.user.name, act=act, subject=found.id, detail=dict(detail), now_ms=central.clock())


def _exempt(form: Form, who: Staff) -> dict[str, object]:
    """An exemption only with minutes and a reason, and by the name of who is logged in; both empty is none."""
    minutes, reason = form.get("exempt_minutes", "").strip(), _text(form, "exempt_reason", 200)
    if not minutes and not reason:
        return {}
    if not minutes.isdecimal() or not 1 <= int(minutes[:6]) <= LONGEST_EXEMPT_MIN or not reason:
        raise Refused("day.no.exempt")
    return {"exempt_talk_s": int(minutes) * 60, "exempt_by": who.user.name, "exempt_reason": reason}


def _text(form: Form, name: str, most: int) -> str:
    return " ".join(form.get(name, "").split())[:most]


def fresh_nonce() -> str:
    """For a form that must count once however often it is sent."""
    return secrets.token_urlsafe(16)
