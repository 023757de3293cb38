"""A real booth with a window: central, agent, shell, window, an officer's board and a family's browser on this machine."""

import json
import time
from collections.abc import Mapping
from typing import Any

import psutil

from tests.stage.browsers import Family, Officer
from tests.stage.central import Called, Central
from tests.stage.glass import Glass
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.turn import Turn
from tests.stage.waiting import boot_s, wait_for

SIZE = (1366, 768)
BUSY_S = 0.1
LOOK_S = 0.1


class Kiosk:
    """One booth through which visit after visit goes."""

    def __init__(
        self,
        stage: Stage,
        *,
        relay: Turn | None = None,
        env: Mapping[str, str] | None = None,
        engine: str | None = None,
    ) -> None:
        self.stage = stage
        self.central: Central = stage.central(turn=relay)
        facility = self.central.add_facility(
            "Rutan Contoh",
            admit="automatic",
            warn_at_s=[5],
            farewell_s=2,
            check_in="none",
            ice_policy="relay" if relay else "all",
        )
        self.terminal: Terminal = stage.terminal("Bilik 3", central=self.central, facility=facility, env=env)
        self.screen = stage.screen(*SIZE)
        self.terminal.start_shell(self.screen.name, engine=engine)
        self.glass = Glass(self.screen.name, SIZE)
        stage.ends(self.glass.close)
        self._officer: Officer | None = None
        self._count = 0

    @property
    def officer(self) -> Officer:
        """An officer who looks at the board."""
        if self._officer is None:
            self._officer = self.stage.officer(self.central)
        return self._officer

    @property
    def window_pid(self) -> int:
        """The process id of bilik-window, by the shell's last word to the agent."""
        told = [line for line in self.terminal.agent_log() if line.get("event") == "window" and line.get("window_pid")]
        return int(told[-1]["window_pid"])

    @property
    def renderer_pids(self) -> list[int]:
        """The engine's processes that draw: each has computed for a moment."""
        below = psutil.Process(self.window_pid).children(recursive=True)
        return [one.pid for one in below if "QtWebEngine" in one.name() and one.cpu_times().user > BUSY_S]

    # ---- the log --------------------------------------------------------------------------------------------------

    def entries(self, event: str, *, since_s: float, **details: Any) -> list[dict[str, Any]]:
        """The agent's log lines of this kind since that moment, with these details."""
        return [
            line
            for line in self.terminal.agent_log()
            if line.get("event") == event
            and line.get("boot_s", 0) >= since_s
            and all(line.get(key) == value for key, value in details.items())
        ]

    def wait_for_entry(self, event: str, *, since_s: float, within_s: float = 20.0, **details: Any) -> dict[str, Any]:
        """The first such line."""

        def found() -> dict[str, Any] | None:
            return next(iter(self.entries(event, since_s=since_s, **details)), None)

        return dict(
            wait_for(found, within_s=within_s, what=f"{event} {details} in the agent's log", every_s=LOOK_S) or {}
        )

    def wait_for_move(self, visit: "Visit", state: str, *, since_s: float, within_s: float = 20.0) -> float:
        """The moment (boot seconds) a visit came to this state, as central holds it."""
        query = "select at_ms, body from events where kind = 'visit' and at_ms >= ? order by at_ms"

        def moved() -> float:
            since_ms = int((since_s + _realtime_ahead_s()) * 1000)
            bodies = [(row["at_ms"], json.loads(row["body"])) for row in self.central.rows(query, since_ms)]
            found = (at for at, one in bodies if one["session_id"] == visit.session.id and one["state"] == state)
            at_ms = next(found, None)
            return 0.0 if at_ms is None else at_ms / 1000 - _realtime_ahead_s()

        return wait_for(moved, within_s=within_s, what=f"the visit to come to {state}", every_s=0.05)

    def talking_since_s(self, visit: "Visit") -> float:
        """When the talk clock of this visit began to run, by the agent's log."""
        return float(self.wait_for_entry("state", since_s=visit.since_s, visit="talking")["boot_s"])

    # ---- a visit --------------------------------------------------------------------------------------------------

    def begin(self, *, talk_s: int) -> "Visit":
        """A session that is due now, checked in by keyboard, with a family that talks; returns when the first frame is there."""
        self._count += 1
        since_s = boot_s()
        session = self.central.add_session(self.terminal.id, f"{self._count:03d}", talk_s=talk_s)
        family = self.stage.family(session)
        family.open()
        family.page.click("#start")
        self._press("Rules", since_s)
        self._press("Waiting", since_s)
        family.page.click("#go", timeout=15_000)
        self.wait_for_entry("first_frame", since_s=since_s)
        return Visit(self, session, family, since_s)

    def _press(self, until: str, since_s: float) -> None:
        """Press the one large button; the screen before it may still be coming."""

        def pressed() -> bool:
            if self.entries("painted", since_s=since_s, screen=until):
                return True
            before = "CheckIn" if until == "Rules" else "Rules"
            if self.entries("painted", since_s=since_s, screen=before):
                self.screen.do("key", "Return")
            return False

        wait_for(pressed, within_s=20, what=f"the {until} screen", every_s=0.4)


class Visit:
    """One visit that is talking, with what was measured on the way there."""

    def __init__(self, kiosk: Kiosk, session: Called, family: Family, since_s: float) -> None:
        self._kiosk = kiosk
        self.session = session
        self.family = family
        self.since_s = since_s

    def opening_ms(self) -> float:
        """From the accepted rules (the moment the agent shows the call's first view) to that view painted."""
        return float(self._kiosk.wait_for_entry("painted", since_s=self.since_s, screen="Waiting")["took_ms"])

    def first_frame_ms(self) -> float:
        """From the family's admission, by central's clock, to its first picture painted here."""
        row = self._kiosk.central.rows("select admitted_at_ms from sessions where id = ?", self.session.id)[0]
        admitted_s = row["admitted_at_ms"] / 1000 - _realtime_ahead_s()
        frame = self._kiosk.wait_for_entry("first_frame", since_s=self.since_s)
        return 1000 * (float(frame["boot_s"]) - admitted_s)

    def wait_closed(self, *, within_s: float = 20.0) -> dict[str, Any]:
        """The agent's word that the view is off the glass: farewell painted or not, tracks stopped."""
        return self._kiosk.wait_for_entry("view_closed", since_s=self.since_s, within_s=within_s)

    def farewell_painted(self) -> dict[str, Any]:
        """The page's word that the farewell is on the glass."""
        return self._kiosk.wait_for_entry("painted", since_s=self.since_s, screen="Farewell")

    def was_interrupted(self) -> bool:
        """Whether the talk clock has stood still so far."""
        return bool(self._kiosk.entries("state", since_s=self.since_s, visit="interrupted"))

    def usage(self, *, within_s: float = 20.0) -> dict[str, Any]:
        """The usage record at central."""
        query = "select body from usage where session_id = ? and not provisional"
        rows = wait_for(
            lambda: self._kiosk.central.rows(query, self.session.id), within_s=within_s, what="usage", every_s=0.1
        )
        return dict(json.loads(rows[0]["body"]))

    def usage_events(self) -> int:
        """How many usage events for this session central has ever stored."""
        rows = self._kiosk.central.rows("select body from events where kind = 'usage'")
        return sum(self.session.id in row["body"] for row in rows)

    def leave(self) -> None:
        """Close the family's browser and wait until the booth is ready for the next visit."""
        self.family.context.close()
        closed = self._kiosk.entries("view_closed", since_s=self.since_s)
        since_s = float(closed[-1]["boot_s"]) if closed else self.since_s
        self._kiosk.wait_for_entry("painted", since_s=since_s, screen="Idle", within_s=30)


def _realtime_ahead_s() -> float:
    """How far this machine's wall clock is ahead of its boot clock."""
    before_s = boot_s()
    wall_s = time.time()
    return wall_s - (before_s + boot_s()) / 2
