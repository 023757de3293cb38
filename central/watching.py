"""Which facilities' boards are looked at, at this instance or another: booths of those are heard every few seconds."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from central.bus import Bus
from central.known import KnownTerminals
from central.store.engine import Database

log = logging.getLogger(__name__)

SAY_S = 10.0
KEPT_MS = 25_000
"""Two words may be lost before a board of another instance is taken for closed."""


class Watching:
    """Says `watch:FACILITY` to the others while somebody looks here; on SQLite there are no others."""

    def __init__(self, database: Database, bus: Bus, known: KnownTerminals, clock: Callable[[], int]) -> None:
        self._database = database
        self._bus = bus
        self._known = known
        self._clock = clock
        self._until: dict[str, int] = {}

    def is_watched(self, facility_id: str) -> bool:
        """Whether somebody looks at the board of this facility."""
        return self._bus.is_waited_for(f"facility:{facility_id}") or self._until.get(facility_id, 0) > self._clock()

    async def begin(self, facility_id: str) -> None:
        """Somebody looks here from now on: what other instances hold for long is answered at once."""
        await self._say([facility_id])

    async def run(self) -> None:
        """Say it again and again until central ends."""
        if self._database.is_sqlite:
            return
        with self._bus.overhearing(self._hear):
            while await self._bus.pause(SAY_S):
                await self._say(self._bus.waited_for("facility"))

    async def _say(self, facility_ids: list[str]) -> None:
        if self._database.is_sqlite or not facility_ids:
            return
        try:
            async with self._database.write() as tx:
                await tx.publish(*(f"watch:{each}" for each in facility_ids))
        except (SQLAlchemyError, OSError):
            log.warning("other instances could not be told whose boards are looked at; told again in a while")

    def _hear(self, topic: str | None) -> None:
        if topic is None or not topic.startswith("watch:"):
            return
        facility_id, now = topic.removeprefix("watch:"), self._clock()
        was_watched = self.is_watched(facility_id)
        self._until = {each: until for each, until in self._until.items() if until > now} | {facility_id: now + KEPT_MS}
        if not was_watched:
            asyncio.get_running_loop().call_soon(self._wake, facility_id)

    def _wake(self, facility_id: str) -> None:
        self._bus.nudge(f"terminal:{each}" for each in self._known.of_facility(facility_id))
