"""The Windows installer under Wine, in a PC of its own: the agent's service, the setup, a booth and the way back, on the real registry."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.stage.central import Central
from tests.wine.picture import Picture, difference, picture
from tests.wine.setup import build_small_setup, version
from tests.wine.windows_python import build

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 240
PROGRAMS = r"C:\Program Files\Bilik"
VERSION_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
BEGIN = "import sys; sys.path.append({root!r}); from tests.wine.install import main; main(sys.argv[1])"
DRY = ("--dry-run", "--enrolment", "https://central.example.org#ABCD-EFGH", "--no-meetings", "--no-direct-calls")


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

    def become_windows_10(self) -> None:
        """Of an edition that can be locked: Wine says of itself that it is none."""
        assert self.run("winecfg.exe", "-v", "win10").returncode == 0
        self.reg("add", VERSION_KEY, "/v", "EditionID", "/d", "Professional", "/f")

    def bilik(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """One of the commands that the setup has laid out."""
        return self.run("cmd.exe", "/c", f"{PROGRAMS}\\{command}.cmd", *words)

    def reg(self, *words: str) -> None:
        ended = self.run("reg.exe", *words)
        assert ended.returncode == 0, (words, ended.stdout + ended.stderr)

    def picture(self) -> Picture:
        return picture(self.disk, self.reg)

    def end(self) -> None:
        subprocess.run(["wineserver", "-k"], env=self.env, check=False)
        subprocess.run(["wineserver", "-w"], env=self.env, check=False, timeout=LIMIT_S)

    def restart(self) -> None:
        """Its services come with it, and must hold no pipe of a test."""
        self.end()
        nothing = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([self.wine, "wineboot"], env=self.env, check=True, timeout=LIMIT_S, **nothing)


def try_the_installer(folder: Path, wine: str, python: Path, *, whole: bool = False) -> None:
    """The service; with `whole` also setup, booth and the way back: says what was seen, and what a stand-in did."""
    pc = Pc(folder / "installed", wine, python)
    try:
        try_the_service(pc)
        if not whole:
            return
        pc.become_windows_10()
        before = pc.picture()
        try_the_setup(pc, folder)
        try_a_booth(pc, folder)
        try_the_setup_away(pc, before)
    finally:
        pc.end()


def try_the_service(pc: Pc) -> None:
    seen = pc.told("tests.wine.service", "before")
    pc.restart()
    print(f"the agent's service: {seen | pc.told('tests.wine.service', 'after')}")


def try_the_setup(pc: Pc, folder: Path) -> None:
    """Silent; its commands answer, and planning changes nothing."""
    setup = build_small_setup(folder / "setup", pc.python)
    shutil.copyfile(setup, pc.disk / "setup.exe")
    ended = pc.run("C:\\setup.exe", "/S")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (pc.disk / "setup.exe").unlink()
    assert pc.bilik("bilik-agent", "version").stdout.strip() == version()
    before = pc.picture()
    planned = pc.bilik("bilik-install", *DRY)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "This is Windows Professional" in planned.stdout, planned.stdout
    changed = difference(before, pc.picture())
    assert changed == [], changed
    lines = len(planned.stdout.splitlines())
    print(
        f"the setup: {setup.stat().st_size / 1e6:.0f} MB without the engine; a dry run of {lines} lines changed nothing"
    )


def try_a_booth(pc: Pc, folder: Path) -> None:
    """Enrolled at a real central, locked, changed, mended, rescued, given back: registry and files as they were."""
    home = folder / "central"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    central = Central(home, home)
    central.start()
    try:
        _, enrolment = central.add_terminal("Bilik 3", central.add_facility("Rutan"))
        before = pc.picture()
        pictures = there_and_back(pc, enrolment)
    finally:
        central.stop()
    planned, locked, given_back = (difference(before, pictures[name]) for name in ("planned", "locked", "given back"))
    assert planned == [], planned
    assert len(locked) > 50, locked
    assert given_back == [], given_back


def there_and_back(pc: Pc, enrolment: str) -> dict[str, Picture]:
    """What `install.py` says is printed; a picture is taken wherever it asks for one."""
    begin = BEGIN.format(root=f"Z:{ROOT}".replace("/", "\\"))
    command = [pc.wine, f"{PROGRAMS}\\python\\python.exe", "-c", begin, enrolment]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    pictures: dict[str, Picture] = {}
    with subprocess.Popen(command, env=pc.env, cwd=ROOT, text=True, **pipes) as inside:
        assert inside.stdin is not None
        assert inside.stdout is not None
        for line in inside.stdout:
            told = heard(line)
            if told is None or not told.keys() & {"look", "end"}:
                print(line, end="")
            elif "look" in told:
                pictures[told["look"]] = pc.picture()
                print(f"the booth: {told}")
            inside.stdin.write("\n")
            inside.stdin.flush()
            if told is not None and "end" in told:
                break
    assert inside.returncode == 0, "the installer in Wine ended early: see above"
    return pictures


def heard(line: str) -> dict[str, Any] | None:
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def try_the_setup_away(pc: Pc, before: Picture) -> None:
    """Everything that it has laid out goes."""
    assert pc.run(f"{PROGRAMS}\\uninstall.exe", "/S", f"_?={PROGRAMS}").returncode == 0
    stays = (
        "PendingFileRenameOperations",
        "/Program Files/Bilik/uninstall.exe",
    )  # NSIS's own, gone with the next start
    left = [one for one in difference(before, pc.picture()) if not any(name in one for name in stays)]
    assert left in ([], ["new: /Program Files/Bilik/ = a folder"]), left
    print("the setup is taken away: registry and files as they were")


if __name__ == "__main__":  # some five minutes: not in `make wine-test`
    place = ROOT / ".venv" / "wine"
    place.mkdir(parents=True, exist_ok=True)
    try_the_installer(place, shutil.which("wine64") or "wine", build(place), whole=True)
