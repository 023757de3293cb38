"""Who waits for what: wakes the waiters of a topic, whichever process changed the rows behind it.

Topics carry ids only: `terminal:ID`, `session:ID`, `facility:ID`. The rows are the truth; a waiter registers first and reads
then, and reads again when woken. After a gap (PostgreSQL was away) everybody is woken.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import asyncpg
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from central.store.engine import CHANNEL, Database
from central.store.tables import notices
from central.time import now_ms

log = logging.getLogger(__name__)

POLL_S = 0.2
KEEP_MS = 60_000
STOPPING = "stopping"
"""What those who overhear everything hear when central ends."""
PROBE_S = 5.0
LONGEST_WAIT_S = 2.0


class Bus:
    """Topics and their waiters, in this process. `is_following`: other processes are heard; `losses`: how often that broke off."""

    def __init__(self) -> None:
        self._heard: dict[str, set[Callable[[str], None]]] = {}
        self._everything: set[Callable[[str | None], None]] = set()
        self.stopping = asyncio.Event()
        self.is_following = False
        self.losses = 0

    def deliver(self, topics: Iterable[str]) -> None:
        """Call everybody who waits for one of these."""
        for topic in topics:
            for each in tuple(self._everything):
                each(topic)
            for heard in tuple(self._heard.get(topic, ())):
                heard(topic)

    def nudge(self, topics: Iterable[str]) -> None:
        """Let those who wait for one of these look again; no row has changed."""
        for topic in topics:
            for heard in tuple(self._heard.get(topic, ())):
                heard(topic)

    def wake_all(self) -> None:
        """Something may have been missed: everybody looks again."""
        for each in tuple(self._everything):
            each(None)
        self._wake_waiters()

    def _wake_waiters(self) -> None:
        for topic, listeners in tuple(self._heard.items()):
            for heard in tuple(listeners):
                heard(topic)

    def stop(self) -> None:
        """Central is ending: every held request and socket finishes itself, by what it knows: thousands do not read anew."""
        self.stopping.set()
        for each in tuple(self._everything):
            each(STOPPING)
        self._wake_waiters()

    async def pause(self, seconds: float) -> bool:
        """Wait that long; false, and at once, when central is ending."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        return not self.stopping.is_set()

    def is_waited_for(self, topic: str) -> bool:
        """Whether anybody waits for this topic."""
        return topic in self._heard

    def waited_for(self, kind: str) -> list[str]:
        """The ids of all topics of this kind (`facility`) that somebody waits for."""
        return [topic.removeprefix(f"{kind}:") for topic in self._heard if topic.startswith(f"{kind}:")]

    @contextlib.contextmanager
    def listening(self, topic: str, heard: Callable[[str], None]) -> Iterator[None]:
        """Call `heard(topic)` at every notice; it must not block."""
        self._heard.setdefault(topic, set()).add(heard)
        try:
            yield
        finally:
            listeners = self._heard[topic]
            listeners.discard(heard)
            if not listeners:
                del self._heard[topic]

    @contextlib.contextmanager
    def waiting(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set at every notice of the topic and when central stops."""
        news = asyncio.Event()
        with self.listening(topic, lambda _topic: news.set()):
            yield news

    @contextlib.contextmanager
    def overhearing(self, heard: Callable[[str | None], None]) -> Iterator[None]:
        """Call `heard` for every topic, before its waiters; None: anything may have changed."""
        self._everything.add(heard)
        try:
            yield
        finally:
            self._everything.discard(heard)


async def follow_database(database: Database, bus: Bus) -> None:
    """Bring what other processes commit onto the bus, until central ends."""
    try:
        if database.is_sqlite:
            await _follow_sqlite(database, bus)
        else:
            await _follow_postgresql(database, bus)
    finally:
        bus.is_following = False


async def _follow_sqlite(database: Database, bus: Bus) -> None:
    last, pruned_ms = -1, now_ms()
    while await bus.pause(POLL_S):
        try:
            last = await _look(database, bus, last)
            bus.is_following = True
            if now_ms() - pruned_ms > KEEP_MS:
                pruned_ms = now_ms()
                await _prune(database)
        except (SQLAlchemyError, OSError):
            log.exception("reading the notices of other processes failed; trying again")
            _lost(bus)
            bus.wake_all()


async def _look(database: Database, bus: Bus, last: int) -> int:
    async with database.read() as db:
        if last < 0:
            newest = await db.first(select(func.max(notices.c.id)))
            return (newest[0] or 0) if newest else 0
        rows = await db.all(select(notices).where(notices.c.id > last).order_by(notices.c.id))
    bus.deliver(dict.fromkeys(row.topic for row in rows if row.origin != database.origin))
    return rows[-1].id if rows else last


async def _prune(database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(delete(notices).where(notices.c.at_ms < now_ms() - KEEP_MS))


async def _follow_postgresql(database: Database, bus: Bus) -> None:
    failures = 0
    while not bus.stopping.is_set():
        try:
            async with _listening(database, bus) as (connection, gone):
                if failures:
                    log.info("the connection that listens to PostgreSQL is back")
                failures = 0
                bus.is_following = True
                bus.wake_all()
                while await _is_calm(bus, gone):
                    await asyncio.wait_for(connection.execute("select 1"), PROBE_S)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            failures += 1
            _lost(bus)
            if failures == 1:
                log.warning(
                    "the connection that listens to PostgreSQL is lost (%s); trying again", type(error).__name__
                )
            await bus.pause(min(0.1 * 2**failures, LONGEST_WAIT_S) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects


def _lost(bus: Bus) -> None:
    bus.losses += bus.is_following
    bus.is_following = False


async def _is_calm(bus: Bus, gone: asyncio.Event) -> bool:
    """Wait until it is time to probe; false when central ends, ConnectionResetError as soon as the server hangs up."""
    waits = [asyncio.create_task(each.wait()) for each in (bus.stopping, gone)]
    try:
        await asyncio.wait(waits, timeout=PROBE_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
    if gone.is_set() and not bus.stopping.is_set():
        raise ConnectionResetError("PostgreSQL has hung up")
    return not bus.stopping.is_set()


@contextlib.asynccontextmanager
async def _listening(database: Database, bus: Bus) -> AsyncIterator[tuple[Any, asyncio.Event]]:
    """A connection that hears all, and an event that is set when it ends."""
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address, timeout=10)
    gone = asyncio.Event()

    def heard(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        origin, _, topic = payload.partition(" ")
        if origin != database.origin:
            bus.deliver([topic])

    try:
        connection.add_termination_listener(lambda _connection: gone.set())
        await connection.add_listener(CHANNEL, heard)
        yield connection, gone
    finally:
        connection.terminate()
