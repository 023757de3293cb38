"""How often bilik-shell has failed: when its session is restarted, and when that was tried often enough. Pure."""

from collections import deque

FIRST_WAIT_S = 15.0
"""A shell that comes back by itself does so in a second or two."""

TRIES = 5
"""Restarts in a row, each waited for twice as long as the one before: the last is given up on after eight minutes."""

STEADY_S = 60.0
"""A shell that has stayed so long is well."""

LEFT_MOST = 10
LEFT_WITHIN_S = 600.0
"""A shell that comes and goes more often than this serves nobody either."""


class ShellSpells:
    """All moments are boot seconds of this run of the agent."""

    def __init__(self) -> None:
        self._joined_s: float | None = None
        self._gone_s: float | None = None
        self._due_s = 0.0
        self._tries = 0
        self._left: deque[float] = deque()

    def joined(self, now_s: float) -> None:
        """It is there."""
        self._joined_s, self._gone_s = now_s, None

    def left(self, now_s: float) -> None:
        """It has gone."""
        if self._joined_s is not None and now_s - self._joined_s >= STEADY_S:
            self._tries = 0
        self._gone_s = now_s
        self._due_s = now_s + self._wait_s()
        self._left.append(now_s)

    def is_restart_due(self, now_s: float) -> bool:
        """Whether to restart its session now; true once a try."""
        if self._gone_s is None or self._tries >= TRIES or now_s < self._due_s:
            return False
        self._tries += 1
        self._due_s = now_s + self._wait_s()
        return True

    def is_hopeless(self, now_s: float) -> bool:
        """Whether nothing that can be done from here has helped."""
        while self._left and now_s - self._left[0] > LEFT_WITHIN_S:
            self._left.popleft()
        was_tried_enough = self._gone_s is not None and self._tries >= TRIES and now_s >= self._due_s
        return was_tried_enough or len(self._left) > LEFT_MOST

    def _wait_s(self) -> float:
        return FIRST_WAIT_S * 2.0**self._tries
