"""How late this machine wakes a sleeper of 10 ms: the noise under every other figure of the same run."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.rows import Row, timed

EVERY_S = 0.010


class Probe:
    """A process of its own, so that this program's work does not show in it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "probe.txt"
        with self._file.open("w") as out:
            self._process = subprocess.Popen([sys.executable, "-m", "benchmarks.probe"], stdout=out)

    def stop(self) -> list[float]:
        """End it; returns how late it woke each time, in ms."""
        self._process.terminate()
        self._process.wait(10)
        lines = self._file.read_text().rpartition("\n")[0].splitlines()
        return [float(line) for line in lines]


def as_row(late_ms: list[float]) -> Row:
    """The probe's own row."""
    return timed("probe: a sleeper of 10 ms wakes late by", late_ms, must=None)


def main() -> None:
    """Sleep and say how late it was, until ended."""
    never = threading.Event()
    while True:
        began_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        never.wait(EVERY_S)
        late_s = time.clock_gettime(time.CLOCK_BOOTTIME) - began_s - EVERY_S
        print(f"{late_s * 1000:.3f}", flush=True)


if __name__ == "__main__":
    main()
