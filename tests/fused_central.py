"""bilik-central that kills itself at one point of a transaction: `python -m tests.fused_central TABLE POINT ARGUMENTS...`."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Insert

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

    async def execute(self, statement: Any, rows: Any = None) -> Any:
        if isinstance(statement, Insert) and statement.table.name == sys.argv[1]:
            self.is_it = True
            if sys.argv[2] == "begun":
                burn()
        return await super().execute(statement, rows)


class FusedDatabase(Database):
    """A database whose transactions may be the last thing that this process does."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        async with self._writer.begin() as connection:
            writing = FusedWriting(connection, self.url.get_backend_name(), self.origin)
            yield writing
            await writing.notify()
            if writing.is_it and sys.argv[2] == "done":
                burn()
        if writing.is_it and sys.argv[2] == "committed":
            burn()
        self.committed(writing.topics)


if __name__ == "__main__":
    program.Database = FusedDatabase
    sys.exit(program.main(sys.argv[3:]))
