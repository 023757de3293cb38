"""A call PC of a chaos run: its programs in its own network, its own boot id and wall clock, and who starts them again."""

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.network import Link
from tests.stage.processes import Running
from tests.stage.terminal import BIN, Terminal, engine_flags
from tests.stage.waiting import boot_s, pause

BOOT_ID = "/proc/sys/kernel/random/boot_id"
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
AGAIN_S = 0.2
STATE_KB = 16_384
BLOCK = "4096"
"""As on a PC's disk. ext4 takes 1 KB below 512 MB, and there SQLite's mapped index (-shm) ends its process when the disk fills."""


class Machine(Terminal):
    """A terminal whose agent and shell are started again when they have ended, as a service manager does.

    `held` are programs ("agent", "shell") that stay down for now; `boots` counts power cuts and the first start.
    """

    def __init__(self, name: str, home: Path, logs: Path, link: Link | None, authority: Path | None) -> None:
        super().__init__(name, home, logs)
        self.link = link
        self.display = ""
        self.boots = 1
        self.can_freeze = False
        self._boot_id = self.home / "boot_id"
        self._boot_id.write_text(f"{uuid.uuid4()}\n")
        self._clock = self.home / "faketime"
        self.step_clock("+0")
        self._held: dict[str, int] = {"agent": 0, "shell": 0}
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"manager-{self.home.name}", daemon=True)
        self.exits: list[tuple[float, str, int]] = []
        self._killed: set[int] = set()
        self.agent_pids: list[int] = []
        if authority is not None:
            self.config.write_text(self.config.read_text() + f'\n[central]\nca_file = "{authority}"\n')

    @property
    def state(self) -> Path:
        """The agent's state directory."""
        return self.home / "state"

    @property
    def agent_log_name(self) -> str:
        """The file of the agent's log, among the logs that are kept."""
        return f"agent-{self.home.name}.err"

    # ---- the disk -------------------------------------------------------------------------------------------------

    def mount_state(self) -> None:
        """Give the state directory a small disk of its own, which can be filled and, where there are loop devices, frozen."""
        image = self.home / "disk"
        with image.open("wb") as file:
            file.truncate(STATE_KB * 1024)
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            run("mkfs.ext4", "-q", "-F", "-b", BLOCK, "-m", "0", "-O", "^has_journal", str(image))
            run("mount", "-o", "loop", str(image), str(self.state))
            self.can_freeze = True
        if not self.can_freeze:
            run("mount", "-t", "tmpfs", "-o", f"size={STATE_KB}k", "tmpfs", str(self.state))
        self.state.chmod(0o700)

    def freeze_disk(self) -> None:
        """From now on every write to the disk waits, and cannot even be killed."""
        run("fsfreeze", "-f", str(self.state))

    def thaw_disk(self) -> None:
        """The disk answers again."""
        run("fsfreeze", "-u", str(self.state))

    def fill_disk(self) -> None:
        """Leave no byte free."""
        with contextlib.suppress(OSError), (self.state / "filler").open("wb", buffering=0) as filler:
            while filler.write(b"\0" * 65_536):
                pass

    def free_disk(self) -> None:
        """Take the filler away."""
        (self.state / "filler").unlink(missing_ok=True)

    # ---- the wall clock -------------------------------------------------------------------------------------------

    def step_clock(self, offset: str) -> None:
        """Set the agent's wall clock so far from the true one: `+365d`, `-1h`, `+0`."""
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(offset)
        fresh.replace(self._clock)

    # ---- its programs ---------------------------------------------------------------------------------------------

    def _agent_command(self, *words: str) -> list[str]:
        return self._here([*self._clock_words(), *super()._agent_command(*words)])

    def _clock_words(self) -> list[str]:
        if not FAKETIME.exists():
            return []
        facts = {"TIMESTAMP_FILE": str(self._clock), "DONT_FAKE_MONOTONIC": "1", "CACHE_DURATION": "1"}
        return ["env", f"LD_PRELOAD={FAKETIME}", *(f"FAKETIME_{name}={value}" for name, value in facts.items())]

    def _here(self, command: list[str]) -> list[str]:
        """In its own network and boot, under the same process id."""
        if self.link is None:
            return command
        bound = 'mount --bind "$0" ' + BOOT_ID + ' && exec "$@"'
        return self.link.command(["sh", "-c", bound, str(self._boot_id), *command])

    def start_agent(self) -> Running:
        """Start `bilik-agent run`; also again, after a kill."""
        agent = super().start_agent()
        self.agent_pids.append(agent.pid)
        return agent

    def start_shell(self, display: str) -> Running:
        """Start `bilik-shell` on this display."""
        self.display = display
        env = {"DISPLAY": display, "QTWEBENGINE_CHROMIUM_FLAGS": engine_flags()}
        command = [str(BIN / "bilik-shell"), "--socket", str(self.shell_socket)]
        self.shell = Running(f"shell-{self.home.name}", self._here(command), logs=self._logs, env=env)
        return self.shell

    def begin(self) -> None:
        """Start the agent, and from now on whatever has ended."""
        self.start_agent()
        self._thread.start()

    def stop(self) -> None:
        """End everything of it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        super().stop()
        if os.path.ismount(self.state):
            run("umount", "-l", str(self.state))

    @contextlib.contextmanager
    def down(self, *programs: str) -> Iterator[None]:
        """Whatever of these has ended stays down for so long."""
        with self._lock:
            for program in programs:
                self._held[program] += 1
        try:
            yield
        finally:
            with self._lock:
                for program in programs:
                    self._held[program] -= 1

    def kill(self, *programs: str) -> None:
        """Kill -9 of these, all at once: first every one is stopped, so that none sees another die."""
        with self._lock:
            found = [one for one in (getattr(self, name) for name in programs) if one is not None and one.alive]
            self._killed |= {one.pid for one in found}
            for one in found:
                one.signal(signal.SIGSTOP)
            for one in found:
                one.kill()

    def kill_tree(self) -> None:
        """Everything of it dies in the same moment, the window's processes too: the power is gone."""
        with self._lock:
            below = self.shell.descendants() if self.shell is not None and self.shell.alive else []
            self.kill("agent", "shell")
            for one in below:
                with contextlib.suppress(Exception):
                    one.kill()

    def tear_journal(self) -> None:
        """What a power cut leaves behind a write that was under way: half a frame at the log's end, and no shared memory."""
        log = self.state / "journal.sqlite3-wal"
        if log.exists():
            with contextlib.suppress(OSError), log.open("ab") as file:
                file.write(secrets.token_bytes(1 + secrets.randbelow(4_000)))
        (self.state / "journal.sqlite3-shm").unlink(missing_ok=True)

    def new_boot(self) -> None:
        """From the next start on it is another boot."""
        self.boots += 1
        self._boot_id.write_text(f"{uuid.uuid4()}\n")

    # ---- who starts them again ------------------------------------------------------------------------------------

    def _keep(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                for name in ("agent", "shell"):
                    self._look_at(name)
            pause(AGAIN_S)

    def _look_at(self, name: str) -> None:
        running: Running | None = getattr(self, name)
        if running is None or running.alive or self._stop.is_set():
            return
        code = running.popen.returncode
        if running.pid not in self._killed:
            self.exits.append((boot_s(), name, code))
        self._killed.add(running.pid)
        if self._held[name] == 0:
            self.start_agent() if name == "agent" else self.start_shell(self.display)


def run(*words: str) -> None:
    """One program of the system that has to succeed."""
    subprocess.run(words, check=True, capture_output=True)


def second_agent(machine: Machine) -> tuple[int, str]:
    """Start a second copy of the agent; returns how it ended and what it said."""
    done = subprocess.run(
        machine._agent_command("run"), capture_output=True, text=True, timeout=20, check=False, env=dict(os.environ)
    )
    return done.returncode, done.stderr[-400:]
