"""One instance at a time: what has to be done once for all, whoever of several instances does it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from central.store.engine import Database

_TAKE = text("select pg_try_advisory_xact_lock(hashtextextended(:job, 7241903))")


@asynccontextmanager
async def alone(database: Database, job: str) -> AsyncIterator[bool]:
    """Whether the job of this name is ours now; no other instance gets it inside the block. False: another one is at it.

    The lock is a transaction of its own, so it goes with this process or its connection, whatever happens. The job must be
    right when it is done twice, one after the other: each instance asks at its own times.
    """
    if database.is_sqlite:
        yield True
        return
    async with database.writer.connect() as connection:
        yield bool(await connection.scalar(_TAKE, {"job": job}))
