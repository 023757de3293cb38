"""How often somebody may try: a small count for each address, forgotten after its window."""

from collections.abc import Callable

KEPT = 10_000


class Attempts:
    """At most `limit` counted tries in `window_s` for each key, in this process."""

    def __init__(self, limit: int, window_s: int, clock: Callable[[], int]) -> None:
        self._limit = limit
        self._window_ms = window_s * 1000
        self._clock = clock
        self._counts: dict[str, tuple[int, int]] = {}

    @property
    def known(self) -> int:
        """How many keys are remembered."""
        return len(self._counts)

    def wait_s(self, key: str) -> int:
        """Seconds until this key may try again; 0: now."""
        count, until = self._counts.get(key, (0, 0))
        left = until - self._clock()
        return 0 if left <= 0 or count < self._limit else left // 1000 + 1

    def count(self, key: str) -> None:
        """One more try."""
        now = self._clock()
        count, until = self._counts.get(key, (0, 0))
        if until <= now:
            count, until = 0, now + self._window_ms
        self._counts[key] = (count + 1, until)
        if len(self._counts) > KEPT:
            self._counts = {name: value for name, value in self._counts.items() if value[1] > now}
