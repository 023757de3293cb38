"""Time that moves when a test says so."""

import asyncio
import heapq
import itertools
from collections.abc import Callable

from agent.core.events import Now
from protocol.terminal import TerminalSettings

NINE_O_CLOCK_MS = 1_795_226_400_000
"""2026-11-21 09:00 in Jakarta: when the days of the tests begin."""

SETTINGS = TerminalSettings(terminal_name="Bilik 3", facility_name="Rutan Contoh")


async def settle(most_turns: int = 500) -> None:
    """Let every task that can run do so, until all wait for something outside."""
    loop = asyncio.get_running_loop()
    for _ in range(most_turns):
        await asyncio.sleep(0)
        if not loop._ready:  # type: ignore[attr-defined]  # asyncio has no other word for "nothing can run now"
            return


class FakeClock:
    """Time that moves when told to; `wait_until` wakes in order, so hours pass in milliseconds."""

    def __init__(self, *, boot_s: float = 100.0, boot_id: str = "boot-1", central_ms: int | None = None) -> None:
        self.boot_s = boot_s
        self._boot_id = boot_id
        self._offset_ms: float | None = None if central_ms is None else central_ms - boot_s * 1000
        self._waiters: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @property
    def boot_id(self) -> str:
        return self._boot_id

    def now(self) -> Now:
        central = None if self._offset_ms is None else round(self._offset_ms + self.boot_s * 1000)
        return Now(self.boot_s, central)

    async def wait_until(self, boot_s: float) -> None:
        if boot_s <= self.boot_s:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiters, (boot_s, next(self._order), future))
        await future

    def add_stamps(self, *, sent_boot_s: float, received_at_ms: int, answered_at_ms: int, got_boot_s: float) -> None:
        if answered_at_ms - received_at_ms > (got_boot_s - sent_boot_s) * 1000 + 2 or got_boot_s < sent_boot_s:
            return
        middle_ms = (received_at_ms + answered_at_ms) / 2
        self._offset_ms = middle_ms - (sent_boot_s + got_boot_s) / 2 * 1000

    async def advance(self, seconds: float) -> None:
        """Let that much time pass, stopping at every moment somebody waits for."""
        await settle()
        end = self.boot_s + seconds
        while self._waiters and self._waiters[0][0] <= end:
            at, _, future = heapq.heappop(self._waiters)
            if future.done():
                continue
            self.boot_s = max(self.boot_s, at)
            future.set_result(None)
            await settle()
        self.boot_s = end
        await settle()

    async def advance_until(self, is_so: Callable[[], bool], *, limit_s: float = 60.0, step_s: float = 0.05) -> None:
        """Let time pass until `is_so()`; fails after `limit_s` of the fake time."""
        end = self.boot_s + limit_s
        await settle()
        while not is_so():
            assert self.boot_s < end, f"did not come true within {limit_s} s"
            await self.advance(step_s)
