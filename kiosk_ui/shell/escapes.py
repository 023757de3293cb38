"""Attempts to get out, told to the agent at once and then at most once a second by kind, none lost."""

import asyncio
from collections import Counter
from collections.abc import Callable

from protocol.shell import EscapeFact

TOLD_EVERY_S = 1.0


class EscapeTally:
    """Use it on a running loop."""

    def __init__(self, tell: Callable[[EscapeFact], None]) -> None:
        self._tell = tell
        self._counts: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, kind: str) -> None:
        """One more attempt of this kind."""
        self._counts[kind] += 1
        if self._timer is None:
            self._flush()

    def _flush(self) -> None:
        for kind, count in self._counts.items():
            self._tell(EscapeFact(kind=kind, count=count))
        waited_for = bool(self._counts)
        self._counts.clear()
        self._timer = asyncio.get_running_loop().call_later(TOLD_EVERY_S, self._flush) if waited_for else None
