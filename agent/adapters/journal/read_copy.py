"""What a journal holds whose disk cannot be written: read from a copy, since SQLite writes beside what it reads."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from agent.adapters.journal.database import known_errors, open_database
from agent.adapters.journal.rows import read_saved
from agent.adapters.journal.salvage import begin_anew
from agent.ports import JournalDamaged, JournalFailed, Saved

NOTHING = Saved(booth=None, boot_id=None, clean=False, done={}, last_central_ms=None)
LOG = "-wal"


def read_copy(path: Path, *, max_bytes: int) -> Saved:
    """What the last run left, or nothing if there is no journal yet; raises JournalFailed if it may not even be read."""
    if not path.exists():
        return NOTHING
    try:
        with tempfile.TemporaryDirectory(prefix="bilik-journal-") as folder:
            return _read(_copied(path, Path(folder)), max_bytes)
    except OSError as error:
        raise JournalFailed(
            f"{path}: can neither be written nor read ({error.strerror}); check the state directory, its owner and the disk"
        ) from error


def _copied(path: Path, folder: Path) -> Path:
    copy = folder / path.name
    for suffix in ("", LOG):
        there = path.with_name(path.name + suffix)
        if there.exists():
            shutil.copyfile(there, copy.with_name(copy.name + suffix))
    return copy


def _read(copy: Path, max_bytes: int) -> Saved:
    try:
        connection = open_database(copy, max_bytes=max_bytes)
    except JournalDamaged:
        begin_anew(copy, max_bytes=max_bytes)
        connection = open_database(copy, max_bytes=max_bytes)
    with contextlib.closing(connection), known_errors(copy):
        return read_saved(connection)
