"""The dead man's switch: leases the call view to page and shell in small pieces, whatever the disk does."""

import asyncio
from collections.abc import Callable

from agent.core.booth import Booth, lease_ms, status_for
from agent.core.foresight import farewell_after
from agent.ports import Clock, Page, Shell
from agent.supervisor.waiting import wait_either
from protocol.page import Lease
from protocol.shell import ShellLease

EVERY_S = 0.5


class Leases:
    """Sends a lease every 500 ms while a call view is on the glass, and at once when `renew` is called."""

    def __init__(self, clock: Clock, page: Page, shell: Shell, booth: Callable[[], Booth]) -> None:
        self._clock = clock
        self._page = page
        self._shell = shell
        self._booth = booth
        self._due = asyncio.Event()
        self._last: tuple[object, ...] | None = None

    def look(self, booth: Booth) -> None:
        """Renew at once when the view, the pace of the time or its amount has changed."""
        visit = booth.visit
        key = None if visit is None else (visit.state, visit.call_id, visit.talk.is_running, visit.talk.total_s)
        if key != self._last:
            self._last = key
            self.renew()

    def renew(self) -> None:
        """Send one now."""
        self._due.set()

    async def run(self) -> None:
        """Send leases for ever; sleeps while there is nothing to lease."""
        while True:
            is_leased = self._send()
            await wait_either(self._clock, self._clock.now().boot_s + EVERY_S if is_leased else None, self._due)

    def _send(self) -> bool:
        now, booth = self._clock.now(), self._booth()
        ms = lease_ms(booth, now)
        if ms is None:
            return False
        status = status_for(booth, now)
        then = farewell_after(booth, now, ms)
        self._page.send(Lease(ms=ms, left_ms=status.talk_left_ms or 0, running=status.talk_running, then=then))
        self._shell.send(ShellLease(ms=ms, meeting=booth.visit is not None and booth.visit.is_meeting))
        return True
