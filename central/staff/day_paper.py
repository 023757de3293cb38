"""A day on paper: the list that is printed before central is missed, and what was written on it, entered afterwards."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from central.context import Central
from central.days.facts import DayFacts, of_facility
from central.days.postpone import postpone
from central.staff.acts import Refused
from central.staff.gate import Staff
from central.store import paper, registrations, sessions, staff, terminals
from central.store.engine import Reading, Writing
from central.store.facilities import Facility
from central.store.paper import PaperOutcome, PaperResult
from central.store.registrations import Registration
from central.store.sessions import CallSession

MOST_MINUTES = 240
NEVER_OPENED = ("unused", "no_show", "paper", "not_held", "not_today")


class Line(Struct, frozen=True, kw_only=True):
    """One turn of the list. `entered`: what was written on it, if anybody entered that."""

    session: CallSession
    registration: Registration | None
    booth: str
    entered: PaperOutcome | None


class Typed(Struct, frozen=True, kw_only=True):
    """What was typed for one turn."""

    outcome: PaperResult
    started_at_ms: int | None
    talk_s: int


class WrongLines(Exception):
    """Which lines are wrong: session -> key of the sentence; nothing was stored."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def short_name(name: str) -> str:
    """As much of a name as a paper that lies about needs: Budi S."""
    first, *others = name.split() or [""]
    return f"{first} {others[0][0]}." if others else first


async def lines(db: Reading, facility: Facility, when: date | None, *, now_ms: int) -> tuple[date, list[Line]]:
    """The turns of a day that no booth has a record of, in order of time; raises Refused without a schedule."""
    found = await of_facility(db, facility, when, now_ms=now_ms)
    if found is None:
        raise Refused("day.none")
    shown = [each for each in found.sessions.values() if each.state == "planned" or _never_ran(each)]
    recorded = await paper.recorded(db, [each.id for each in shown])
    entered = await paper.of_sessions(db, [each.id for each in shown])
    whose = found.by_session
    return found.when, [
        Line(
            session=session,
            registration=whose.get(session.id),
            booth=found.booth_names.get(session.terminal_id, ""),
            entered=entered.get(session.id),
        )
        for session in _in_order(found, shown)
        if session.id not in recorded
    ]


def _in_order(found: DayFacts, shown: list[CallSession]) -> list[CallSession]:
    """By the time that the family was told: that is what is on the paper."""
    whose = found.by_session

    def told(session: CallSession) -> int:
        mine = whose.get(session.id)
        return session.start_at_ms if mine is None or mine.told_start_at_ms is None else mine.told_start_at_ms

    return sorted(shown, key=lambda session: (told(session), session.number))


def _never_ran(session: CallSession) -> bool:
    return session.state in ("ended", "cancelled") and session.why in NEVER_OPENED


async def enter(central: Central, who: Staff, facility: Facility, when: date, form: Mapping[str, str]) -> int:
    """Store all lines that were filled in, or none: raises WrongLines. How many; a line with a booth's record is left alone."""
    now, count = central.clock(), 0
    async with central.database.write() as tx:
        known = {each.session.id: each for each in (await lines(tx, facility, when, now_ms=now))[1]}
        typed = _typed(known, form, when, ZoneInfo(facility.settings.timezone), now)
        for session_id, said in typed.items():
            count += await _store(tx, who, known[session_id], said, now)
    return count


def _typed(
    known: Mapping[str, Line], form: Mapping[str, str], when: date, zone: ZoneInfo, now: int
) -> dict[str, Typed]:
    typed: dict[str, Typed] = {}
    errors: dict[str, str] = {}
    for session_id in known:
        try:
            said = _line(session_id, form, when, zone, now)
        except ValueError as error:
            errors[session_id] = str(error)
            continue
        if said is not None:
            typed[session_id] = said
    if errors:
        raise WrongLines(errors)
    return typed


def _line(session_id: str, form: Mapping[str, str], when: date, zone: ZoneInfo, now: int) -> Typed | None:
    """One line, or None for an empty one; raises ValueError with the key of a sentence."""
    outcome = form.get(f"outcome-{session_id}", "")
    if not outcome:
        return None
    if outcome not in tuple(PaperResult):
        raise ValueError("paper.wrong.outcome")
    if outcome != PaperResult.SERVED:
        return Typed(outcome=PaperResult(outcome), started_at_ms=None, talk_s=0)
    minutes = form.get(f"minutes-{session_id}", "").strip()
    if not minutes.isdecimal() or not 1 <= int(minutes[:6]) <= MOST_MINUTES:
        raise ValueError("paper.wrong.minutes")
    try:
        clock = time.fromisoformat(form.get(f"time-{session_id}", "").strip().replace(".", ":"))
    except ValueError as error:
        raise ValueError("paper.wrong.time") from error
    started = int(datetime.combine(when, clock, tzinfo=zone).timestamp() * 1000)
    if started > now:
        raise ValueError("paper.wrong.future")
    return Typed(outcome=PaperResult.SERVED, started_at_ms=started, talk_s=int(minutes) * 60)


async def _store(tx: Writing, who: Staff, line: Line, said: Typed, now: int) -> bool:
    session = line.session
    outcome = PaperOutcome(
        session_id=session.id,
        facility_id=session.facility_id,
        terminal_id=session.terminal_id,
        outcome=said.outcome,
        planned_start_at_ms=session.start_at_ms,
        promised_s=session.talk_s,
        started_at_ms=said.started_at_ms,
        talk_s=said.talk_s,
        entered_by=who.user.name,
        entered_at_ms=now,
    )
    if line.entered is not None and _same(line.entered, outcome):
        return False
    if not await paper.enter(tx, outcome):
        return False
    await _close(tx, who, line, said, now)
    detail = {"outcome": said.outcome.value, "started": said.started_at_ms, "talk_s": said.talk_s}
    await staff.note(tx, user=who.user.name, act="paper_outcome", subject=session.id, detail=detail, now_ms=now)
    return True


def _same(before: PaperOutcome, now: PaperOutcome) -> bool:
    return (before.outcome, before.started_at_ms, before.talk_s) == (now.outcome, now.started_at_ms, now.talk_s)


async def _close(tx: Writing, who: Staff, line: Line, said: Typed, now: int) -> None:
    """The session and its registration say the same as the paper."""
    state, why = {
        PaperResult.SERVED: ("ended", "paper"),
        PaperResult.NO_SHOW: ("ended", "no_show"),
        PaperResult.NOT_HELD: ("cancelled", "not_held"),
    }[said.outcome]
    await sessions.changed(tx, line.session.id, state=state, why=why, opened_at_ms=said.started_at_ms)
    await terminals.bump(tx, line.session.terminal_id)
    if line.registration is None:
        return
    if said.outcome is PaperResult.NOT_HELD:
        await postpone(tx, line.registration, by=who.user.name, now_ms=now, tell=True)
        return
    absent = said.outcome is PaperResult.NO_SHOW
    await registrations.changed(
        tx, line.registration.id, state="absent" if absent else "approved", to_tell="absent" if absent else None
    )
