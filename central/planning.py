"""A planned session from what people wrote: one row of words, checked column by column."""

import re
import zoneinfo
from collections.abc import Mapping
from datetime import datetime

import msgspec

from central.credentials import Passwords, hashed, link_token
from central.meetings import WrongMeeting, meeting
from central.store.facilities import Facility
from central.store.ids import new_id
from central.store.sessions import CallSession
from protocol.terminal import CallKind, CheckInMethod

COLUMNS = ("terminal", "number", "start", "talk", "inmate", "family", "pin", "closing", "kind", "url")
NEEDED = ("terminal", "number", "start", "talk", "inmate", "family")
LEAST_TALK_S = 10
MOST_TALK_S = 14_400


class WrongWords(Exception):
    """Which columns are wrong, and how: column -> sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{column}: {words}" for column, words in errors.items()))
        self.errors = errors


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A checked row; still without id and secrets."""

    terminal_id: str
    facility: Facility
    number: str
    start_at_ms: int
    talk_s: int
    inmate_name: str
    family_name: str
    pin: str | None
    closing_at_ms: int | None
    call_kind: CallKind
    call_url: str | None

    async def session(self, passwords: Passwords, link_secret: str, *, now_ms: int) -> tuple[CallSession, str]:
        """The session to store, and the token of its family's link."""
        session_id = new_id("s")
        token = link_token(link_secret, session_id)
        session = CallSession(
            id=session_id,
            facility_id=self.facility.id,
            terminal_id=self.terminal_id,
            number=self.number,
            start_at_ms=self.start_at_ms,
            talk_s=self.talk_s,
            inmate_name=self.inmate_name,
            family_name=self.family_name,
            created_at_ms=now_ms,
            link_hash=hashed(token),
            closing_at_ms=self.closing_at_ms,
            call_kind=self.call_kind.value,
            call_url=self.call_url,
            pin_hash=None if self.pin is None else await passwords.hash(self.pin),
        )
        return session, token


def plan(row: Mapping[str, str], facilities_by_terminal: Mapping[str, Facility], *, now_ms: int) -> Plan:
    """Check a row; raises WrongWords naming every column that is wrong."""
    words = {column: (row.get(column) or "").strip() for column in COLUMNS}
    errors = {column: "is missing" for column in NEEDED if not words[column]}
    facility = facilities_by_terminal.get(words["terminal"])
    if facility is None:
        errors.setdefault("terminal", f"there is no terminal {words['terminal']}")
    zone = zoneinfo.ZoneInfo("Asia/Jakarta" if facility is None else facility.settings.timezone)
    start = _instant(words["start"], zone, now_ms, "start", errors)
    closing = _instant(words["closing"], zone, now_ms, "closing", errors) if words["closing"] else None
    if closing is not None and "start" not in errors and closing <= start:
        errors["closing"] = "is not after the start"
    talk_s = _talk(words["talk"], errors)
    kind = _kind(words, facility, errors)
    _names(words, errors)
    if facility is not None:
        _pin(words["pin"], facility, errors)
    if errors or facility is None:
        raise WrongWords(errors)
    return Plan(
        terminal_id=words["terminal"],
        facility=facility,
        number=words["number"],
        start_at_ms=start,
        talk_s=talk_s,
        inmate_name=words["inmate"],
        family_name=words["family"],
        pin=words["pin"] or None,
        closing_at_ms=closing,
        call_kind=kind,
        call_url=words["url"] or None,
    )


def _instant(word: str, zone: zoneinfo.ZoneInfo, now_ms: int, column: str, errors: dict[str, str]) -> int:
    if not word:
        return 0
    if re.fullmatch(r"\+\d{1,6}", word):
        return now_ms + int(word) * 1000
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        errors[column] = (
            f"{word} is no time: write 2026-11-21T09:40 or 2026-11-21T09:40+07:00, or +30 for in 30 seconds"
        )
        return 0
    moment = found if found.tzinfo is not None else found.replace(tzinfo=zone)
    at_ms = int(moment.timestamp() * 1000)
    if not 0 <= at_ms <= 4_102_444_800_000:
        errors[column] = f"{word} is not between 1970 and 2100"
    return at_ms


def _talk(word: str, errors: dict[str, str]) -> int:
    if not word:
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", word) or not LEAST_TALK_S <= int(word) <= MOST_TALK_S:
        errors["talk"] = f"{word} is no talk time: whole seconds from {LEAST_TALK_S} to {MOST_TALK_S}"
        return 0
    return int(word)


def _kind(words: Mapping[str, str], facility: Facility | None, errors: dict[str, str]) -> CallKind:
    try:
        kind = CallKind(words["kind"] or CallKind.WEBRTC)
    except ValueError:
        errors["kind"] = f"{words['kind']} is no kind of call; there are: {', '.join(CallKind)}"
        return CallKind.WEBRTC
    if kind is CallKind.WEB_PAGE and facility is not None:
        try:
            meeting(words["url"], facility.settings.meeting_hosts)
        except WrongMeeting as error:
            errors["url"] = str(error)
    elif words["url"] and kind is CallKind.WEBRTC:
        errors["url"] = "only a web_page has an address of its own"
    return kind


def _names(words: Mapping[str, str], errors: dict[str, str]) -> None:
    for column, most in (("number", 32), ("inmate", 200), ("family", 200), ("url", 2000)):
        if len(words[column]) > most:
            errors[column] = f"has more than {most} characters"
        elif not words[column].isprintable():
            errors[column] = "has characters that cannot be shown"


def _pin(pin: str, facility: Facility, errors: dict[str, str]) -> None:
    if pin and not re.fullmatch(r"[0-9]{4,12}", pin):
        errors["pin"] = "a PIN has 4 to 12 digits"
    elif not pin and facility.settings.check_in is CheckInMethod.PIN:
        errors["pin"] = "is missing: this facility lets inmates in by PIN"


def link(public_url: str, token: str) -> str:
    """What the family opens; the token is a fragment, which no server ever sees in a log."""
    return f"{public_url.rstrip('/')}/join#{token}"


def family_link(session: CallSession, public_url: str, link_secret: str) -> str:
    """What the family of this session opens: our own page, or that of the meeting."""
    if session.call_kind == CallKind.WEB_PAGE and session.call_url is not None:
        return session.call_url
    return link(public_url, link_token(link_secret, session.id))
