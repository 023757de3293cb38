"""The processes under load: instances of central or the null app, pinned to one core, and what they cost."""

import json
import sys
from pathlib import Path

import psutil

from tests.stage.processes import Running

SERVER_CORE, OTHER_CORE = 0, 1
BIN = Path(sys.executable).parent


class Server:
    """One server process on the first core; its port is free and chosen by itself."""

    def __init__(self, name: str, command: list[str], logs: Path) -> None:
        self._running = Running(name, command, logs=logs)
        self._process = psutil.Process(self._running.pid)
        if len(psutil.Process().cpu_affinity()) > 1:
            self._process.cpu_affinity([SERVER_CORE])

    def port(self) -> int:
        """Where it listens, once it does."""
        line = self._running.wait_for_line('"listening"', within_s=60)
        if line.startswith("{"):
            return int(json.loads(line)["url"].rpartition(":")[2])
        return int(line.rpartition(" ")[2])

    def cpu_s(self) -> float:
        """CPU seconds since it began."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def rss_kb(self) -> float:
        """Resident memory in kB."""
        return float(self._process.memory_info().rss) / 1000

    def stop(self) -> None:
        """End it."""
        self._running.end(within_s=10)


def central(number: int, url: str, logs: Path) -> Server:
    """An instance on this database."""
    command = [str(BIN / "bilik-central"), "--database", url, "serve", "--host", "127.0.0.1", "--port", "0"]
    return Server(f"central-{number}", command, logs)


def null_app(logs: Path) -> Server:
    """The peer."""
    return Server("null-app", [sys.executable, "-m", "benchmarks.fleet.null_app"], logs)


def cpu_of(pids: list[int]) -> float:
    """CPU seconds of these processes and what was below them, ended children included."""
    total = 0.0
    for pid in pids:
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total
