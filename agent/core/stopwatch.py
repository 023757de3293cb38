"""A stopwatch over boot seconds: a sum of closed stretches and perhaps one that runs."""

import msgspec


class Stopwatch(msgspec.Struct, frozen=True):
    """`total_s` of the closed stretches, and when the running one began (boot seconds)."""

    total_s: float = 0.0
    since_s: float | None = None

    @property
    def is_running(self) -> bool:
        """Does a stretch run?"""
        return self.since_s is not None

    def read(self, at_s: float) -> float:
        """Seconds measured up to `at_s`; a moment before the running stretch adds nothing."""
        return self.total_s if self.since_s is None else self.total_s + max(0.0, at_s - self.since_s)

    def started(self, at_s: float) -> "Stopwatch":
        """Running from `at_s`; unchanged if it runs already."""
        return self if self.is_running else Stopwatch(self.total_s, at_s)

    def stopped(self, at_s: float) -> "Stopwatch":
        """Standing, with what was measured up to `at_s`."""
        return Stopwatch(self.read(at_s))

    def reaches(self, total_s: float) -> float | None:
        """When it will show `total_s`, in boot seconds; null while it stands."""
        return None if self.since_s is None else self.since_s + max(0.0, total_s - self.total_s)

    def shifted(self, by_s: float) -> "Stopwatch":
        """The same on a boot clock that shows `by_s` more."""
        return self if self.since_s is None else Stopwatch(self.total_s, self.since_s + by_s)
