"""A container with its own systemd, disk and network card: a PC that can be booted, typed at, and have its plug pulled."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil

from tests.stage.waiting import NotSo, boot_s, wait_for

NAME = "bilik-box"
NET = "10.97.0"
BOOT_S = 60.0
RUN_S = 120.0


class Box:
    """`base` is a Debian tree that is never written to; what the box writes is in `home`, which outlives a pulled plug.

    `net`: the first three numbers of its cable's addresses; this machine is 1 there and the box is 2. `engine` is bound into it.
    """

    def __init__(
        self, base: Path, home: Path, logs: Path, *, engine: Path | None = None, name: str = NAME, net: str = NET
    ) -> None:
        self.name = name
        self._card, self._host, self.address = f"ve-{name}", f"{net}.1", f"{net}.2"
        self._base = base
        self._home = home
        self._logs = logs
        self._engine = engine
        self.root = home / "root"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self.boots = 0

    # ---- power ----------------------------------------------------------------------------------------------------

    def unpack(self) -> None:
        """A new disk."""
        for name in ("upper", "work", "root"):
            shutil.rmtree(self._home / name, ignore_errors=True)
            (self._home / name).mkdir(parents=True)
        layers = f"lowerdir={self._base},upperdir={self._home / 'upper'},workdir={self._home / 'work'}"
        subprocess.run(["mount", "-t", "overlay", self.name, "-o", layers, str(self.root)], check=True)

    def throw_away(self) -> None:
        """Pull the plug and unmount the disk."""
        self.pull_plug()
        subprocess.run(["umount", "--lazy", str(self.root)], check=False)

    def boot(self) -> float:
        """Switch it on; how many seconds until systemd had started everything."""
        self.boots += 1
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", f"--machine={self.name}"]
        command += ["--register=no", "--keep-unit", "--network-veth", "--kill-signal=SIGRTMIN+3", "--console=pipe"]
        if self._engine is not None:
            (self.root / "usr/lib/bilik/engine").mkdir(parents=True, exist_ok=True)
            command.append(f"--bind-ro={self._engine}:/usr/lib/bilik/engine")
        with (self._logs / f"{self.name}-{self.boots}.log").open("wb") as log:
            self._nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        began_s = boot_s()
        wait_for(self._connect, within_s=BOOT_S, what="the box's network card", every_s=0.05)
        wait_for(self._is_up, within_s=BOOT_S, what="the box's systemd to be up", every_s=0.1)
        return boot_s() - began_s

    def _connect(self) -> bool:
        """Give both ends of the cable their addresses as soon as they are there."""
        if self.pid is None or subprocess.run(["ip", "link", "show", self._card], capture_output=True).returncode != 0:
            return False
        for words in (f"addr replace {self._host}/24 dev {self._card}", f"link set {self._card} up"):
            subprocess.run(["ip", *words.split()], check=True)
        inside = ["nsenter", "--target", str(self.pid), "--net", "ip"]
        for words in (
            "link set lo up",
            f"addr replace {self.address}/24 dev host0",
            "link set host0 up",
            f"route replace default via {self._host}",
        ):
            if subprocess.run([*inside, *words.split()], capture_output=True).returncode != 0:
                return False
        return True

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running", check=False).strip() in {"running", "degraded"}

    @property
    def pid(self) -> int | None:
        """The process id that the box's first process has outside."""
        if self._nspawn is None or self._nspawn.poll() is not None:
            return None
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(self._nspawn.pid).children()
            return next((child.pid for child in children if child.name() in {"systemd", "init"}), None)
        return None

    def pull_plug(self) -> None:
        """Kill everything in it at once; its disk stays as it is."""
        if self._nspawn is None:
            return
        first = self.pid
        if first is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)  # the kernel kills all others of that process namespace with it
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait(10)
        self._nspawn = None

    def shut_down(self) -> None:
        """Let systemd end everything in order."""
        assert self._nspawn is not None
        self.run("systemctl", "poweroff", check=False)
        self._nspawn.wait(60)
        self._nspawn = None

    # ---- hands ----------------------------------------------------------------------------------------------------

    def inside(self, *command: str) -> list[str]:
        """What runs a command in it as its administrator."""
        if self.pid is None:
            raise NotSo("the box is off")
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        return [*enter, "--wdns=/", "env", "-i", f"PATH={path}", "LC_ALL=C.UTF-8", "HOME=/root", *command]

    def run(self, *command: str, given: str = "", check: bool = True, within_s: float = RUN_S) -> str:
        """Run a command in it as its administrator; returns what it said. Raises NotSo with that if it fails."""
        done = subprocess.run(
            self.inside(*command),
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
            check=False,
        )
        if check and done.returncode != 0:
            raise NotSo(f"in the box: {' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def code(self, *command: str) -> int:
        """How a command in it ends."""
        return subprocess.run(self.inside(*command), capture_output=True, timeout=RUN_S, check=False).returncode

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Put a file on its disk; it may be off."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        place.chmod(mode)

    def main_pid(self, unit: str) -> int:
        """The main process of a unit, by its number inside; 0 without one."""
        return int(self.run("systemctl", "show", "--property=MainPID", "--value", unit).strip() or 0)

    def keep_journal(self) -> None:
        """Put what its journal holds beside the other logs."""
        if self.pid is not None:
            (self._logs / f"{self.name}-journal.log").write_text(self.run("journalctl", "--no-pager", check=False))

    def journal(self, *words: str) -> str:
        """What its journal holds."""
        return self.run("journalctl", "--no-pager", "--output=cat", *words, check=False)
