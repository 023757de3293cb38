"""After a call its lines must be gone: a page that says `closed` and goes on talking is ended all the same.

Pure: the caller brings the time and what is open. Only what was not open before the call counts, and only for as long as the
farewell stays at most, so that a socket nobody thought of can cost one renderer and one window, never a booth.
"""

from kiosk_ui.shell.lease_watch import Ending

FIRST_LOOK_S = 0.4
"""The page closes its connection after the next screen is on the glass."""
EVERY_S = 0.4
LOOK_FOR_S = 30.0
PROOFS = 2
"""Looks in a row that must see a line: the engine's own short-lived ones are gone by the second."""


class LineWatch:
    """All times are seconds of one clock that counts suspend."""

    def __init__(self) -> None:
        self._before: frozenset[int] = frozenset()
        self._is_meeting = False
        self._look_s: float | None = None
        self._until_s = 0.0
        self._seen = 0
        self._next = Ending.RENDERER

    def quiet(self, lines: frozenset[int]) -> None:
        """A page was painted while no call was leased: what is open now belongs to no call."""
        self._before = lines

    def leased(self, *, meeting: bool) -> None:
        """A call may have its lines; those of a meeting's page belong to the engine, which keeps them open for a while."""
        self._look_s, self._is_meeting = None, meeting

    def over(self, now_s: float) -> None:
        """The page says that the call is closed."""
        self._look_s = None if self._is_meeting else now_s + FIRST_LOOK_S
        self._until_s = now_s + LOOK_FOR_S
        self._seen, self._next = 0, Ending.RENDERER

    def is_due(self, now_s: float) -> bool:
        """Whether to look now."""
        return self._look_s is not None and now_s >= self._look_s

    def looked(self, lines: frozenset[int], now_s: float) -> Ending | None:
        """What the lines that are open demand: first the renderer and, if that did not help, the window, each once."""
        self._seen = self._seen + 1 if lines - self._before else 0
        self._look_s = now_s + EVERY_S if now_s < self._until_s else None
        if self._seen < PROOFS:
            return None
        self._seen, ending = 0, self._next
        if ending is Ending.WINDOW:
            self._look_s = None
        self._next = Ending.WINDOW
        return ending
