"""Sees to it that a call that has to be off the glass is off the glass."""

import logging
from collections.abc import Callable

from agent.core.events import ViewClosed
from agent.ports import Clock, Shell
from agent.supervisor.loop import Make
from agent.supervisor.tasks import Spawn
from protocol.shell import LeaseOver, Order, OrderKind

log = logging.getLogger(__name__)

PATIENCE_S = 0.3


class CloseWatch:
    """From CloseCall to the page's Closed; a page that does not answer loses its renderer.

    A meeting's page is the window's (`is_windows`): only the window, or its end, can say that it is closed.
    """

    def __init__(
        self,
        clock: Clock,
        shell: Shell,
        feed: Callable[[Make], None],
        spawn: Spawn,
    ) -> None:
        self._clock = clock
        self._shell = shell
        self._feed = feed
        self._spawn = spawn
        self._began_s: float | None = None
        self._call_id: str | None = None
        self._closed_call_id: str | None = None
        self._is_windows = False

    @property
    def is_waiting(self) -> bool:
        """Whether a call has still to be confirmed as closed."""
        return self._began_s is not None

    def begin(self, call_id: str | None, over_at_s: float | None, *, is_windows: bool = False) -> None:
        """The call must be off the glass; `over_at_s` is when that was due. Repeating it changes nothing."""
        if self._began_s is not None and self._call_id == call_id:
            return
        now_s = self._clock.now().boot_s
        self._call_id = call_id
        self._is_windows = is_windows
        self._began_s = now_s if over_at_s is None else min(now_s, over_at_s)
        if call_id is not None and call_id == self._closed_call_id:  # its lease ran out a moment before the end
            self.closed(call_id, "lease")
            return
        self._spawn(self._insist(self._began_s, now_s + PATIENCE_S))

    def closed(self, call_id: str | None, by: str) -> None:
        """The call view is gone: the page said so, or its renderer or window has ended."""
        if self._began_s is not None:
            late_ms = round((self._clock.now().boot_s - self._began_s) * 1000)
            log.info("view_closed", extra={"late_ms": late_ms, "by": by, "call_id": call_id or self._call_id})
            call_id = call_id or self._call_id
        self._began_s = None
        self._closed_call_id = call_id
        self._shell.send(LeaseOver())
        self._feed(lambda now: ViewClosed(now=now, call_id=call_id))

    def engine_gone(self, by: str) -> None:
        """Renderer or page has ended: nothing of ours can be on the glass any more."""
        if self.is_waiting and not self._is_windows:
            self.closed(None, by)

    def window_gone(self, by: str) -> None:
        """The window has ended: nothing at all can be on the glass any more."""
        if self.is_waiting:
            self.closed(None, by)

    async def _insist(self, began_s: float, until_s: float) -> None:
        await self._clock.wait_until(until_s)
        if self._began_s == began_s:
            log.warning("view_not_closed", extra={"after_ms": round(PATIENCE_S * 1000), "then": "renderer ended"})
            self._shell.send(Order(kind=OrderKind.END_RENDERER))
