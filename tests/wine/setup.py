"""The setup for Windows as it is built for a booth, without the web engine, which does not load under Wine."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from installer.packaging.recipe import ENGINE
from installer.packaging.stage import Edition
from installer.packaging.wheels import normal_name
from installer.packaging.windows import LOCK, lay_out_all, pack
from tests.wine.windows_python import COMPILER

ROOT = Path(__file__).resolve().parents[2]
TOLD = "x86_64-w64-mingw32-objdump"
EXPORTED = re.compile(r"^\s*\[\s*\d+\]\s+(?:\+base\[\s*\d+\]\s+[0-9a-f]+\s+)?(\w+)$", re.MULTILINE)


def version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def build_small_setup(folder: Path, python: Path) -> Path:
    """`python`: the python.exe to pack; the setup's place."""
    given = folder / "python-to-pack"
    if not (given / "python3.dll").exists():
        shutil.rmtree(given, ignore_errors=True)
        shutil.copytree(python.parent, given, ignore=shutil.ignore_patterns("site-packages", "*.c"))
        shutil.copyfile(given / "python.exe", given / "pythonw.exe")
        forward(given)
    lock = folder / "without-engine.txt"
    lock.write_text(without_engine(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    edition = Edition(version(), 0)
    tree = folder / "setup-tree"
    lay_out_all(edition, folder / "setup-wheels", tree, python=given, lock=lock)
    return pack(edition, folder / "setup", tree, small=False)


def without_engine(lock: str) -> str:
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    return "".join(one for one in blocks if normal_name(one.partition("==")[0]) not in ENGINE)


def forward(place: Path) -> None:
    """python3.dll, which wheels for every version of Python load, is not in the wheel that carries our Python: one that passes on."""
    told = subprocess.run([TOLD, "-p", str(place / "python311.dll")], capture_output=True, text=True, check=True)
    names = EXPORTED.findall(told.stdout.partition("[Ordinal/Name Pointer] Table")[2])
    assert len(names) > 1000, told.stdout[-2000:]
    rows = "".join(f"  {name}=python311.{name}\n" for name in names)
    (place / "python3.def").write_text(f"LIBRARY python3\nEXPORTS\n{rows}", encoding="ascii")
    made = [COMPILER, "-shared", "-nostdlib", "-o", str(place / "python3.dll"), str(place / "python3.def")]
    subprocess.run(made, check=True)
    (place / "python3.def").unlink()
