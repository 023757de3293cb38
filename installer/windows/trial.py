r"""Whether this PC can be a booth: agent, bilik-shell and window started for a moment beside the desktop, until the window is up.

`python -m installer.windows.trial` exits 0, or says in one line what does not come up. They use a folder and a named pipe of their
own, hold no keys and cover nothing; all of them are gone when it ends, and nothing of the PC is changed.
"""

import json
import sys
from pathlib import Path

AGENT_S, SHELL_S, WINDOW_S = 30.0, 30.0, 60.0
LOOK_S = 0.2
ENGINE = ("-c", "import PySide6.QtWebEngineWidgets")
TOML = """[agent]
state_dir = '{folder}'
shell_socket = '{pipe}'

[page]
port = 0

[credentials]
store = "file"
"""


def is_up(status: Path, *names: str) -> bool:
    """Whether the agent's status file says that all of these are so; false where there is none yet, or half of one."""
    try:
        told = json.loads(status.read_text(encoding="utf-8"))
        return bool(told["running"]) and all(told["status"][name] for name in names)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def last_line(said: str) -> str:
    """What a program said last: the error, where it ended with one."""
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


if sys.platform == "win32":
    import contextlib
    import os
    import subprocess
    import tempfile
    import threading
    from collections.abc import Iterator

    from installer.windows.job import end_with_us

    ENGINE_S = 120.0

    class DoesNotCome(Exception):
        """What does not come up, and the last that was heard of it."""

    def try_all() -> None:
        """Raises DoesNotCome."""
        engine = _run(*ENGINE)
        if engine.returncode != 0:
            raise DoesNotCome(f"the web engine does not load: {last_line(engine.stdout)}")
        with tempfile.TemporaryDirectory(prefix="bilik-trial-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            pipe = rf"\\.\pipe\bilik-trial-{os.getpid()}"
            config = folder / "agent.toml"
            config.write_text(TOML.format(folder=folder, pipe=pipe), encoding="utf-8")
            status = folder / "status.json"
            with _started(folder, "agent", "--config", str(config), "run") as agent:
                _until(agent, "the agent", AGENT_S, status)
                with _started(folder, "kiosk_ui.shell", "--socket", pipe, "--no-curtain") as shell:
                    _until(shell, "bilik-shell, or its pipe to the agent,", SHELL_S, status, "shell_up")
                    _until(shell, "the kiosk's window", WINDOW_S, status, "shell_up", "window_up")

    def _run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *words]
        out, error = subprocess.PIPE, subprocess.STDOUT
        return subprocess.run(command, input="", stdout=out, stderr=error, text=True, timeout=ENGINE_S, check=False)

    class Started:
        """A program of ours and the file of what it says."""

        def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
            self.process = process
            self.log = log

        def said(self) -> str:
            """The last of it."""
            return last_line(self.log.read_text(encoding="utf-8", errors="replace"))

    @contextlib.contextmanager
    def _started(folder: Path, module: str, *words: str) -> Iterator[Started]:
        log = folder / f"{module}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
            job = end_with_us(process)
            try:
                yield Started(process, log)
            finally:
                job.close()
                process.wait()

    def _until(program: Started, what: str, within_s: float, status: Path, *names: str) -> None:
        never = threading.Event()
        for _ in range(int(within_s / LOOK_S)):
            if is_up(status, *names):
                return
            if program.process.poll() is not None:
                break
            never.wait(LOOK_S)
        raise DoesNotCome(f"{what} does not come up: {program.said()}")

    def main() -> int:
        """0, or 1 and one line that says what does not come up."""
        try:
            try_all()
        except (DoesNotCome, OSError, subprocess.SubprocessError) as error:
            print(error)  # noqa: T201 - read by bilik-install
            return 1
        return 0

    if __name__ == "__main__":
        sys.exit(main())
