"""The words for one family, ready for a messenger: a click-to-chat link and the same as a QR code."""

import io
from datetime import date
from urllib.parse import quote

import segno

from central.staff.words import Words, zone
from central.store.facilities import Facility
from central.store.registrations import Registration

PATH = "/ikuti"
KINDS = ("approved", "moved", "absent", "refused", "not_today")


def follow_link(public_url: str, code: str) -> str:
    """The family's private page; the code is a fragment, which no server and no preview of a messenger ever gets."""
    return f"{public_url.rstrip('/')}{PATH}#{code}"


def text(registration: Registration, facility: Facility, said: Words, link: str) -> str:
    """The message of what the family is to know now; in its own language."""
    kind = registration.to_tell if registration.to_tell in KINDS else "approved"
    at_ms, timezone = registration.told_start_at_ms, facility.settings.timezone
    when = said.day(date.fromisoformat(registration.day)) if kind == "not_today" else ""
    gaps = {
        "name": registration.visitor_name,
        "place": facility.name,
        "number": registration.queue_number,
        "link": link,
        "reason": registration.reason,
        "date": when or ("" if at_ms is None else said.date(at_ms, timezone)),
        "time": "" if at_ms is None else f"{said.time(at_ms, timezone)} {zone(at_ms, timezone)}",
        "minutes": said.minutes(registration.told_talk_s or 0),
    }
    return said.say(f"wa.{kind}", **gaps)


def chat_link(phone: str, message: str) -> str:
    """What opens the messenger with the text written; nothing is sent before somebody presses Send."""
    return f"https://wa.me/{phone}?text={quote(message)}"


def qr(link: str) -> bytes:
    """A picture of the link, as an SVG file. It takes 20 ms, so pages ask for it only when somebody opens it."""
    out = io.BytesIO()
    segno.make(link, error="l", micro=False).save(out, kind="svg", scale=4, border=4, dark="#16302e")
    return out.getvalue()
