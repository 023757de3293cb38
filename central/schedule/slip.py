"""What a visit that runs long means for those behind it at the same booth: pure."""

from collections.abc import Sequence

from central.store.sessions import CallSession

GAP_MS = 90_000
"""Between two sessions beyond their talk time, as they are planned."""

STEP_MS = 30_000
"""A start slips by at least so much, so that a booth is not told a new plan every moment."""

AT_ONCE = 50
"""So many slip at the most; those behind them when it is their turn. A booth serves fewer in half a day."""


def slipped(planned: Sequence[CallSession], *, now_ms: int) -> dict[str, int]:
    """New starts (session id -> instant) of a busy booth's planned sessions, which come in order of start.

    The first that is due slips, and each behind it as far as it must. None slips to or past its closing time.
    """
    starts: dict[str, int] = {}
    free_ms = now_ms + STEP_MS if planned and planned[0].start_at_ms <= now_ms else 0
    for session in planned[:AT_ONCE]:
        if session.start_at_ms >= free_ms:
            break
        if session.closing_at_ms is None or free_ms < session.closing_at_ms:
            starts[session.id] = free_ms
            free_ms += session.talk_s * 1000 + GAP_MS
    return starts
