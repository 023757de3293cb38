"""What a family, or an officer for a walk-in, writes into the form: checked field by field, in words of the form."""

import re
from collections.abc import Mapping
from datetime import date

import msgspec
from msgspec import Struct

from central.schedule.windows import Opening
from central.store.registrations import Wish
from central.store.schedules import Schedule

RELATIONS = ("spouse", "parent", "child", "sibling", "guardian", "other")
NAME_LENGTHS = (2, 100)
PHONE = re.compile(r"[1-9][0-9]{8,14}")
NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Wrong(Exception):
    """Which fields are wrong: field -> key of the sentence that says how to mend it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class Asked(Struct, frozen=True, kw_only=True):
    """A form that was sent, as it was typed; shown again where something is wrong."""

    name: str = ""
    relation: str = ""
    phone: str = ""
    inmate: str = ""
    day: str = ""
    consent: bool = False
    nonce: str = ""


def asked(form: Mapping[str, str]) -> Asked:
    """The fields without the spaces that phones add."""
    text = {name: " ".join(form.get(name, "").split())[:300] for name in ("name", "relation", "phone", "inmate", "day")}
    return Asked(**text, consent=form.get("consent") == "yes", nonce=form.get("nonce", ""))


def phone_number(typed: str) -> str | None:
    """As a messenger wants it, 62812...; None for what is no number."""
    digits = re.sub(r"[\s().+-]", "", typed)
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    return digits if PHONE.fullmatch(digits) else None


def wish(typed: Asked, *, facility_id: str, days: tuple[date, ...], language: str, now_ms: int) -> Wish:
    """A family's checked wish; raises Wrong naming every field."""
    errors = _names(typed)
    phone = phone_number(typed.phone)
    if phone is None:
        errors["phone"] = "daftar.wrong.phone"
    if typed.relation not in RELATIONS:
        errors["relation"] = "daftar.wrong.relation"
    if typed.day not in {day.isoformat() for day in days}:
        errors["day"] = "daftar.wrong.day"
    if not typed.consent:
        errors["consent"] = "daftar.wrong.consent"
    if not NONCE.fullmatch(typed.nonce):
        errors["form"] = "daftar.wrong.form"
    if errors or phone is None:
        raise Wrong(errors)
    return Wish(
        facility_id=facility_id,
        day=typed.day,
        visitor_name=typed.name,
        relation=typed.relation,
        phone=phone,
        inmate_said=typed.inmate,
        nonce=typed.nonce,
        language=language,
        consented_at_ms=now_ms,
    )


def walk_in(typed: Asked, *, facility_id: str, day: date, language: str) -> Wish:
    """Somebody at the counter: two names are enough; a phone number, if there is one, must be one. Raises Wrong."""
    errors = _names(typed)
    phone = phone_number(typed.phone) if typed.phone else ""
    if phone is None:
        errors["phone"] = "daftar.wrong.phone"
    if not NONCE.fullmatch(typed.nonce):
        errors["form"] = "daftar.wrong.form"
    if errors or phone is None:
        raise Wrong(errors)
    relation = typed.relation if typed.relation in RELATIONS else "other"
    return Wish(
        facility_id=facility_id,
        day=day.isoformat(),
        visitor_name=typed.name,
        relation=relation,
        phone=phone,
        inmate_said=typed.inmate,
        nonce=typed.nonce,
        language=language,
    )


def listed(typed: Asked, *, facility_id: str, days: tuple[date, ...], language: str) -> Wish:
    """A row of an office's list: as at the counter, for a day that can be asked for. Raises Wrong."""
    errors = {"day": "daftar.wrong.day"} if typed.day not in {day.isoformat() for day in days} else {}
    if typed.relation not in RELATIONS:
        errors["relation"] = "daftar.wrong.relation"
    try:
        wish = walk_in(typed, facility_id=facility_id, day=days[0] if days else date.min, language=language)
    except Wrong as wrong:
        raise Wrong(errors | wrong.errors) from wrong
    if errors:
        raise Wrong(errors)
    return msgspec.structs.replace(wish, day=typed.day)


def days_offered(schedule: Schedule, timezone: str, *, now_ms: int) -> tuple[date, ...]:
    """The open days that can be asked for; today only while there is time for one more turn."""
    opening: Opening = schedule.opening(timezone)
    today = opening.day_of(now_ms)
    days = opening.open_days(today, ahead=schedule.days_ahead + 1)
    last_ms = now_ms + schedule.floor_s * 1000
    return tuple(day for day in days if day > today or opening.windows(day)[-1].to_ms >= last_ms)


def _names(typed: Asked) -> dict[str, str]:
    least, most = NAME_LENGTHS
    fields = {"name": typed.name, "inmate": typed.inmate}
    return {
        field: f"daftar.wrong.{field}"
        for field, text in fields.items()
        if not least <= len(text) <= most or not text.isprintable()
    }
