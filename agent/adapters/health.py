"""What the PC says of itself."""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

ON_WINDOWS = sys.platform == "win32"
LOCK_REPORT = Path("C:/ProgramData/Bilik-report/drift.json" if ON_WINDOWS else "/run/bilik-install/drift.json")
LOOKER = "the task bilik-verify" if ON_WINDOWS else "bilik-verify.timer"
LONGEST_REPORT_BYTES = 1_000_000
LOOKED_WITHIN_S = 900.0


class LockReport(msgspec.Struct, frozen=True):
    """What `bilik-install verify` left: when it looked, in seconds since boot, and what was not as it was set up."""

    boot_s: float
    drift: tuple[str, ...]


class PsutilHealth:
    """Health by psutil; `boot_s` is the clock's seconds since boot, `lock_report` where bilik-install leaves what it saw."""

    def __init__(self, *, boot_s: Callable[[], float], lock_report: Path = LOCK_REPORT) -> None:
        self._boot_s = boot_s
        self._lock_report = lock_report
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

    def lock_watched(self) -> bool:
        """Whether bilik-install has left what it saw."""
        return self._lock_report.exists()

    def lock_changed(self) -> str | None:
        """What is not as bilik-install set it up; a look that is too old counts as a change, for somebody has stopped it."""
        try:
            with self._lock_report.open("rb") as file:
                found = msgspec.json.decode(file.read(LONGEST_REPORT_BYTES), type=LockReport)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return f"{self._lock_report} cannot be read ({type(error).__name__})"
        age_s = self._boot_s() - found.boot_s
        if age_s > LOOKED_WITHIN_S:
            return f"nobody has looked at the lock-down for {age_s / 60:.0f} min: start {LOOKER}"
        return "; ".join(found.drift) or None
