"""Warnings before the end: each threshold once, armed again by an extension."""

from agent.core import policy
from agent.core.effects import Notify
from agent.core.state import Booth, Visit
from agent.core.turn import Turn
from agent.core.visit import effective_left_s
from protocol.page import Notice
from protocol.terminal import VisitState


def thresholds(booth: Booth, visit: Visit) -> tuple[int, ...]:
    """Remaining seconds at which something is still to be said, the largest first."""
    all_s = {*booth.settings.warn_at_s, policy.LAST_SECONDS_S}
    return tuple(sorted((at_s for at_s in all_s if at_s < visit.warned_to_s), reverse=True))


def said_at_s(visit: Visit, threshold_s: int) -> float:
    """The boot second at which so much is left of a call that talks: of its talk time, or before the hard stop."""
    ends_s = [at_s for at_s in (visit.talk.ends_at(), visit.end_by_s) if at_s is not None]
    return min(ends_s) - threshold_s


def next_warning_s(booth: Booth, visit: Visit) -> float | None:
    """When the next warning is due."""
    ahead = thresholds(booth, visit)
    return said_at_s(visit, ahead[0]) if ahead and visit.state is VisitState.TALKING else None


def warn(turn: Turn) -> None:
    """Say the smallest threshold that was reached; those above it, if they were slept through, are not said any more."""
    visit = turn.visit
    ahead = thresholds(turn.booth, visit)
    reached_s = min(at_s for at_s in ahead if said_at_s(visit, at_s) <= turn.arrived.boot_s)
    turn.change_visit(warned_to_s=reached_s)
    say(turn, reached_s)


def say(turn: Turn, threshold_s: int) -> None:
    """A warning, the beginning of the large count, or both."""
    if threshold_s in turn.booth.settings.warn_at_s:
        sound = threshold_s <= policy.SOUND_BELOW_S
        turn.do(Notify(notice=Notice(kind="warning", value=threshold_s, sound=sound)))
    if threshold_s == policy.LAST_SECONDS_S:
        turn.do(Notify(notice=Notice(kind="last_seconds", value=threshold_s)))


def rearm(turn: Turn) -> None:
    """After an extension every threshold below the time left now is said again."""
    visit = turn.visit
    turn.change_visit(warned_to_s=effective_left_s(visit, turn.now.boot_s))
