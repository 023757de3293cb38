"""`make wine-test`: registry and key guard of Windows, the real ones, under Wine on a virtual screen; skips in words without Wine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.screen import VirtualScreen
from tests.stage.waiting import pause, wait_for
from tests.wine.booth import try_the_booth, try_the_contracts, wine_booth
from tests.wine.installing import try_the_installer
from tests.wine.windows_packages import lay_out_packages
from tests.wine.windows_python import COMPILER, build

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv" / "wine"
HELD = (
    "super",
    "super+r",
    "alt+Tab",
    "alt+Escape",
    "alt+F4",
    "ctrl+Escape",
    "ctrl+shift+Escape",
    "F1",
    "F11",
    "Menu",
    "ctrl+o",
)
CHORD = tuple(f"ctrl+alt+shift+{letter}" for letter in "bilik")


class Smoke:
    """The guard in Wine, asked word by word."""

    def __init__(self, screen: VirtualScreen, wine: str, python: Path) -> None:
        self.screen = screen
        env = {
            **screen.env,
            "WINEPREFIX": str(FOLDER / "prefix"),
            "WINEDEBUG": "-all",
            "PYTHONPATH": f"Z:{ROOT}".replace("/", "\\"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.process = subprocess.Popen(
            [wine, str(python), "-m", "tests.wine.smoke"],
            env=env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.env = env

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the guard in Wine has ended: {self.process.stderr and self.process.stderr.read()}"
        return dict(json.loads(line))

    def ask(self, word: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.hear()

    def type(self, text: str) -> None:
        """Until the window has it: Wine hands the keyboard over some time after the window is there."""
        before = self.ask("text")["text"]
        assert before is not None, "the program has gone"
        self.screen.do("key", *text)
        wait_for(
            lambda: self.ask("text")["text"] == before + text,
            within_s=5,
            what=f"{text!r} after {before!r}",
            every_s=0.1,
        )

    def end(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(20)
        subprocess.run(["wineserver", "-k"], env=self.env, check=False)


def has_the_keyboard(screen: VirtualScreen) -> bool:
    """Give Notepad the keyboard; false while it is not there, or not on the screen yet."""
    notepad = screen.find("Notepad") or screen.find("Untitled - Notepad")
    if notepad is None:
        return False
    try:
        screen.do("windowfocus", notepad)
    except subprocess.CalledProcessError:
        return False
    return True


def try_it(smoke: Smoke) -> None:
    """What a technician would try with their fingers."""
    first = smoke.hear()
    assert first["held"] > 100, first
    print(f"armed: {first}")
    wait_for(lambda: has_the_keyboard(smoke.screen), within_s=20, what="Notepad on the screen", every_s=0.1)
    smoke.type("hi")
    smoke.screen.do("key", *HELD)
    pause(0.5)
    smoke.type("there")
    after = smoke.ask("text")
    print(f"held: {after}")
    assert after["text"] == "hithere"
    assert len(after["attempts"]) == len(HELD) + 1, "Windows+R is two"
    try_the_chord_and_a_lost_hook(smoke)
    try_without_the_guard(smoke)


def try_the_chord_and_a_lost_hook(smoke: Smoke) -> None:
    """The technician's way in, and a hook that Windows takes away in silence."""
    smoke.screen.do("key", *CHORD)
    wait_for(lambda: smoke.ask("text")["chords"] == 1, within_s=3, what="the technician's chord", every_s=0.1)
    before = len(smoke.ask("robbed")["facts"])
    wait_for(
        lambda: len(smoke.ask("text")["facts"]) >= before + 2,
        within_s=10,
        what="a lost hook to be told and healed",
        every_s=0.1,
    )
    print(f"a hook that was taken away: {smoke.ask('text')['facts']}")


def try_without_the_guard(smoke: Smoke) -> None:
    """What was held works again: the attempts before counted."""
    smoke.screen.do("key", "alt+F4")
    pause(0.5)
    smoke.type("again")
    smoke.ask("free")
    smoke.screen.do("key", "ctrl+a", "BackSpace")
    wait_for(
        lambda: smoke.ask("text")["text"] == "",
        within_s=5,
        what="a chord to come through without the guard",
        every_s=0.1,
    )
    smoke.screen.do("key", "alt+F4")
    wait_for(
        lambda: smoke.ask("text")["text"] is None, within_s=5, what="Alt+F4 to work without the guard", every_s=0.1
    )


def try_the_registry(smoke: Smoke, wine: str, python: Path) -> None:
    """Windows' own registry keeps the contract of the one in memory."""
    command = [wine, str(python), "-m", "tests.wine.registry"]
    ended = subprocess.run(
        command, env=smoke.env, cwd=ROOT, input="", capture_output=True, text=True, timeout=240, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    print(f"the registry: {json.loads(ended.stdout)}")


def try_a_whole_booth(wine: str, python: Path) -> None:
    """Agent and shell on their pipe, with a central beside them; pictures and words in out/wine."""
    home = ROOT / "out" / "wine"
    shutil.rmtree(home, ignore_errors=True)
    packages = lay_out_packages(FOLDER)
    places = ";".join(f"Z:{place}".replace("/", "\\") for place in (ROOT, packages))

    def start(*words: str) -> list[str]:
        return [wine, str(python), *words]

    with VirtualScreen(1024, 768) as screen:
        env = {**screen.env, "WINEPREFIX": str(FOLDER / "prefix"), "WINEDEBUG": "-all", "PYTHONPATH": places}
        try:
            try_the_contracts(start, env, ROOT)
            with wine_booth(start, env, ROOT, home) as booth:
                try_the_booth(booth, screen, home)
        finally:
            subprocess.run(["wineserver", "-k"], env=env, check=False)


def main() -> None:
    """Exit 0 when it worked or cannot be tried here, with the reason."""
    wine = shutil.which("wine64") or shutil.which("wine")
    missing = [name for name in ("Xvfb", "xdotool", COMPILER) if shutil.which(name) is None]
    if wine is None or missing:
        print(
            f"not tried: {', '.join(['wine', *missing] if wine is None else missing)} not found (Debian: wine wine64 gcc-mingw-w64-x86-64)"
        )
        return
    if sys.version_info[:2] != (3, 11):
        print("not tried: the Python that is put under Wine needs the library of Python 3.11")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    python = build(FOLDER)
    os.environ.setdefault("WINEARCH", "win64")
    try_the_installer(FOLDER, wine, python)
    with VirtualScreen(800, 600, window_manager=True) as screen:
        smoke = Smoke(screen, wine, python)
        try:
            try_the_registry(smoke, wine, python)
            try_it(smoke)
        finally:
            smoke.end()
    try_a_whole_booth(wine, python)
    print(
        "the registry keeps its contract; the keys of Windows under Wine: held, counted, healed, and free without the guard"
    )


if __name__ == "__main__":
    main()
