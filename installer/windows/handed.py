"""What the agent is handed once and keeps itself: the enrolment, and the technician's PIN."""

from typing import Any

import msgspec

from installer.ports import SystemRefused
from installer.windows.ports import WindowsPc


class Handed:
    """A secret that a command of bilik-agent reads from its standard input and keeps in `file`; without one, nothing to do."""

    kind = "windows-handed"
    settles = False
    refresh = ()

    def __init__(self, *command: str, file: str, words: str, why: str, secret: str | None) -> None:
        self.target = file
        self.words = words
        self.why = why
        self._command = command
        self._secret = secret

    def look(self, system: WindowsPc) -> Any:
        """Whether it was there."""
        return system.read(self.target) is not None

    def perform(self, system: WindowsPc) -> None:
        """Raises SystemRefused with what the agent says."""
        done = system.run(self._command, given=f"{self._secret}\n")
        if done.code != 0:
            said = done.out.strip().removeprefix("bilik-agent: ") or "it said nothing"
            raise SystemRefused(f"{self.words}: {said}")
        self._secret = None

    def drift(self, system: WindowsPc) -> str | None:
        """Still in our hands."""
        return None if self._secret is None else f"{self.words}: not done yet"


class ForgetHanded:
    """Reverts a secret that was handed over."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Remove it if there was none; an older one cannot come back and goes with the agent's folder."""
        if not msgspec.json.decode(before, type=bool):
            system.remove_tree(target)
