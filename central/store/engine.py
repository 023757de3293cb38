"""One way to the database, whichever it is: short reads, and transactions that tell the bus what they changed."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable, Row, Table, event, insert, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.engine import URL, Connection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from central.store import tables
from central.store.impossible import Impossible
from central.time import now_ms

Key = TypeVar("Key")
Result = TypeVar("Result")

IDLE_S = 5.0
DBAPI_ERRORS = AsyncAdapt_asyncpg_dbapi.Error
LAIN = "bilik_lain_since"

CHANNEL = "bilik"
"""The one PostgreSQL channel; a payload is `origin topic`."""
_NOTIFY = text("select count(pg_notify(:channel, payload)) from unnest(cast(:payloads as text[])) as payload")


class Reading:
    """An open connection for statements; rows come back whole."""

    def __init__(self, connection: AsyncConnection, dialect: str) -> None:
        self._connection = connection
        self._dialect = dialect

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._dialect

    async def execute(
        self, statement: Executable, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one statement, or one for each of `rows`."""
        return await self._connection.execute(statement, rows)

    async def within(self, work: Callable[[Connection], Result]) -> Result:
        """Let a function of SQLAlchemy's synchronous side work on the connection."""
        return await self._connection.run_sync(work)

    async def all(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        return (await self._connection.execute(statement, values)).all()

    async def first(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, or None."""
        return (await self._connection.execute(statement, values)).first()


class Writing(Reading):
    """One transaction; what it publishes reaches everybody after, and only after, it is committed."""

    def __init__(self, connection: AsyncConnection, dialect: str, origin: str) -> None:
        super().__init__(connection, dialect)
        self._origin = origin
        self.topics: dict[str, None] = {}
        self._elsewhere: dict[str, None] = {}

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """The dialect's insert, for its `on_conflict_*`."""
        return insert_into(table, self._dialect)

    async def publish(self, *topics: str) -> None:
        """Say that the rows behind these topics changed; ids only."""
        self.topics |= dict.fromkeys(topics)

    async def publish_elsewhere(self, *topics: str) -> None:
        """The same for other processes only: this one knows what it changed."""
        self._elsewhere |= dict.fromkeys(topics)

    async def notify(self) -> None:
        """Let other processes hear of it at the commit: the last statement, and one however many topics there are."""
        topics = list(self.topics | self._elsewhere)
        if not topics:
            return
        if self._dialect == "sqlite":
            at = now_ms()
            rows = [{"origin": self._origin, "topic": topic, "at_ms": at} for topic in topics]
            await self.execute(insert(tables.notices), rows)
            return
        payloads = [f"{self._origin} {topic}" for topic in topics]
        await self._connection.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})


class Database:
    """The database behind a URL. On SQLite: one writer, which always begins IMMEDIATE, and readers that cannot write.

    `errors`: how many statements and connections failed, by the driver's kind of error.
    """

    def __init__(self, url: str) -> None:
        self.url = _async_url(url)
        self.origin = secrets.token_hex(8)
        self.committed: Callable[[Iterable[str]], None] = lambda _topics: None
        self.errors: Counter[str] = Counter()
        self._writer, self._reader = _sqlite_engines(self.url) if self.is_sqlite else _postgresql_engines(self.url)
        for engine in {self._writer, self._reader}:
            event.listen(engine.sync_engine, "handle_error", self._count_error)

    def _count_error(self, context: ExceptionContext) -> None:
        self.errors[type(context.original_exception).__name__] += 1

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file of ours."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def writer(self) -> AsyncEngine:
        """The engine that migrations run on."""
        return self._writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A connection for reading; closes what it saw at the end."""
        async with self._reader.connect() as connection:
            yield Reading(connection, self.url.get_backend_name())

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """One transaction: all of it or nothing; notices go out once it is committed."""
        async with self._writer.begin() as connection:
            writing = Writing(connection, self.url.get_backend_name(), self.origin)
            yield writing
            await writing.notify()
        self.committed(writing.topics)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def insert_into(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The dialect's insert, for its `on_conflict_*`."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def among(keys: Collection[Key]) -> list[Key]:
    """The same keys for an `in` list, so often that there are few lengths of list: each is a statement to prepare."""
    found = list(keys)
    return found and found + found[-1:] * ((1 << (len(found) - 1).bit_length()) - len(found))


def _async_url(url: str) -> URL:
    parsed = make_url(url)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}.get(parsed.get_backend_name())
    if driver is None:
        raise Impossible(f"the database must be sqlite:///FILE or postgresql://..., not {parsed.get_backend_name()}")
    if driver.startswith("sqlite") and not parsed.database:
        raise Impossible("the SQLite database needs a file: sqlite:///bilik-central.sqlite3")
    return parsed.set(drivername=driver)


def _postgresql_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Errors hide the values of their statement: they hold names, and errors are logged. Reads need no transaction around them."""
    engine = create_async_engine(url, pool_size=10, max_overflow=10, hide_parameters=True)
    _ask_the_idle(engine)
    return engine, engine.execution_options(isolation_level="AUTOCOMMIT")


def _ask_the_idle(engine: AsyncEngine) -> None:
    """A connection that was lost is replaced before it is used.

    One that the database closed says so itself. One that lay for a while is asked, which takes three trips: asked each
    time, thousands of terminals paid more for that than for their statements.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def laid_down(_connection: Any, record: Any) -> None:
        record.info[LAIN] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the database has closed this connection")
        if monotonic() - record.info.get(LAIN, inf) > IDLE_S:
            try:
                connection.ping()
            except DBAPI_ERRORS as error:
                raise DisconnectionError("the database does not answer on this connection") from error


def _sqlite_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    writer = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60, hide_parameters=True)
    reader = create_async_engine(url, pool_size=4, max_overflow=0, pool_timeout=60, hide_parameters=True)
    _prepare(
        writer, ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"), "BEGIN IMMEDIATE"
    )
    _prepare(reader, ("busy_timeout=5000", "query_only=ON"), "BEGIN")
    return writer, reader


def _prepare(engine: AsyncEngine, pragmas: tuple[str, ...], begin: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_(connection: Any) -> None:
        connection.exec_driver_sql(begin)
