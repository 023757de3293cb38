"""What the agent says of its own visit, followed line by line as it is written."""

import itertools
import threading
from typing import Any, NamedTuple

from tests.stage.terminal import Terminal
from tests.stage.waiting import pause

LOOK_S = 0.05
TROUBLE = ("agent_bug", "booth_unreadable")
OPENED = ("waiting", "talking", "interrupted")


class Said(NamedTuple):
    """One line of the log; `line` is its number among the lines that are JSON."""

    at_s: float
    line: int
    event: str
    facts: dict[str, Any]


class Watch:
    """Reads from a thread of its own; every attribute is what the newest line says."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{terminal.name}", daemon=True)
        self._read = 0
        self.visit = "none"
        self.session: str | None = None
        self.screen = ""
        self.window_pid = 0
        self.checked_in: dict[str, float] = {}
        self.lines: dict[str, int] = {}
        self.opened: dict[str, float] = {}
        self.talking: dict[str, list[tuple[float, bool]]] = {}
        self.ended: dict[str, tuple[float, float, str]] = {}
        self.over: dict[str, float] = {}
        self.troubles: list[Said] = []

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read to the end and stop."""
        self._stop.set()
        self._thread.join(5)
        self.read()

    def ends_at_s(self, talk_s: float) -> float | None:
        """When the running visit ends if nothing interrupts it any more; None while its clock stands."""
        turns = self.talking.get(self.session or "", [])
        if not turns or not turns[-1][1]:
            return None
        talked_s = sum(later[0] - sooner[0] for sooner, later in itertools.pairwise(turns) if sooner[1])
        return turns[-1][0] + talk_s - talked_s

    def read(self) -> None:
        """Take up every new line."""
        lines = self._terminal.agent_log()
        for number in range(self._read, len(lines)):
            line = lines[number]
            self._take(Said(float(line.get("boot_s", 0.0)), number + 1, str(line.get("event", "")), line))
        self._read = len(lines)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.read()
            pause(LOOK_S)

    def _take(self, said: Said) -> None:
        if said.event == "state":
            self._moved(said)
        elif said.event == "painted":
            self.screen = str(said.facts.get("screen"))
        elif said.event == "window" and said.facts.get("window_pid"):
            self.window_pid = int(said.facts["window_pid"])
        elif said.event == "visit_ended" and self.session is not None:
            self.ended[self.session] = (float(said.facts["end_boot_s"]), said.at_s, str(said.facts["reason"]))
        elif said.event == "agent_started":
            self.screen = ""
            self._clock_stands(said.at_s)
        if said.event in TROUBLE or "traceback" in said.facts:
            self.troubles.append(said)

    def running(self, session: str, end_s: float) -> list[tuple[float, float]]:
        """When the talk clock of this session ran, as far as the log tells it at once: from, until."""
        turns = [*self.talking.get(session, []), (end_s, False)]
        return [(sooner[0], later[0]) for sooner, later in itertools.pairwise(turns) if sooner[1]]

    def _clock_stands(self, at_s: float) -> None:
        """After a start of the agent no clock runs until both ends are heard again."""
        turns = self.talking.get(self.session or "", [])
        if turns and turns[-1][1]:
            turns.append((at_s, False))

    def _moved(self, said: Said) -> None:
        session = said.facts.get("session")
        visit = str(said.facts["visit"])
        if session is None:
            if self.session is not None and self.visit == "farewell":
                self.over.setdefault(self.session, said.at_s)
        else:
            self.lines.setdefault(str(session), said.line)
            self._follow(str(session), visit, said.at_s)
        self.visit, self.session = visit, None if session is None else str(session)

    def _follow(self, session: str, visit: str, at_s: float) -> None:
        self.checked_in.setdefault(session, at_s)
        if visit in OPENED:
            self.opened.setdefault(session, at_s)
        turns = self.talking.setdefault(session, [])
        is_talking = visit == "talking"
        if not turns or turns[-1][1] != is_talking:
            turns.append((at_s, is_talking))
