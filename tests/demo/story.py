"""The story: one line as each thing happens, and a list of what had to be so and was not."""

import sys
from datetime import datetime
from typing import TextIO

from tests.stage.waiting import boot_s


class Story:
    """Tells lines with the seconds since it began; `check` remembers what was not so."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._began_s = boot_s()
        self.wrong: list[str] = []

    def tell(self, text: str) -> None:
        """One line, at once."""
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        print(f"{clock}  {boot_s() - self._began_s:6.1f} s  {text}", file=self._out, flush=True)

    def check(self, *, is_so: bool, what: str) -> None:
        """Say whether something that had to be so is so."""
        if is_so:
            self.tell(f"  so it is: {what}")
        else:
            self.wrong.append(what)
            self.tell(f"  NOT SO: {what}")
