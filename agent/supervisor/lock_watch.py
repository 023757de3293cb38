"""Says as a fault when the PC is not as bilik-install set it up."""

from collections.abc import Callable

from agent.core.events import FaultSeen
from agent.ports import Health
from agent.supervisor.loop import Make

CODE = "KUN-2"
LOOK_EVERY_S = 10.0


class LockWatch:
    """Asked once a second, looks every ten; only what is news becomes an event."""

    def __init__(self, health: Health, feed: Callable[[Make], None]) -> None:
        self._health = health
        self._feed = feed
        self._next_s = 0.0
        self._is_raised: bool | None = None

    def watch(self, boot_s: float) -> None:
        """Look, if it is time to."""
        if boot_s < self._next_s:
            return
        self._next_s = boot_s + LOOK_EVERY_S
        changed = self._health.lock_changed()
        is_raised = changed is not None
        if is_raised is not self._is_raised:
            self._is_raised = is_raised
            self._feed(lambda now: FaultSeen(now=now, code=CODE, raised=is_raised, detail=changed))
