"""A call PC of the stage: agent.toml, bilik-agent and, with a screen, bilik-shell with its window."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.stage.processes import Running

BIN = Path(sys.executable).parent
ENROL_TIMEOUT_S = 30.0
ENGINE_FLAGS = "--use-fake-device-for-media-stream=fps=30"


def engine_flags(*, made_up_devices: bool = True) -> str:
    """What the window's web engine is told in tests: made-up devices; and no sandbox where it cannot have one, as root."""
    flags = [ENGINE_FLAGS] if made_up_devices else []
    return " ".join([*flags, "--no-sandbox"] if os.geteuid() == 0 else flags)


class Terminal:
    """Handles on one call PC. The agent may be killed and started again; its state directory stays."""

    def __init__(self, name: str, home: Path, logs: Path, *, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.id = ""
        self.home = home / name.replace(" ", "-").lower()
        self.config = self.home / "agent.toml"
        self.shell_socket = self.home / "shell.sock"
        self.env = dict(env or {})
        self.agent: Running | None = None
        self.shell: Running | None = None
        self._logs = logs
        self._log = LogTail(logs / f"agent-{self.home.name}.err")
        self._write_config()

    def _write_config(self) -> None:
        state = self.home / "state"
        state.mkdir(parents=True, mode=0o700)
        self.config.write_text(
            f'[agent]\nstate_dir = "{state}"\nshell_socket = "{self.shell_socket}"\n\n'
            '[page]\nport = 0\n\n[credentials]\nstore = "file"\n\n[log]\nformat = "json"\nlevel = "debug"\n'
        )

    # ---- the agent ------------------------------------------------------------------------------------------------

    def _agent_command(self, *words: str) -> list[str]:
        return [str(BIN / "bilik-agent"), "--config", str(self.config), *words]

    def enroll(self, enrolment: str) -> None:
        """Type the enrolment string, as a technician does."""
        done = subprocess.run(
            self._agent_command("enroll", enrolment),
            capture_output=True,
            text=True,
            timeout=ENROL_TIMEOUT_S,
            check=False,
            env={**os.environ, **self.env},
        )
        if done.returncode != 0:
            raise RuntimeError(f"bilik-agent enroll ended with {done.returncode}: {done.stderr}{done.stdout}")

    def start_agent(self, *, under: Sequence[str] = (), module: str | None = None) -> Running:
        """Start `bilik-agent run`; also again, after a kill. `under`: a command that starts it; `module`: one that stands in for it."""
        program, *words = self._agent_command("run")
        started = [program] if module is None else [sys.executable, "-m", module]
        command = [*under, *started, *words]
        self.agent = Running(f"agent-{self.home.name}", command, logs=self._logs, env=self.env)
        return self.agent

    def status(self) -> dict[str, Any]:
        """What `bilik-agent status --json` says."""
        done = subprocess.run(
            self._agent_command("status", "--json"),
            capture_output=True,
            text=True,
            timeout=ENROL_TIMEOUT_S,
            check=False,
        )
        return dict(json.loads(done.stdout))

    def agent_log(self) -> list[dict[str, Any]]:
        """The agent's log over all its starts, one event an entry; what is no JSON is left out."""
        return self._log.entries()

    # ---- shell and window -----------------------------------------------------------------------------------------

    def start_shell(self, display: str, *, engine: str | None = None) -> Running:
        """Start `bilik-shell` on this display; `engine` are other flags for the window's web engine."""
        flags = engine_flags() if engine is None else engine
        env = {**self.env, "DISPLAY": display, "QTWEBENGINE_CHROMIUM_FLAGS": flags}
        command = [str(BIN / "bilik-shell"), "--socket", str(self.shell_socket)]
        self.shell = Running(f"shell-{self.home.name}", command, logs=self._logs, env=env)
        return self.shell

    def stop(self) -> None:
        """End shell and agent."""
        for process in (self.shell, self.agent):
            if process is not None:
                process.end()


class LogTail:
    """A growing file of JSON lines, read on from where it was read to before."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = 0
        self._entries: list[dict[str, Any]] = []

    def entries(self) -> list[dict[str, Any]]:
        """All lines that are JSON objects, oldest first."""
        if self._file.exists():
            with self._file.open("rb") as file:
                file.seek(self._offset)
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._offset += len(whole)
            self._entries += [line for line in map(_object, whole.splitlines()) if line is not None]
        return self._entries


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line) if line.startswith(b"{") else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
