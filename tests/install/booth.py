"""The installed booth, seen from outside the box: its log, its screen, its processes, and a family that calls it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.install.box import Box
from tests.install.site import Site
from tests.stage.browsers import Family
from tests.stage.central import Called
from tests.stage.waiting import boot_s, wait_for

X = ("env", "DISPLAY=:0", "XAUTHORITY=/run/bilik-kiosk/xauthority")
LOOK_S = 0.15
UP_S = 120.0


class Booth:
    """What the trial does with the PC once it is a booth."""

    def __init__(self, box: Box, site: Site | None, out: Path) -> None:
        self._box = box
        self._site = site
        self._out = out

    # ---- eyes -----------------------------------------------------------------------------------------------------

    def entries(self, event: str, *, since_s: float, **details: Any) -> list[dict[str, Any]]:
        """The agent's log lines of this kind since that moment, with these details."""
        lines = self._box.journal("--unit=bilik-agent.service", f"--grep={event}").splitlines()
        told = (json.loads(line) for line in lines if line.startswith("{"))
        wanted: Mapping[str, Any] = {"event": event, **details}
        return [
            line
            for line in told
            if line.get("boot_s", 0) >= since_s and all(line.get(key) == value for key, value in wanted.items())
        ]

    def wait_for_entry(self, event: str, *, since_s: float, within_s: float = UP_S, **details: Any) -> dict[str, Any]:
        """The first such line."""

        def found() -> dict[str, Any] | None:
            return next(iter(self.entries(event, since_s=since_s, **details)), None)

        what = f"{event} {details} in the agent's log"
        return dict(wait_for(found, within_s=within_s, what=what, every_s=LOOK_S) or {})

    def wait_until_idle(self, *, since_s: float, within_s: float = UP_S) -> float:
        """Until the window has painted since then and waits for the next visit; the moment in boot seconds."""
        what = "the booth to wait for its next visit"
        return wait_for(lambda: self._idle_s(since_s), within_s=within_s, what=what, every_s=LOOK_S)

    def _idle_s(self, since_s: float) -> float:
        windows = self.entries("window", since_s=since_s)
        if not windows or windows[-1]["phase"] != "painted":
            return 0.0
        status = self.status()
        is_idle = status.get("mode") == "in_service" and status.get("visit") == "none" and status.get("online")
        return float(windows[-1]["boot_s"]) if is_idle else 0.0

    def status(self) -> dict[str, Any]:
        """The agent's own word; empty where there is none."""
        said = self._box.run("bilik-agent", "status", "--json", check=False)
        return dict(json.loads(said)) if said.startswith("{") else {}

    def pid_of(self, name: str) -> int:
        """The process of the kiosk account with this name, by its number inside; 0 without one."""
        said = self._box.run("pgrep", "--exact", "--uid", "bilik-kiosk", name, check=False)
        return int(said.split()[0]) if said.split() else 0

    def pid_running(self, words: str) -> int:
        """The process of the kiosk account whose command line has these words; 0 without one."""
        said = self._box.run("pgrep", "--full", "--uid", "bilik-kiosk", words, check=False)
        return int(said.split()[0]) if said.split() else 0

    def faults(self) -> list[str]:
        """What stands, by the agent's own word."""
        return list(self.status().get("faults", ["no status"]))

    def picture(self, name: str) -> None:
        """What is on the screen."""
        self._box.run(*X, "import", "-window", "root", "/var/tmp/screen.png", check=False)
        taken = self._box.root / "var" / "tmp" / "screen.png"
        if taken.exists():
            (self._out / f"{name}.png").write_bytes(taken.read_bytes())
            taken.unlink()

    # ---- hands ----------------------------------------------------------------------------------------------------

    def begin_call(self, number: str, *, talk_s: int) -> "Call":
        """A session that is due now, checked in by keyboard, with a family that talks; returns when both hear each other."""
        since_s = boot_s()
        assert self._site is not None
        session = self._site.call(number, talk_s=talk_s)
        family = self._site.stage.family(session)
        family.open()
        family.page.click("#start")
        self.press("Rules", since_s)
        self.press("Waiting", since_s)
        family.page.click("#go", timeout=60_000)
        self.wait_for_entry("state", since_s=since_s, visit="talking")
        return Call(self, self._site, session, family, since_s)

    def press(self, until: str, since_s: float) -> None:
        """Press the large button until this screen is shown."""

        def pressed() -> bool:
            if self.entries("shown", since_s=since_s, screen=until):
                return True
            before = "CheckIn" if until == "Rules" else "Rules"
            if self.entries("shown", since_s=since_s, screen=before):
                self._box.run(*X, "xdotool", "key", "Return")
            return False

        wait_for(pressed, within_s=UP_S, what=f"the {until} screen", every_s=0.5)


class Call:
    """One visit of the trial that is talking."""

    def __init__(self, booth: Booth, site: Site, session: Called, family: Family, since_s: float) -> None:
        self._booth = booth
        self._site = site
        self.session = session
        self.family = family
        self.since_s = since_s

    def wait_back(self, *, since_s: float, within_s: float = 120.0) -> float:
        """Until they talk again after `since_s`; the moment in boot seconds."""
        return float(self._booth.wait_for_entry("state", since_s=since_s, within_s=within_s, visit="talking")["boot_s"])

    def usage(self, *, within_s: float = 200.0) -> dict[str, Any]:
        """The one usage record at central."""
        query = "select body from usage where session_id = ? and not provisional"
        rows = wait_for(
            lambda: self._site.central.rows(query, self.session.id),
            within_s=within_s,
            what="the usage record at central",
            every_s=0.5,
        )
        assert len(rows) == 1
        return dict(json.loads(rows[0]["body"]))

    def leave(self) -> None:
        """The family closes its browser."""
        self.family.context.close()
