"""How long to wait before trying again."""

import random


class BackOff:
    """Doubles from `first_s` to `longest_s`, spread by chance, never shorter than what the other side asked for."""

    def __init__(self, first_s: float = 0.5, longest_s: float = 15.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._tries = 0

    @property
    def tries(self) -> int:
        """Failures in a row."""
        return self._tries

    def reset(self) -> None:
        """It worked."""
        self._tries = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """Seconds until the next try; call once a failure."""
        pause_s = min(self._longest_s, self._first_s * float(2 ** min(self._tries, 10)))
        self._tries += 1
        spread_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads reconnects, keeps no secret
        if retry_after_s is None:
            return spread_s
        return max(spread_s, min(retry_after_s, 300.0) + random.uniform(0, 0.5))  # noqa: S311 - as above
