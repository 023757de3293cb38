"""Attempts to get out, counted by kind since boot."""

from agent.core.events import EscapeSeen
from agent.core.policy import ESCAPE_KINDS_KEPT
from agent.core.turn import Turn


def on_escape(turn: Turn, event: EscapeSeen) -> None:
    """Something outside the core has seen one, or some."""
    count(turn, event.kind, event.count)


def count(turn: Turn, kind: str, times: int = 1) -> None:
    """So many more of this kind; past the number of kinds that are kept apart they are counted as `other`."""
    counts = turn.booth.escape_attempts
    kept = kind if kind in counts or len(counts) < ESCAPE_KINDS_KEPT else "other"
    turn.change(escape_attempts={**counts, kept: counts.get(kept, 0) + max(0, times)})
