"""Whether a shell that has begun to say that it lives has stopped to: it hangs, or the screen that it draws on does. Pure."""

SILENT_S = 10.0
"""Longer than the window's: what follows costs the whole session."""
OWN_GAP_S = 3.0


class Silence:
    """All moments are boot seconds. Shells that never beat are left alone."""

    def __init__(self) -> None:
        self._beat_s: float | None = None
        self._looked_s: float | None = None

    def beat(self, now_s: float) -> None:
        """It lives."""
        self._beat_s = now_s

    def forget(self) -> None:
        """It has gone, or a new one is there."""
        self._beat_s = None

    def is_broken_off(self, now_s: float) -> bool:
        """Asked once a second; true once. A gap in the asking is our own sleep, after which it gets its time anew."""
        slept = self._looked_s is not None and now_s - self._looked_s > OWN_GAP_S
        self._looked_s = now_s
        if self._beat_s is None:
            return False
        if slept:
            self._beat_s = now_s
        if now_s - self._beat_s <= SILENT_S:
            return False
        self._beat_s = None
        return True
