"""What a process and everything below it costs while nothing happens: CPU and memory."""

import contextlib

import psutil

from tests.stage.waiting import boot_s, pause


def family_of(pid: int) -> list[psutil.Process]:
    """The process and all below it."""
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def cpu_percent(pid: int, *, over_s: float) -> float:
    """CPU of the process and all below it, in percent of one core."""
    began_s, began = boot_s(), _cpu_s(pid)
    pause(over_s)
    return 100 * (_cpu_s(pid) - began) / (boot_s() - began_s)


def rss_mb(pid: int) -> float:
    """Resident memory of the process alone, in MB."""
    return float(psutil.Process(pid).memory_info().rss) / 1_000_000


def _cpu_s(pid: int) -> float:
    total = 0.0
    for process in family_of(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total
