"""Sends what the journal holds for central, in order, until it is acknowledged."""

import asyncio
import logging

from agent.ports import Central, CentralError, Clock, Journal, JournalError, Rejected, Waiting
from agent.supervisor.back_off import BackOff
from agent.supervisor.waiting import wait_either

log = logging.getLogger(__name__)

BATCH = 200
"""Rows a request: a week's worth is sent in seconds, and what has to be written meanwhile waits for one batch at most."""

REFUSED_PAUSE_S = 60.0


class Outbox:
    """Woken by every commit, and after a failure when `recovered` says so; `waiting` is how many rows are left."""

    def __init__(
        self, *, central: Central, clock: Clock, journal: Journal, sent: asyncio.Event, recovered: asyncio.Event
    ) -> None:
        self.waiting = 0
        self.woken = asyncio.Event()
        self._central = central
        self._clock = clock
        self._journal = journal
        self._sent = sent
        self._recovered = recovered
        self._back_off = BackOff()
        self._is_failing = False

    async def run(self) -> None:
        """Send batch after batch, for ever."""
        while True:
            try:
                waiting = await self._journal.oldest(BATCH)
                if waiting is None:
                    self.waiting = 0
                    self._sent.set()
                    await wait_either(self._clock, None, self.woken)
                else:
                    await self._send(waiting)
            except (CentralError, JournalError) as error:
                await wait_either(self._clock, self._clock.now().boot_s + self._failed(error), self._recovered)

    async def _send(self, waiting: Waiting) -> None:
        self.waiting = waiting.total
        through = await self._central.send_events(waiting.boot_id, waiting.rows)
        if through < waiting.rows[0].seq:
            raise Rejected("central acknowledges nothing of what it was sent: look at its log", code="not_acknowledged")
        await self._journal.acknowledge(waiting.boot_id, through)
        if self._is_failing:
            log.info("outbox_sent_again")
        self._is_failing = False
        self._back_off.reset()

    def _failed(self, error: CentralError | JournalError) -> float:
        if not self._is_failing:
            log.warning("outbox_waits", extra={"rows": self.waiting, "why": str(error)})
        self._is_failing = True
        if isinstance(error, Rejected):
            return REFUSED_PAUSE_S
        return self._back_off.next_s(error.retry_after_s if isinstance(error, CentralError) else None)
