"""What the PC says of itself."""

from collections.abc import Callable
from pathlib import Path

import psutil


class PsutilHealth:
    """Health by psutil; `boot_s` is the clock's seconds since boot."""

    def __init__(self, *, boot_s: Callable[[], float]) -> None:
        self._boot_s = boot_s
        self._process = psutil.Process()

    def uptime_s(self) -> int:
        """Seconds since boot."""
        return int(self._boot_s())

    def rss_bytes(self) -> int:
        """Resident memory of this process."""
        return int(self._process.memory_info().rss)

    def disk_free_bytes(self, place: Path) -> int:
        """What this account may still write there; 0 where it cannot be told."""
        try:
            return int(psutil.disk_usage(str(place)).free)
        except OSError:
            return 0
