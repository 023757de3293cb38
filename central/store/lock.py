"""One `serve` on one SQLite file: the second one is told so, in words."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from central.store.engine import Database


class HeldElsewhere(Exception):
    """Another central serves this file."""


@contextlib.contextmanager
def hold_alone(database: Database) -> Iterator[None]:
    """Hold a lock beside the SQLite file for as long as the server runs; PostgreSQL needs none."""
    if not database.is_sqlite or database.url.database is None:
        yield
        return
    path = Path(database.url.database + ".lock")
    with path.open("a+b") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise HeldElsewhere(
                f"another bilik-central serves {database.url.database} already; "
                "several instances need PostgreSQL: --database postgresql://..."
            ) from error
        yield


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.set_inheritable(descriptor, False)
