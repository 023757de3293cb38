"""The Windows installer's own parts under Wine, in a prefix of their own: the agent's service under the real service manager."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 240


class Pc:
    """A Windows that can be restarted; `folder` keeps it from one run to the next."""

    def __init__(self, folder: Path, wine: str, python: Path) -> None:
        self.wine = wine
        self.python = python
        self.disk = folder / "drive_c"
        self.env = {
            **os.environ,
            "WINEPREFIX": str(folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "DISPLAY": "",
            "PYTHONPATH": f"Z:{ROOT}".replace("/", "\\"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.restart()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A Windows program to its end; its standard input is a pipe, as Python needs it under Wine."""
        return subprocess.run(
            [self.wine, *command],
            env=self.env,
            cwd=ROOT,
            input="",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_S,
            check=False,
        )

    def told(self, module: str, *words: str) -> dict[str, object]:
        """What a module of ours that runs inside says in one JSON object."""
        ended = self.run(str(self.python), "-m", module, *words)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return dict(json.loads(ended.stdout.splitlines()[-1]))

    def end(self) -> None:
        subprocess.run(["wineserver", "-k"], env=self.env, check=False)
        subprocess.run(["wineserver", "-w"], env=self.env, check=False, timeout=LIMIT_S)

    def restart(self) -> None:
        """Its services come with it, and must hold no pipe of a test."""
        self.end()
        nothing = subprocess.DEVNULL
        boot = [self.wine, "wineboot"]
        subprocess.run(boot, env=self.env, check=True, timeout=LIMIT_S, stdin=nothing, stdout=nothing, stderr=nothing)


def try_the_installer(folder: Path, wine: str, python: Path) -> None:
    """All that the installer does on Windows, as far as Wine goes; says what was seen, and what a stand-in did."""
    pc = Pc(folder / "installed", wine, python)
    try:
        try_the_service(pc)
    finally:
        pc.end()


def try_the_service(pc: Pc) -> None:
    seen = pc.told("tests.wine.service", "before")
    pc.restart()
    print(f"the agent's service: {seen | pc.told('tests.wine.service', 'after')}")
