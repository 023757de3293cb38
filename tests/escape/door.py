"""A booth with a technician's PIN set, in the hands of somebody who does not know it; what came of it is read from the agent's log."""

import contextlib
import time

from tests.escape.hands import Hands
from tests.screen import VirtualScreen
from tests.stage.terminal import Terminal
from tests.stage.waiting import boot_s, wait_for

PIN = "90817263"
WORD = [f"ctrl+alt+shift+{letter}" for letter in "bilik"]


class Door:
    """One call PC with its screen, and a technician's PIN set."""

    def __init__(self, terminal: Terminal, screen: VirtualScreen, hands: Hands) -> None:
        self.terminal, self.screen, self.hands = terminal, screen, hands

    def painted(self, name: str, since_s: float) -> bool:
        """Whether this screen was on the glass since then."""
        return any(
            line.get("event") == "painted" and line.get("screen") == name and line["boot_s"] >= since_s
            for line in self.terminal.agent_log()
        )

    def seen(self, since_s: float) -> list[str]:
        """What came of it."""
        lines = [line for line in self.terminal.agent_log() if line.get("boot_s", 0) >= since_s]
        wrong = ["the PIN screen was asked for"] if self.painted("TechnicianPin", since_s) else []
        if any(line.get("event") == "state" and line.get("mode") == "maintenance" for line in lines):
            wrong.append("the maintenance screen was reached")
        if any(line.get("event") == "visit_ended" for line in lines):
            wrong.append("the call was ended")
        return wrong

    def call(self) -> None:
        """As a technician does."""
        since_s = boot_s()
        self.screen.do("key", *WORD)
        wait_for(lambda: self.painted("TechnicianPin", since_s), within_s=10, what="the PIN screen", every_s=0.05)

    def type(self, pin: str) -> None:
        """A PIN, and the time that a look at it takes."""
        since_s = boot_s()
        self.screen.do("type", "--delay", "15", pin)
        self.screen.do("key", "Return")
        with contextlib.suppress(AssertionError):
            wait_for(lambda: self._answered(since_s), within_s=4, what="an answer on the glass", every_s=0.05)

    def _answered(self, since_s: float) -> bool:
        looks = [line["boot_s"] for line in self.terminal.agent_log() if line.get("event") == "technician_pin"]
        after = [at_s for at_s in looks if at_s >= since_s]
        return bool(after) and any(self.painted(name, after[0]) for name in ("TechnicianPin", "Maintenance"))

    def hold(self, x: int, seconds: float) -> None:
        """A finger on the upper edge."""
        self.screen.do("mousemove", x, 15, "mousedown", 1)
        time.sleep(seconds)
        self.screen.do("mousemove", x, 15, "mouseup", 1)

    def restart_agent(self) -> None:
        """Kill it, as nobody in a booth can, and wait until it shows something again."""
        assert self.terminal.agent is not None
        self.terminal.agent.kill()
        since_s = boot_s()
        self.terminal.start_agent()
        names = ("NotEnrolled", "TechnicianPin", "Maintenance")
        wait_for(lambda: any(self.painted(name, since_s) for name in names), within_s=20, what="a screen", every_s=0.1)
