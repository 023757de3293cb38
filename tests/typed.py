"""Central's commands typed in the test's own process: a start of the program takes a second, the command a twentieth."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from central.__main__ import answer, parser

PROGRAM = str(Path(sys.executable).parent / "bilik-central")
TIMEOUT_S = 30.0


def typed(words: Sequence[str], given: str = "") -> subprocess.CompletedProcess[str]:
    """What a process of `bilik-central` with these words would end with; `serve` needs one of its own."""
    out, err = io.StringIO(), io.StringIO()
    with (
        ThreadPoolExecutor(1) as thread,  # a browser's driver may have its loop on ours
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _typing(given),
    ):
        code = thread.submit(_ended, words).result(TIMEOUT_S)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def _ended(words: Sequence[str]) -> int:
    try:
        return answer(parser().parse_args(words))
    except SystemExit as ended:
        return int(ended.code or 0)


@contextlib.contextmanager
def _typing(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before


class Typed:
    """Commands on one database, most of them typed here; `run_apart` and `serving` are processes of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = f"sqlite:///{home}/central.sqlite3"

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return typed(["--database", self.database, *words], given)

    def run_apart(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """As a process of its own."""
        line = [PROGRAM, "--database", self.database, *words]
        return subprocess.run(line, input=given, capture_output=True, text=True, timeout=60, check=False)

    def data(self, *words: str, given: str = "") -> Any:
        done = self.run(*words, "--json", given=given)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *words: str, given: str = "") -> str:
        done = self.run(*words, given=given)
        assert done.returncode == 2, done
        assert "Traceback" not in done.stderr
        return done.stderr

    def booth(self) -> tuple[str, str]:
        facility = self.data("facility", "add", "Rutan Satu")["id"]
        made = self.data("terminal", "add", "Bilik 1", "--facility", facility, "--url", "http://127.0.0.1:1")
        return made["id"], made["enrolment"]

    def file(self, text: str, encoding: str = "utf-8") -> str:
        path = self.home / "day.csv"
        path.write_text(text, encoding=encoding)
        return str(path)

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        command = [PROGRAM, "--database", self.database, "serve", "--port", "0", *words]
        with (self.home / "serve.log").open("a") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        with process:
            try:
                assert process.stdout is not None
                said = json.loads(process.stdout.readline())
                assert said["event"] == "listening"
                yield process, said["url"]
            finally:
                process.kill()
