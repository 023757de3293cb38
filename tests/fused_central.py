"""bilik-central that kills itself at one point of a transaction: `python -m tests.fused_central TABLE POINT ARGUMENTS...`."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

import central.__main__ as program
from central.store.engine import Database, Writing

POINTS = ("begun", "done", "committed")
"""Before the first row of TABLE is written, before the commit, and after it while nobody has been told yet."""


def burn() -> None:
    """End as kill -9 ends."""
    os.kill(os.getpid(), signal.SIGKILL)


class FusedWriting(Writing):
    """Notices when it is the transaction that is waited for."""

    is_it = False

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        if table.name == sys.argv[1]:
            self.is_it = True
            if sys.argv[2] == "begun":
                burn()
        return super().insert(table)


class FusedDatabase(Database):
    """A database whose transactions may be the last thing that this process does."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        async with self._writer.begin() as connection:
            writing = FusedWriting(connection, self.url.get_backend_name(), self.origin)
            yield writing
            if writing.is_it and sys.argv[2] == "done":
                burn()
        if writing.is_it and sys.argv[2] == "committed":
            burn()
        self.committed(writing.topics)


if __name__ == "__main__":
    program.Database = FusedDatabase
    sys.exit(program.main(sys.argv[3:]))
