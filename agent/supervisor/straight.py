"""Usage records that the journal cannot take: sent to central from memory, so that the end of the agent does not take them along."""

import asyncio
import logging
import zlib
from collections.abc import Callable

from agent.core.booth import Booth
from agent.core.events import UsageStored
from agent.core.state import PendingRecord
from agent.ports import Central, CentralError, Clock
from agent.supervisor.back_off import BackOff
from agent.supervisor.loop import Make
from protocol.terminal import OutboxRow, UsageWritten

log = logging.getLogger(__name__)

AFTER_S = 20.0
"""A disk that is well again by then is given the record, as ever."""
NUMBERED_FROM = 2**52
"""Beyond all that a journal ever numbers; the same record has the same number at every try, so central stores it once."""


def owed(booth: Booth) -> tuple[PendingRecord, ...]:
    """The records that wait for a journal that cannot be written."""
    if booth.journal_trouble is None:
        return ()
    return tuple(one for one in booth.pending if not one.reported)


class StraightRecords:
    """Sends what is owed for long; a record that central acknowledged is owed no more, and the journal never gets it."""

    def __init__(
        self, *, central: Central, clock: Clock, booth: Callable[[], Booth], feed: Callable[[Make], None]
    ) -> None:
        self._central = central
        self._clock = clock
        self._booth = booth
        self._feed = feed
        self._owes = asyncio.Event()
        self._back_off = BackOff(first_s=5.0, longest_s=60.0)

    def look(self, booth: Booth) -> None:
        """The booth has changed."""
        if owed(booth):
            self._owes.set()

    async def run(self) -> None:
        """Look after what is owed, for ever."""
        self.look(self._booth())
        while True:
            await self._owes.wait()
            self._owes.clear()
            while waiting := owed(self._booth()):
                oldest = min(waiting, key=lambda one: one.write_by_s)
                await self._clock.wait_until(max(oldest.write_by_s + AFTER_S, self._clock.now().boot_s))
                if oldest in owed(self._booth()):
                    await self._send(oldest)

    async def _send(self, one: PendingRecord) -> None:
        now = self._clock.now()
        seq = NUMBERED_FROM + zlib.crc32(one.record.session_id.encode())
        row = OutboxRow(seq=seq, at_ms=now.central_ms, event=UsageWritten(usage=one.record))
        try:
            await self._central.send_events(self._clock.boot_id, (row,))
        except CentralError as error:
            await self._clock.wait_until(self._clock.now().boot_s + self._back_off.next_s(error.retry_after_s))
            return
        self._back_off.reset()
        log.warning("usage_sent_from_memory", extra={"session": one.record.session_id})
        self._feed(_stored(one.record.session_id))


def _stored(session_id: str) -> Make:
    return lambda now: UsageStored(now=now, session_id=session_id)
