"""`python -m tests.wine.engine build/package/windows/engine` says whether the web engine for Windows loads under Wine.

Two libraries of Windows 10 are missing in Wine 8 and are put in the engine's place by stubs of our own: icuuc.dll and
bcryptprimitives.dll. With them all of Qt loads, makes its profile and its page; a page was never seen to be drawn.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.screen import VirtualScreen
from tests.wine.windows_packages import lay_out_packages
from tests.wine.windows_python import COMPILER, build

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".venv" / "wine"
STUBS = {"icuuc": (), "bcryptprimitives": ("-ladvapi32",)}
MODULES = ("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtWebEngineCore", "QtWebEngineWidgets")
LOAD = "import importlib\nfor name in {modules}:\n    importlib.import_module('PySide6.' + name)\n    print('loads:', name, flush=True)"


def stubbed(engine: Path, place: Path) -> Path:
    """The engine by links, with the stubs beside its libraries."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(engine.resolve(), place, copy_function=os.symlink)
    for name, libraries in STUBS.items():
        made = ["-shared", "-O1", "-o", str(place / "PySide6" / f"{name}.dll"), str(HERE / f"{name}.c")]
        subprocess.run([COMPILER, *made, *libraries], check=True)
    return place


def main() -> None:
    """Say which modules load; exit 1 at the first that does not."""
    wine = shutil.which("wine64") or shutil.which("wine") or "/usr/lib/wine/wine64"
    place = stubbed(Path(sys.argv[1]), FOLDER / "engine")
    python = build(FOLDER)
    shutil.copy(place / "PySide6" / "bcryptprimitives.dll", python.parent)  # asked for by name alone, at run time
    paths = ";".join(f"Z:{one}".replace("/", "\\") for one in (ROOT, lay_out_packages(FOLDER), place))
    with VirtualScreen(1024, 768) as screen:
        env = {**screen.env, "WINEPREFIX": str(FOLDER / "prefix"), "WINEDEBUG": "-all", "PYTHONPATH": paths}
        words = [wine, str(python), "-c", LOAD.format(modules=MODULES)]
        ended = subprocess.run(words, env=env, input="", text=True, capture_output=True, timeout=300, check=False)
    print(ended.stdout + ended.stderr[-2000:])
    sys.exit(0 if ended.returncode == 0 else 1)


if __name__ == "__main__":
    main()
