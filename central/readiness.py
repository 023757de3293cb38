"""Whether this instance can serve: the database is there, in the right shape, and other processes are heard."""

import asyncio

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from central.bus import Bus
from central.store.engine import Database
from central.store.upgrade import is_current

KNOWN_S = 1.0
"""What was found is told again for so long: whoever asks, the database is asked once a second."""
PATIENCE_S = 2.0


class Readiness(Struct, frozen=True, kw_only=True):
    """`database`: it answers; `schema`: it has at least the shape that this program needs; `bus`: notices arrive."""

    ready: bool
    database: bool
    schema: bool
    bus: bool


class Health:
    """Looks when it is asked."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._one_at_a_time = asyncio.Lock()
        self._looked_s = -KNOWN_S
        self._found: tuple[bool, bool] = (False, False)

    async def look(self) -> Readiness:
        """How it is now, or was a moment ago; never raises, takes at most two seconds."""
        async with self._one_at_a_time:
            clock = asyncio.get_running_loop().time
            if clock() - self._looked_s >= KNOWN_S:
                self._found = await self._ask()
                self._looked_s = clock()
        database, schema = self._found
        bus = self._bus.is_following and not self._bus.stopping.is_set()
        return Readiness(ready=database and schema and bus, database=database, schema=schema, bus=bus)

    async def _ask(self) -> tuple[bool, bool]:
        try:
            async with asyncio.timeout(PATIENCE_S), self._database.read() as db:
                return True, await is_current(db)
        except (SQLAlchemyError, OSError):  # TimeoutError is one
            return False, False
