"""bilik-central as a process of the stage: serve, its command line, and what its database holds."""

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import msgspec

from tests.stage.network import free_tcp_port
from tests.stage.processes import Running
from tests.typed import typed

BIN = Path(sys.executable).parent


class Called(msgspec.Struct, frozen=True):
    """What `session add` answered."""

    id: str
    link: str


class Central:
    """One central on SQLite. Its port is chosen once, so that it comes back where it was."""

    def __init__(self, home: Path, logs: Path, *, serve: tuple[str, ...] = ()) -> None:
        self.database = home / "central.sqlite3"
        self.port = free_tcp_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._serve = serve
        self._logs = logs
        self.process: Running | None = None

    # ---- the server -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start `serve` and return when it listens."""
        command = [str(BIN / "bilik-central"), "--database", self._store, "serve", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--public-url", self.url, *self._serve]
        self.process = Running("central", command, logs=self._logs)
        self.process.wait_for_line('"listening"', within_s=60)

    def stop(self) -> int:
        """End it in order; returns its exit code."""
        assert self.process is not None
        return self.process.end()

    @property
    def _store(self) -> str:
        return f"sqlite:///{self.database}"

    # ---- its command line -----------------------------------------------------------------------------------------

    def command(self, *words: str, given: str = "") -> Any:
        """Run one command with --json; returns what it printed. A refused command raises with what it said."""
        done = typed(["--database", self._store, *words, "--json"], given)
        if done.returncode != 0:
            raise RuntimeError(
                f"bilik-central {' '.join(words)} ended with {done.returncode}: {done.stderr or done.stdout}"
            )
        return json.loads(done.stdout) if done.stdout.strip() else None

    def add_facility(self, name: str, **settings: object) -> str:
        """A facility with settings as the command takes them; returns its id."""
        chosen = [word for key, value in settings.items() for word in ("--set", f"{key}={_as_setting(value)}")]
        return str(self.command("facility", "add", name, *chosen)["id"])

    def add_terminal(self, name: str, facility: str) -> tuple[str, str]:
        """A terminal; returns its id and its enrolment string."""
        made = self.command("terminal", "add", name, "--facility", facility, "--url", self.url)
        return str(made["id"]), str(made["enrolment"])

    def add_session(self, terminal: str, number: str, *, start: str = "+0", talk_s: int = 600, **more: str) -> Called:
        """A session; `start` is an instant or +seconds from now."""
        extra = [word for key, value in more.items() for word in (f"--{key}", value)]
        made = self.command(
            *("session", "add", "--terminal", terminal, "--number", number, "--start", start, "--talk", str(talk_s)),
            *("--inmate", "Budi S.", "--family", "Ibu Siti", *extra),
        )
        return Called(str(made["id"]), str(made["link"]))

    def order(self, kind: str, terminal: str, *words: str) -> str:
        """A command for a booth; returns its id."""
        return str(self.command("command", kind, "--terminal", terminal, *words)["id"])

    def add_user(self, name: str, password: str, *, role: str = "officer", facility: str | None = None) -> None:
        """Somebody who may log in."""
        where = ["--facility", facility] if facility else []
        self.command("user", "add", name, "--role", role, *where, given=password + "\n")

    # ---- what it remembers ----------------------------------------------------------------------------------------

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Read its database, without ever writing to it."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10) as store:
            store.row_factory = sqlite3.Row
            found = [dict(row) for row in store.execute(query, values)]
        store.close()
        return found


def _as_setting(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
