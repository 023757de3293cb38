"""How often and how soon a window that keeps failing is started again. Pure: the caller brings the time."""

from collections import deque

LIMIT = 20
WITHIN_S = 600.0
LIMIT_A_DAY = 60
DAY_S = 86_400.0
"""What fails every few minutes is given up too: it would go on like that for ever."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
CALM_S = 60.0


class Restarts:
    """Counts unexpected ends; ordered restarts are not told to it."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque()

    def ended(self, now_s: float) -> float | None:
        """Seconds to wait before the next start: none after the first end, then doubling; None: give up."""
        while self._ends and now_s - self._ends[0] > DAY_S:
            self._ends.popleft()
        recent = self._since(now_s - CALM_S)
        self._ends.append(now_s)
        if self._since(now_s - WITHIN_S) > LIMIT or len(self._ends) > LIMIT_A_DAY:
            return None
        return 0.0 if recent == 0 else min(FIRST_PAUSE_S * 2.0 ** (recent - 1), LONGEST_PAUSE_S)

    def _since(self, at_s: float) -> int:
        return sum(1 for ended_s in self._ends if ended_s >= at_s)
