"""Somebody at a terminal of a box: types a block of commands, answers what is asked, reads what is said."""

import os
import subprocess
import threading
from collections.abc import Mapping

from tests.install.box import Box
from tests.stage.waiting import NotSo, boot_s, pause

LOOK_S = 0.05
TYPED, STATE = "/var/tmp/typed.sh", "/var/tmp/typed-state"
LIKE_ONE_SHELL = f"""\
[ ! -e {STATE} ] || . {STATE}
set -e
%s
{{ declare -p | grep '^declare -- '; declare -f; echo "cd '$PWD'"; }} > {STATE}
"""
"""What a block has set is there for the next one."""


class Typist:
    """`account` has logged in; `answers` are by what stands at the end of a question."""

    def __init__(self, box: Box, account: str, answers: Mapping[str, str]) -> None:
        self._box = box
        self._account = account
        self._answers = answers

    def type(self, text: str, *, within_s: float = 600.0, more: Mapping[str, str] | None = None) -> str:
        """Run the block in a shell with a terminal of its own; what stood on the screen. Raises NotSo if a line of it fails."""
        self._box.write(TYPED, LIKE_ONE_SHELL % text)
        command = f"runuser --login {self._account} --session-command 'bash --norc {TYPED}'"
        shown = ("script", "--quiet", "--return", "--flush", "--command", command, "/dev/null")
        process = subprocess.Popen(
            self._box.inside(*shown), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        screen = _Screen(process, {**self._answers, **(more or {})})
        code = screen.watch(within_s)
        if code != 0:
            raise NotSo(f"in {self._box.name}, {self._account} typed:\n{text}\nit ended with {code}:\n{screen.text()}")
        return screen.text()


class _Screen:
    """Reads on a thread; an answer is given once a question stands at the end and nothing more comes."""

    def __init__(self, process: subprocess.Popen[bytes], answers: Mapping[str, str]) -> None:
        self._process = process
        self._answers = answers
        self._read = bytearray()
        self._answered = 0
        self._reader = threading.Thread(target=self._fill, daemon=True)
        self._reader.start()

    def _fill(self) -> None:
        assert self._process.stdout is not None
        while piece := os.read(self._process.stdout.fileno(), 65536):
            self._read.extend(piece)

    def text(self) -> str:
        """All of it."""
        return self._read.decode(errors="replace").replace("\r", "")

    def watch(self, within_s: float) -> int:
        """Until it has ended; its code."""
        ends_s = boot_s() + within_s
        while self._process.poll() is None:
            if boot_s() > ends_s:
                self._process.kill()
                raise NotSo(f"it has not ended within {within_s:g} s; on the screen:\n{self.text()[-2000:]}")
            self._answer()
            pause(LOOK_S)
        self._reader.join(5)
        return self._process.returncode

    def _answer(self) -> None:
        waiting = self._read[self._answered :].decode(errors="replace")
        for question, answer in self._answers.items():
            if question in waiting.rpartition("\n")[2]:
                assert self._process.stdin is not None
                self._answered = len(self._read)
                self._process.stdin.write(f"{answer}\n".encode())
                self._process.stdin.flush()
                return
