"""The latest status of each terminal, in memory at once and in the database a moment later."""

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from central.bus import Bus
from central.health_log import HealthLog
from central.store import status
from central.store.engine import Database
from central.store.status import Heartbeat
from central.store.terminals import Terminal
from protocol.terminal import SyncRequest

log = logging.getLogger(__name__)

FLUSH_S = 0.2


class Heartbeats:
    """Written behind in batches: a thousand a second cost a few transactions.

    `is_watched`: whether somebody looks at a facility, here or elsewhere; what nobody looks at is written and not told.
    """

    def __init__(self, database: Database, is_watched: Callable[[str], bool] = lambda _facility_id: True) -> None:
        self._database = database
        self._is_watched = is_watched
        self._waiting: dict[str, Heartbeat] = {}
        self._facilities: dict[str, str] = {}
        self._failing = False
        self._dropped: dict[str, int] = {}
        self._drops: dict[str, tuple[str, int]] = {}
        self._health = HealthLog()

    def drop(self, terminal: Terminal, *, at_ms: int) -> None:
        """The terminal hung up in the middle of a held request: its process has ended, or its line."""
        self._dropped[terminal.id] = at_ms
        self._drops[terminal.id] = (terminal.facility.id, at_ms)

    @property
    def unwritten(self) -> int:
        """Terminals whose last word is not in the database yet."""
        return len(self._waiting)

    def dropped_at_ms(self, terminal_id: str) -> int | None:
        """When it hung up, if nothing was heard here since."""
        return self._dropped.get(terminal_id)

    def note(self, terminal: Terminal, request: SyncRequest, *, at_ms: int, hold_s: int) -> None:
        """One more heartbeat."""
        before = self._waiting.get(terminal.id)
        self._waiting[terminal.id] = Heartbeat(
            terminal_id=terminal.id,
            at_ms=at_ms,
            boot_id=request.boot_id,
            count=1 if before is None else before.count + 1,
            hold_s=hold_s,
            status=request.status,
        )
        self._facilities[terminal.id] = terminal.facility.id
        self._dropped.pop(terminal.id, None)

    async def flush(self) -> None:
        """Write what has come since the last time; what cannot be written is kept for the next."""
        batch, self._waiting = self._waiting, {}
        drops, self._drops = self._drops, {}
        if not batch and not drops:
            return
        try:
            if batch:
                await self._write(list(batch.values()))
                batch = {}
            if drops:
                await self._write_drops(drops)
        except (SQLAlchemyError, OSError):
            self._keep(batch)
            self._drops = drops | self._drops
            if not self._failing:
                log.exception("heartbeats cannot be written; they are kept and tried again")
            self._failing = True
            return
        if self._failing:
            log.info("heartbeats are written again")
        self._failing = False

    async def _write(self, beats: list[Heartbeat]) -> None:
        """In the order of their ids, so that two instances that hear the same terminals do not wait for each other."""
        beats.sort(key=lambda beat: beat.terminal_id)
        async with self._database.write() as tx:
            noted = await self._health.note(tx, beats)
            await status.store(tx, beats)
            places = {self._facilities[beat.terminal_id] for beat in beats}
            await tx.publish(*(f"facility:{place}" for place in places if self._is_watched(place)))
        self._health.keep(noted)

    async def _write_drops(self, drops: dict[str, tuple[str, int]]) -> None:
        async with self._database.write() as tx:
            await status.store_drops(tx, {terminal_id: drops[terminal_id][1] for terminal_id in sorted(drops)})
            await tx.publish(*(f"facility:{place}" for place, _at_ms in drops.values()))

    async def run(self, bus: Bus) -> None:
        """Flush until central ends, and once more then."""
        while await bus.pause(FLUSH_S):
            await self.flush()
        await self.flush()

    def _keep(self, batch: dict[str, Heartbeat]) -> None:
        for terminal_id, old in batch.items():
            new = self._waiting.get(terminal_id)
            newest = old if new is None else new
            count = old.count + (0 if new is None else new.count)
            self._waiting[terminal_id] = Heartbeat(
                terminal_id=terminal_id,
                at_ms=newest.at_ms,
                boot_id=newest.boot_id,
                count=count,
                hold_s=newest.hold_s,
                status=newest.status,
            )
