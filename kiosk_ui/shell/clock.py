"""The shell's only clock: seconds since boot, suspend counted, so that a lease does not outlive a sleep."""

import sys
import time

_CLOCK = time.CLOCK_BOOTTIME if sys.platform == "linux" else None


def boot_s() -> float:
    """Seconds since boot; nobody can set it."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
