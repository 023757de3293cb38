"""What of central's schedule and settings makes sense: one bad row costs only itself."""

import re
from collections.abc import Iterable

import msgspec

from agent.core import policy
from protocol.terminal import AssignedSession, TerminalSettings

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
LATEST_MS = 4_102_444_800_000


class Checked(msgspec.Struct, frozen=True):
    """The rows that are kept, in order of start, and how many were rejected."""

    kept: tuple[AssignedSession, ...]
    rejected: int


def makes_sense(row: AssignedSession, now_ms: int | None) -> bool:
    """Can this row be kept at all? Without central's time (`now_ms` null) its distance from now is not judged."""
    return (
        IDENTIFIER.fullmatch(row.id) is not None
        and 0 < len(row.number) <= policy.NUMBER_MOST
        and row.call_kind in policy.CALL_KINDS
        and are_times_sound(row.start_at_ms, row.talk_s, row.closing_at_ms)
        and (now_ms is None or abs(row.start_at_ms - now_ms) <= policy.START_WITHIN_S * 1000)
    )


def are_times_sound(start_at_ms: int, talk_s: int, closing_at_ms: int | None) -> bool:
    """A real instant, a talk time within bounds, closing after the start."""
    return (
        0 <= start_at_ms <= LATEST_MS
        and policy.TALK_LEAST_S <= talk_s <= policy.TALK_MOST_S
        and (closing_at_ms is None or closing_at_ms > start_at_ms)
    )


def check(rows: Iterable[AssignedSession], now_ms: int | None) -> Checked:
    """Keep what makes sense; of two with one id or two at once the first in order of start stays.

    Rows that are not nonsense but merely long past are left out without being counted.
    """
    kept: list[AssignedSession] = []
    ids: set[str] = set()
    rejected = 0
    for row in sorted(rows, key=lambda row: (row.start_at_ms, row.id)):
        at_once = bool(kept) and row.start_at_ms - kept[-1].start_at_ms < _alone_ms(kept[-1])
        if not makes_sense(row, now_ms) or row.id in ids or at_once or len(kept) == policy.SESSIONS_KEPT:
            rejected += 1
        elif now_ms is None or row.start_at_ms >= now_ms - policy.LONG_PAST_S * 1000:
            ids.add(row.id)
            kept.append(row)
    return Checked(tuple(kept), rejected)


def _alone_ms(row: AssignedSession) -> int:
    """So long after the start of this one nobody else can start: its talk time, if that is as short as the usual bound."""
    return min(policy.TWO_AT_ONCE_S, row.talk_s) * 1000


def sane(settings: TerminalSettings) -> TerminalSettings:
    """The same settings with every number inside its bounds, and a language there is."""
    bounded = {
        name: min(max(getattr(settings, name), least), most) for name, (least, most) in policy.SETTING_BOUNDS.items()
    }
    warn_at_s = {at_s for at_s in settings.warn_at_s if 0 < at_s <= policy.TALK_MOST_S}
    return msgspec.structs.replace(
        settings,
        language=settings.language if settings.language in policy.LANGUAGES else "id",
        warn_at_s=tuple(sorted(warn_at_s, reverse=True)[: policy.WARNINGS_MOST]),
        **bounded,
    )
