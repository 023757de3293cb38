"""The dead man's switch: what must be ended, and when, after a call's lease ran out. Pure: the caller brings the time."""

from enum import Enum, auto

RENDERER_AFTER_S = 0.3
WINDOW_AFTER_S = 0.6


class Ending(Enum):
    """What the lease demands now."""

    RENDERER = auto()
    WINDOW = auto()


class LeaseWatch:
    """All times are seconds of one clock that counts suspend."""

    def __init__(self) -> None:
        self._due_s: float | None = None
        self._next = Ending.RENDERER

    def lease(self, ms: int, now_s: float) -> None:
        """A call view may stay on the glass for `ms` more."""
        self._due_s = now_s + ms / 1000 + RENDERER_AFTER_S
        self._next = Ending.RENDERER

    def over(self) -> None:
        """No call view is on the glass: the page closed it, or renderer or window ended."""
        self._due_s = None

    @property
    def due_s(self) -> float | None:
        """When `ending` will answer next; None while there is nothing to watch."""
        return self._due_s

    def ending(self, now_s: float) -> Ending | None:
        """What to end now, each once: first the renderer and, if that did not help, the window."""
        if self._due_s is None or now_s < self._due_s:
            return None
        ending = self._next
        self._due_s = now_s + WINDOW_AFTER_S if ending is Ending.RENDERER else None
        self._next = Ending.WINDOW
        return ending
