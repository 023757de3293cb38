"""Sends what the journal holds for central, in order, until it is acknowledged."""

import asyncio
import logging
from collections.abc import Callable

from agent.ports import Central, CentralError, Clock, Journal, JournalError, Rejected, Waiting
from agent.supervisor.back_off import BackOff
from agent.supervisor.refused import Line, RefusedRows, TooMany
from agent.supervisor.waiting import wait_either
from protocol.terminal import OutboxRow

log = logging.getLogger(__name__)

BATCH = 200
"""Rows a request: a week's worth is sent in seconds, and what has to be written meanwhile waits for one batch at most."""

REFUSED_PAUSE_S = 60.0

UNREADABLE = frozenset({"bad_message", "bad_request", "too_large", "content_too_large", "unprocessable_entity"})
"""What central says of a batch that it will never take as it is; newer ones keep the bad row and take the rest."""

MOST_IN_A_ROW = 5
"""More rows than these, one behind the other, are not bad rows: central understands none of them, and they wait."""


class Outbox:
    """Woken by every commit, and after a failure when `recovered` says so; `waiting` is how many rows are left.

    A batch that central cannot read is halved until one row is left; that one is kept in `refused`, and `kept` is called.
    """

    def __init__(
        self,
        *,
        central: Central,
        clock: Clock,
        journal: Journal,
        refused: RefusedRows,
        kept: Callable[[str], None],
        sent: asyncio.Event,
        recovered: asyncio.Event,
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
        self._refused = refused
        self._kept = kept
        self._most = BATCH
        self._in_a_row = 0

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
        rows = waiting.rows[: self._most]
        try:
            through = await self._central.send_events(waiting.boot_id, rows)
        except Rejected as error:
            await self._narrow(waiting.boot_id, rows, error)
            return
        if through < rows[0].seq:
            raise Rejected("central acknowledges nothing of what it was sent: look at its log", code="not_acknowledged")
        await self._journal.acknowledge(waiting.boot_id, through)
        self._most = min(BATCH, self._most * 2)
        self._in_a_row = 0
        if self._is_failing:
            log.info("outbox_sent_again")
        self._is_failing = False
        self._back_off.reset()

    async def _narrow(self, boot_id: str, rows: tuple[OutboxRow, ...], error: Rejected) -> None:
        """Send less, or, where one row is refused, keep it aside so that those behind it go on."""
        if error.code not in UNREADABLE:
            raise error
        if len(rows) > 1:
            self._most = len(rows) // 2
            return
        if self._in_a_row >= MOST_IN_A_ROW:
            raise error
        try:
            await self._refused.keep(Line(boot_id=boot_id, row=rows[0], why=str(error)))
        except (OSError, TooMany) as full:
            raise Rejected(f"{error}; and it cannot be kept aside: {full}", code=error.code) from full
        await self._journal.acknowledge(boot_id, rows[0].seq)
        self._in_a_row += 1
        log.error("outbox_row_refused", extra={"boot_id": boot_id, "seq": rows[0].seq, "why": str(error)})
        self._kept(str(error))

    def _failed(self, error: CentralError | JournalError) -> float:
        if not self._is_failing:
            log.warning("outbox_waits", extra={"rows": self.waiting, "why": str(error)})
        self._is_failing = True
        if isinstance(error, Rejected):
            return REFUSED_PAUSE_S
        return self._back_off.next_s(error.retry_after_s if isinstance(error, CentralError) else None)
