"""One real process of the stage: its output in files, its end by its own id."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.stage.waiting import NotSo, wait_for


class Running:
    """A started process. `out` and `err` are files that later starts under the same name append to."""

    def __init__(self, name: str, command: Sequence[str], *, logs: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.out = logs / f"{name}.out"
        self.err = logs / f"{name}.err"
        self._out_from = self.out.stat().st_size if self.out.exists() else 0
        self._err_from = self.err.stat().st_size if self.err.exists() else 0
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.popen = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self._family: dict[int, psutil.Process] = {}

    @property
    def pid(self) -> int:
        """The process id."""
        return self.popen.pid

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self.popen.poll() is None

    def lines(self) -> list[str]:
        """What this start wrote so far, standard output first, whole lines only."""
        return [*_whole_lines(self.out, self._out_from), *_whole_lines(self.err, self._err_from)]

    def wait_for_line(self, part: str, *, within_s: float = 20.0) -> str:
        """The first line that contains `part`; raises NotSo with the last lines when the process ended or time is up."""

        def found() -> str | None:
            gone = not self.alive
            line = next((line for line in self.lines() if part in line), None)
            if line is None and gone:
                raise NotSo(f"{self.name} ended with {self.popen.returncode} before it said {part!r}:\n{self.tail()}")
            return line

        return wait_for(found, within_s=within_s, what=f"{self.name} to say {part!r}") or ""

    def tail(self, count: int = 30) -> str:
        """The last lines, for an error text."""
        return "\n".join(self.lines()[-count:])

    def descendants(self) -> list[psutil.Process]:
        """All processes below it at this moment, also remembered for the end."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.pid).children(recursive=True):
                self._family[child.pid] = child
        return [child for child in self._family.values() if child.is_running()]

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.popen.send_signal(number)

    def kill(self) -> None:
        """Kill -9 of this process alone, and wait until it has gone."""
        self.descendants()
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(10)

    def end(self, *, within_s: float = 5.0) -> int:
        """SIGTERM, then SIGKILL after `within_s`; leaves none of its descendants. Returns the exit code."""
        children = self.descendants()
        if self.alive:
            self.popen.terminate()
            try:
                self.popen.wait(within_s)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait(10)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        return self.popen.returncode


def _whole_lines(path: Path, start: int) -> list[str]:
    with path.open("rb") as file:
        file.seek(start)
        text = file.read().decode(errors="replace")
    return text[: text.rfind("\n") + 1].splitlines()
