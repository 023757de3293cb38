"""The screen a kiosk appears on: the real one where there is one, a virtual one otherwise."""

import os
import subprocess
from pathlib import Path
from typing import Protocol

import mss
import mss.tools

from tests.stage.stage import Stage


class AnyScreen(Protocol):
    """What the demo needs of a screen."""

    name: str

    def screenshot(self, path: Path) -> Path:
        """Write what is on it as a PNG."""

    def do(self, *xdotool: str | int) -> None:
        """One xdotool command line."""


class RealScreen:
    """The display of whoever runs the demo."""

    def __init__(self, name: str) -> None:
        self.name = name

    def screenshot(self, path: Path) -> Path:
        """Write what is on the screen as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with mss.MSS(display=self.name) as camera:
            shot = camera.grab(camera.monitors[0])
        mss.tools.to_png(shot.rgb, shot.size, output=str(path))
        return path

    def do(self, *xdotool: str | int) -> None:
        """One xdotool command line: `do("key", "Return")`."""
        env = {**os.environ, "DISPLAY": self.name}
        subprocess.run(["xdotool", *map(str, xdotool)], env=env, check=True, capture_output=True, timeout=20)


def a_screen(stage: Stage) -> AnyScreen:
    """The real display if DISPLAY names one, else a virtual one of this stage."""
    name = os.environ.get("DISPLAY", "")
    return RealScreen(name) if name else stage.screen()
