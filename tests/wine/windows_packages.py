"""The agent's own locked packages for Windows, and pytest, in a folder beside the Python under Wine; the web engine is left out."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from installer.packaging.recipe import ENGINE
from tests.wine.windows_python import TARGET

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
NOT_HERE = ENGINE | {"clr-loader", "pythonnet"}
"""Of the window and of pywebview's other renderers: Qt is large, and Wine has no .NET."""
TRIED_WITH = frozenset({"iniconfig", "packaging", "pluggy", "pygments", "pytest", "pytest-timeout"})


def lay_out_packages(folder: Path) -> Path:
    """The folder to put on PYTHONPATH; fetched on the first call and whenever a lock has changed."""
    wanted = "".join(
        [
            *_blocks(REQUIREMENTS / "windows.txt", lambda name: name not in NOT_HERE),
            *_blocks(REQUIREMENTS / "dev.txt", lambda name: name in TRIED_WITH - {"packaging"}),
        ]
    )
    place, told = folder / "packages", folder / "packages.txt"
    if told.exists() and told.read_text(encoding="utf-8") == wanted:
        return place
    wheels = folder / "package-wheels"
    told.with_suffix(".new").write_text(wanted, encoding="utf-8")
    download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    places = (f"--dest={wheels}", f"--requirement={told.with_suffix('.new')}")
    subprocess.run([sys.executable, *download, *TARGET, "--only-binary=:all:", *places], check=True)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
    told.with_suffix(".new").replace(told)
    return place


def _blocks(lock: Path, is_wanted: Callable[[str], bool]) -> list[str]:
    """Each distribution of the lock with its hashes, as it stands there."""
    blocks = re.findall(r"^(?:[A-Za-z0-9][^\n]*\n)(?: [^\n]*\n)*", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [block for block in blocks if is_wanted(re.split(r"[=\[; ]", block)[0].lower())]
