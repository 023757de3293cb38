"""Reports that central refuses for good: kept in a file of the state directory, so that they hold up no other."""

import asyncio
import os
from pathlib import Path

import msgspec

from protocol.terminal import OutboxRow

NAME = "outbox-refused.jsonl"
MOST_BYTES = 4_000_000


class TooMany(Exception):
    """The file is full: what is refused stays in the outbox."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One report as it would have been sent, and what central said of it."""

    boot_id: str
    row: OutboxRow
    why: str


class RefusedRows:
    """The file; a technician moves it away once somebody has read it."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME

    @property
    def has_some(self) -> bool:
        """Whether there are any."""
        return self._path.exists()

    async def keep(self, line: Line) -> None:
        """Return when it is on the disk; raises OSError, and TooMany."""
        await asyncio.to_thread(self._append, msgspec.json.encode(line) + b"\n")

    def _append(self, text: bytes) -> None:
        if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
            raise TooMany(f"{self._path} is full: send it to whoever runs central, move it away and restart the agent")
        place = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(place, "ab") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
