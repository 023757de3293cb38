"""Which boots a terminal spoke under, written behind in batches; finds two PCs with one enrolment."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from central.bus import Bus
from central.clones import Boot, began_at_ms, outlived
from central.known import Known, KnownTerminals
from central.store import boots
from central.store.engine import Database, Writing
from protocol.terminal import SyncRequest

log = logging.getLogger(__name__)

FLUSH_S = 0.2
BETTER_MS = 1_000


class Boots:
    """In memory at once, in the database a moment later; what a kill takes from here is heard again at the next sync."""

    def __init__(self, database: Database, known: KnownTerminals) -> None:
        self._database = database
        self._known = known
        self._fresh: dict[str, dict[str, Boot]] = {}
        self._crowded: set[str] = set()
        self._failing = False

    async def note(self, known: Known, request: SyncRequest, *, now_ms: int) -> bool:
        """A heartbeat of this boot has come; whether it showed a clone just now."""
        known = self._known.newest(known)
        terminal = known.terminal
        fresh = self._fresh.get(terminal.id, {})
        mine = fresh.get(request.boot_id) or known.boot(request.boot_id)
        began = began_at_ms(request.status.uptime_s, now_ms)
        if mine is None:
            self._keep(terminal.id, Boot(boot_id=request.boot_id, began_at_ms=began, first_at_ms=now_ms))
            if len(known.boots) >= boots.KEPT:
                self._crowded.add(terminal.id)
            return False
        if began < mine.began_at_ms - BETTER_MS:
            mine = Boot(boot_id=mine.boot_id, began_at_ms=began, first_at_ms=mine.first_at_ms)
            self._keep(terminal.id, mine)
        if terminal.cloned_at_ms is not None or (not fresh and known.boots[-1:] == (mine,)):
            return False
        unwritten = tuple(boot for boot in fresh.values() if known.boot(boot.boot_id) is None)
        both = outlived(mine, (*known.boots, *unwritten), request.status.uptime_s)
        if not both:
            return False
        async with self._database.write() as tx:
            await boots.mark_cloned(tx, terminal.id, [mine, *both], now_ms=now_ms)
        log.warning("terminal %s: two computers use its enrolment; an officer has to approve one", terminal.id)
        return True

    def _keep(self, terminal_id: str, boot: Boot) -> None:
        self._fresh.setdefault(terminal_id, {})[boot.boot_id] = boot

    async def flush(self) -> None:
        """Write what has come since the last time; what cannot be written is kept for the next."""
        batch = {terminal_id: dict(found) for terminal_id, found in self._fresh.items()}
        if not batch:
            return
        try:
            async with self._database.write() as tx:
                await self._write(tx, {terminal_id: list(found.values()) for terminal_id, found in batch.items()})
        except (SQLAlchemyError, OSError):
            if not self._failing:
                log.exception("the boots of terminals cannot be written; they are kept and tried again")
            self._failing = True
            return
        self._failing = False
        for terminal_id, found in batch.items():
            self._written(terminal_id, found)

    async def _write(self, tx: Writing, batch: dict[str, list[Boot]]) -> None:
        """Other instances are told; this one learns it without reading."""
        await boots.store(tx, batch)
        for terminal_id in self._crowded & batch.keys():
            await boots.prune(tx, terminal_id)
        if not self._database.is_sqlite:
            await tx.publish_elsewhere(*(f"terminal:{terminal_id}" for terminal_id in batch))

    def _written(self, terminal_id: str, found: dict[str, Boot]) -> None:
        self._crowded.discard(terminal_id)
        self._known.learn(terminal_id, list(found.values()))
        left = {name: boot for name, boot in self._fresh[terminal_id].items() if found.get(name) != boot}
        if left:
            self._fresh[terminal_id] = left
        else:
            del self._fresh[terminal_id]

    async def run(self, bus: Bus) -> None:
        """Flush until central ends, and once more then."""
        while await bus.pause(FLUSH_S):
            await self.flush()
        await self.flush()
