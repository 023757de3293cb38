"""What the agent is handed once and keeps itself: the enrolment, and the technician's PIN."""

from typing import Any

from installer.ports import System, SystemRefused
from installer.words import say

STATE = "/var/lib/bilik"
AGENT = "/usr/bin/bilik-agent"


class Handed:
    """A secret that a command of bilik-agent reads from its standard input and keeps in `file`; without one, nothing to do.

    It goes when the state directory goes, so nothing has to be put back.
    """

    kind = "handed"
    settles = True  # the firewall must let central be reached that the enrolment names, which may be another one
    refresh = ("agent",)

    def __init__(self, *command: str, file: str, words: str, why: str, secret: str | None) -> None:
        self.target = f"{STATE}/{file}"
        self.words = words
        self.why = why
        self._command = (AGENT, *command)
        self._secret = secret

    def look(self, system: System) -> Any:
        """Whether it was there."""
        return system.read(self.target) is not None

    def perform(self, system: System) -> None:
        """Raises SystemRefused with what the agent says."""
        done = system.run(self._command, given=f"{self._secret}\n")
        if done.code != 0:
            said = done.out.strip().removeprefix("bilik-agent: ") or say("it said nothing")
            raise SystemRefused(f"{self.words}: {said}")
        self._secret = None

    def drift(self, system: System) -> str | None:
        """Still in our hands, or lost."""
        if self._secret is not None:
            return say("{words}: not done yet", words=self.words)
        return None
