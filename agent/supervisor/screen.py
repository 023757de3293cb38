"""What the page is to show: derived from the booth, sent when it differs from what was sent last."""

import datetime
import functools
import logging
import zoneinfo

import msgspec

from agent.core.booth import Booth, screen_for
from agent.core.events import Now
from agent.ports import Clock, Page
from protocol.maintenance import TechnicianPin
from protocol.meeting import Meeting
from protocol.page import Call, CheckIn, Screen, Show, Waiting, WallClock

log = logging.getLogger(__name__)

ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}
MINUTE_MS = 60_000
SLACK_S = 1.5


@functools.cache
def zone_of(name: str) -> datetime.tzinfo:
    """The zone of that name; UTC if there is none, since a clock that says UTC is better than none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.UTC


def wall_clock(now: Now, timezone: str) -> WallClock | None:
    """The facility's time; None while central's time is not known."""
    if now.central_ms is None:
        return None
    local = datetime.datetime.fromtimestamp(now.central_ms / 1000, tz=zone_of(timezone))
    offset = local.utcoffset() or datetime.timedelta()
    name = ZONE_NAMES.get(timezone) or local.tzname() or "UTC"
    return WallClock(now_ms=now.central_ms, offset_min=round(offset.total_seconds() / 60), zone=name)


def without_pace(screen: Screen, now: Now) -> tuple[Screen, float | None]:
    """The screen without the number that runs down on it by itself, and the boot second at which that one is zero."""
    match screen:
        case Call() | Meeting():
            return msgspec.structs.replace(screen, left_ms=0), None
        case Waiting(left_to_join_ms=int(left_ms)):
            return msgspec.structs.replace(screen, left_to_join_ms=0), now.boot_s + left_ms / 1000
        case CheckIn(retry_s=retry_s) | TechnicianPin(retry_s=retry_s) if retry_s > 0:
            return msgspec.structs.replace(screen, retry_s=1), now.boot_s + retry_s
        case _:
            return screen, None


class Presenter:
    """Sends Show to the page."""

    def __init__(self, clock: Clock, page: Page) -> None:
        self._clock = clock
        self._page = page
        self._seq = 0
        self._sent: Show | None = None
        self._zero_s: float | None = None
        self.sent_boot_s = 0.0

    @property
    def shown(self) -> Show | None:
        """What was sent last."""
        return self._sent

    def forget(self) -> None:
        """There is a new page: whatever was sent went to another."""
        self._sent = None

    def look(self, booth: Booth) -> None:
        """Send the screen if it is not the one sent last."""
        now = self._clock.now()
        show = self._show(booth, now)
        if self._is_as_sent(show, now):
            return
        self._seq += 1
        self._sent = show
        self._zero_s = without_pace(show.screen, now)[1]
        self.sent_boot_s = now.boot_s
        self._page.send(show)
        kind, phase = type(show.screen).__name__, getattr(show.screen, "phase", None)
        log.log(
            logging.DEBUG if kind == "Idle" else logging.INFO,
            "shown",
            extra={"seq": show.seq, "screen": kind, "phase": phase},
        )

    def next_minute(self) -> float | None:
        """The boot second at which the shown clock is out of date; None without a clock."""
        now = self._clock.now()
        if now.central_ms is None:
            return None
        return now.boot_s + (MINUTE_MS - now.central_ms % MINUTE_MS) / 1000

    def _show(self, booth: Booth, now: Now) -> Show:
        return Show(
            seq=self._seq + 1,
            screen=screen_for(booth, now),
            language=booth.language,
            terminal_name=booth.settings.terminal_name,
            facility_name=booth.settings.facility_name,
            clock=wall_clock(now, booth.settings.timezone),
            online=booth.online,
            call_id=None if booth.visit is None else booth.visit.call_id,
        )

    def _is_as_sent(self, show: Show, now: Now) -> bool:
        if self._sent is None:
            return False
        screen, zero_s = without_pace(show.screen, now)
        if (zero_s is None) != (self._zero_s is None):
            return False
        if zero_s is not None and self._zero_s is not None and abs(zero_s - self._zero_s) > SLACK_S:
            return False
        return _still(show, screen) == _still(self._sent, without_pace(self._sent.screen, now)[0])


def _still(show: Show, screen: Screen) -> Show:
    clock = show.clock
    if clock is not None:
        clock = msgspec.structs.replace(clock, now_ms=clock.now_ms // MINUTE_MS)
    return msgspec.structs.replace(show, seq=0, screen=screen, clock=clock)
