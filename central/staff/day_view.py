"""The officers' page of a day: who asks, who must be told, and the plan by booth with the reasons for it."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from central.context import Central
from central.credentials import family_code
from central.days import messages
from central.days.facts import DayFacts
from central.schedule.model import Turn
from central.staff.day_line import Line, line
from central.staff.words import Words, words
from central.store.facilities import Facility
from central.store.registrations import Registration
from central.store.sessions import CallSession


class News(Struct, frozen=True, kw_only=True):
    """One family that must be told something; `chat` is empty without a phone number."""

    registration: Registration
    text: str
    chat: str


class Row(Struct, frozen=True, kw_only=True):
    """One turn of the plan; `registration` is None for a session that came from elsewhere."""

    turn: Turn
    session: CallSession
    registration: Registration | None


class Column(Struct, frozen=True, kw_only=True):
    """One booth's turns; only the first may be called in now."""

    terminal_id: str
    name: str
    rows: tuple[Row, ...]


class Dropped(Struct, frozen=True, kw_only=True):
    """A planned session that has no place any more, and why."""

    number: str
    reason: str


class DayView(Struct, frozen=True, kw_only=True):
    """All that the page shows."""

    facility: Facility
    when: date
    is_today: bool
    days: tuple[date, ...]
    asking: tuple[Registration, ...]
    news: tuple[News, ...]
    columns: tuple[Column, ...]
    line: Line
    dropped: tuple[Dropped, ...]
    why: Sequence[str]
    is_closed: bool
    notice_hours: str


def view(central: Central, found: DayFacts, said: Words, base: str, *, today: date, days: tuple[date, ...]) -> DayView:
    """The page's model out of a day's facts."""
    asking = tuple(
        each for each in found.registrations if each.state in ("waiting", "absent") and not each.erased_at_ms
    )
    telling = [each for each in found.registrations if each.to_tell is not None and not each.erased_at_ms]
    return DayView(
        facility=found.facility,
        when=found.when,
        is_today=found.when == today,
        days=tuple(sorted({*days, found.when, today})),
        asking=asking,
        news=tuple(_news(central, found.facility, each, base) for each in telling),
        columns=_columns(found),
        line=line(found),
        dropped=tuple(
            Dropped(number=found.sessions[each.id].number, reason=each.reason.value)
            for each in found.plan.not_today
            if each.id in found.sessions
        ),
        why=reasons(found, said),
        is_closed=not found.day.windows,
        notice_hours=said.minutes(found.schedule.notice_s // 60),
    )


def reasons(found: DayFacts, said: Words) -> list[str]:
    """Why the plan is as it is, in sentences with its numbers."""
    why = found.plan.why
    sentences = [
        said.say(f"day.why.{why.bound.value}", talk=said.minutes(why.talk_s)),
        said.say(
            "day.why.room",
            booths=why.booths,
            hours=said.minutes(why.open_s // 60),
            default=why.room_default,
            floor=why.room_floor,
            waiting=why.waiting,
        ),
    ]
    if why.pinned:
        sentences.append(said.say("day.why.pinned", n=why.pinned))
    if why.lost:
        names = ", ".join(found.booth_names.get(booth, booth) for booth in why.lost)
        sentences.append(said.say("day.why.lost", list=names))
    return sentences


def _news(central: Central, facility: Facility, registration: Registration, base: str) -> News:
    """In the language that the family registered in."""
    link = messages.follow_link(base, family_code(central.options.link_secret, registration.id))
    text = messages.text(registration, facility, words(registration.language), link)
    chat = messages.chat_link(registration.phone, text) if registration.phone else ""
    return News(registration=registration, text=text, chat=chat)


def picture(central: Central, facility: Facility, registration: Registration, base: str) -> bytes:
    """The same as a QR code, for the officer's own phone; without a number the family's page, for the guest's. An SVG."""
    link = messages.follow_link(base, family_code(central.options.link_secret, registration.id))
    chat = _news(central, facility, registration, base).chat
    return messages.qr(chat or link)


def _columns(found: DayFacts) -> tuple[Column, ...]:
    whose = found.by_session
    return tuple(
        Column(
            terminal_id=booth.id,
            name=found.booth_names[booth.id],
            rows=tuple(
                Row(turn=turn, session=found.sessions[turn.id], registration=whose.get(turn.id))
                for turn in found.plan.turns
                if turn.booth == booth.id
            ),
        )
        for booth in found.day.booths
    )
