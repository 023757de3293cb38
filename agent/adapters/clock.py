"""The one place that knows what time it is: boot time, and the map from boot time to central's time."""

import asyncio
import ctypes
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.core.events import Now

DRIFT = 100e-6
"""How far two PC clocks may run apart, in seconds a second: crystals are good for 20 to 50 ppm, old ones in hot rooms for 100."""

STAMPS_MS = 2.0
"""Central's two stamps are whole milliseconds: on one machine the round trip can come out a little below nothing."""

LONGEST_NAP_S = 1.0
"""asyncio's timers stand still while the PC is suspended, boot time does not: look again at least this often."""

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What one sync said of the two clocks: central's ms minus boot ms, good to half the round trip when it was taken."""

    offset_ms: float
    round_trip_ms: float
    taken_boot_s: float

    def uncertainty_ms(self, boot_s: float) -> float:
        """How wrong this sample may be at `boot_s`: half its round trip, its stamps, and what the clocks may have drifted since."""
        return (self.round_trip_ms + STAMPS_MS) / 2 + max(0.0, boot_s - self.taken_boot_s) * 1000 * DRIFT


def read_boot_s() -> float:
    """Seconds since boot on a clock that counts suspend and that nobody can set."""
    if sys.platform == "win32":
        ticks = ctypes.windll.kernel32.GetTickCount64
        ticks.restype = ctypes.c_uint64
        return float(ticks()) / 1000
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def wall_ms() -> int:
    """The PC's own clock, which anybody can set: for the doctor's eyes alone, nothing is decided by it."""
    return round(time.time() * 1000)


def read_boot_id() -> str:
    """An id of this boot made of letters, digits, `_` and `-`; Windows counts its boots itself, in the registry."""
    if sys.platform == "win32":
        import winreg

        name = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, name) as key:
                return f"windows-{winreg.QueryValueEx(key, 'BootId')[0]}"
        except OSError:  # not counted there: the minute of the boot by the wall clock has to do
            return f"windows-m{round((time.time() - read_boot_s()) / 60)}"
    return re.sub(r"[^A-Za-z0-9_-]", "", BOOT_ID_FILE.read_text(encoding="ascii"))


class SystemClock:
    """The Clock of a real PC; both readers can be given by a test."""

    def __init__(self, *, boot_s: Callable[[], float] = read_boot_s, boot_id: str | None = None) -> None:
        self._boot_s = boot_s
        self._boot_id = boot_id if boot_id is not None else read_boot_id()
        self._best: Sample | None = None

    @property
    def boot_id(self) -> str:
        """An id that changes with every boot."""
        return self._boot_id

    @property
    def best(self) -> Sample | None:
        """The sample the map stands on, for the log and for tests."""
        return self._best

    def boot_s(self) -> float:
        """Seconds since boot."""
        return self._boot_s()

    def central_ms(self) -> int | None:
        """Central's time in ms since 1970, or None before the first good sync."""
        return self.now().central_ms

    def now(self) -> Now:
        """This moment on both clocks."""
        boot_s = self._boot_s()
        if self._best is None:
            return Now(boot_s, None)
        return Now(boot_s, round(boot_s * 1000 + self._best.offset_ms))

    async def wait_until(self, boot_s: float) -> None:
        """Return when `now().boot_s >= boot_s`; at most a second late after the PC was suspended."""
        while (left_s := boot_s - self._boot_s()) > 0:  # noqa: ASYNC110 - the condition is time itself
            await asyncio.sleep(min(left_s, LONGEST_NAP_S))

    def add_stamps(self, *, sent_boot_s: float, received_at_ms: int, answered_at_ms: int, got_boot_s: float) -> None:
        """Improve the map by one sync's four stamps.

        A sample is refused if its round trip is negative (a stamp is wrong). It replaces the one in use if it is at least as
        sure, or if the two contradict each other: then central's own clock was set, and the newer word counts.
        """
        round_trip_ms = (got_boot_s - sent_boot_s) * 1000 - (answered_at_ms - received_at_ms)
        if round_trip_ms < -STAMPS_MS or got_boot_s < sent_boot_s or answered_at_ms < received_at_ms:
            return
        offset_ms = ((received_at_ms - sent_boot_s * 1000) + (answered_at_ms - got_boot_s * 1000)) / 2
        sample = Sample(offset_ms=offset_ms, round_trip_ms=max(0.0, round_trip_ms), taken_boot_s=got_boot_s)
        if self._best is None or is_better(sample, self._best):
            self._best = sample


def is_better(new: Sample, old: Sample) -> bool:
    """Whether `new` is at least as sure as `old` has become by now, or cannot be true together with it."""
    now_s = max(new.taken_boot_s, old.taken_boot_s)
    new_ms, old_ms = new.uncertainty_ms(now_s), old.uncertainty_ms(now_s)
    return new_ms <= old_ms or abs(new.offset_ms - old.offset_ms) > new_ms + old_ms
