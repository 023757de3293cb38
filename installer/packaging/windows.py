"""Builds the installer for Windows: a Python, the locked wheels and our programs in one NSIS program."""

import hashlib
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from installer.packaging.licences import entries, listed
from installer.packaging.recipe import AGENT_PACKAGE, ENGINE
from installer.packaging.stage import COPYRIGHT, ENGINE_COPYRIGHT, ROOT, Edition, copy_module, write_metadata
from installer.packaging.trim import WINDOWS, trim
from installer.packaging.wheels import BuildFailed, Distribution, fetch, lay_out

SCRIPT = Path(__file__).parent / "windows_setup" / "bilik.nsi"
LOCK = ROOT / "requirements" / "windows.txt"
TARGET = (
    *("--platform=win_amd64", "--python-version=311", "--implementation=cp"),
    *("--abi=cp311", "--abi=abi3", "--abi=none", "--use-pep517"),
)
FETCH_LIMIT_S = 120


class NotFetched(BuildFailed):
    """The Python for Windows is out of reach; what else is built does not hang on it."""


class Runtime(NamedTuple):
    """The CPython that is packed: where python.org has it, and what it must be."""

    address: str
    sha256: str


PYTHON = Runtime(
    address="https://www.python.org/ftp/python/3.11.9/python-3.11.9-embed-amd64.zip",
    sha256="009d6bf7e3b2ddca3d784fa09f90fe54336d5b60f0e0f305c37f400bf83cfd3b",
)
"""The last of 3.11 that python.org built for Windows."""


def build_setup(edition: Edition, out: Path, cache: Path, *, python: Path | None, small: bool) -> Path:
    """Lay everything out and let makensis pack it; `python`: a folder with a Python for Windows, instead of PYTHON.

    `small`: packed as well as it goes, which takes minutes.
    """
    tree = ROOT / "build" / "package" / "windows"
    lay_out_all(edition, cache, tree, python=python, lock=LOCK)
    before, after = trim(tree / "engine", WINDOWS)
    sys.stdout.write(f"the engine for Windows: {before / 1e6:.0f} MB in its wheels, {after / 1e6:.0f} MB packed\n")
    return pack(edition, out, tree, small=small)


def lay_out_all(edition: Edition, cache: Path, tree: Path, *, python: Path | None, lock: Path) -> None:
    """A new `tree` with what the setup installs; `lock`: the wheels."""
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "agent").mkdir(parents=True)
    (tree / "engine").mkdir()
    lay_out_python(python, cache, tree / "python")
    lay_out_programs(edition, fetch(lock, cache, *TARGET), tree)


def pack(edition: Edition, out: Path, tree: Path, *, small: bool) -> Path:
    """The setup that installs `tree`; raises BuildFailed."""
    if shutil.which("makensis") is None:
        raise BuildFailed("makensis is not installed: apt install nsis")
    out.mkdir(parents=True, exist_ok=True)
    place = out / f"bilik-agent-setup-{edition.version}.exe"
    given = {"VERSION": edition.version, "SOURCE": str(tree), "OUT": str(place), "PACKING": "lzma" if small else "zlib"}
    words = (f"-D{name}={value}" for name, value in given.items())
    command = ["makensis", "-V2", "-INPUTCHARSET", "UTF8", *words, str(SCRIPT)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise BuildFailed(f"makensis did not build {place.name}: {(told.stdout + told.stderr).strip()}")
    return place


def lay_out_python(given: Path | None, cache: Path, place: Path) -> None:
    """The interpreter, and the one file that says where it looks for code: nothing outside this folder counts."""
    if given is None:
        with zipfile.ZipFile(_fetched(PYTHON, cache)) as archive:
            archive.extractall(place)
    else:
        shutil.copytree(given, place, ignore=shutil.ignore_patterns("site-packages", "__pycache__", "*.c"))
    if not (place / "python.exe").exists():
        raise BuildFailed(f"{given or PYTHON.address} holds no python.exe: give a folder with a Python for Windows")
    own = [name for name in ("python311.zip", "Lib", "DLLs") if (place / name).exists()]
    lines = [*own, ".", "..\\agent", "..\\engine"]
    (place / "python311._pth").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _fetched(runtime: Runtime, cache: Path) -> Path:
    place = cache / runtime.address.rpartition("/")[2]
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            with urllib.request.urlopen(runtime.address, timeout=FETCH_LIMIT_S) as answer:  # noqa: S310 - https, named above
                place.write_bytes(answer.read())
        except OSError as error:
            raise NotFetched(
                f"{runtime.address} cannot be fetched ({error}): fetch it elsewhere and put it at {place}, "
                "or give a folder with a Python for Windows by --windows-python"
            ) from error
    found = hashlib.sha256(place.read_bytes()).hexdigest()
    if found != runtime.sha256:
        raise BuildFailed(f"{place} is not what windows.py names (sha256 {found}): remove it and run the same again")
    return place


def lay_out_programs(edition: Edition, held: Iterable[Distribution], tree: Path) -> None:
    """Wheels and our own packages, the commands that start them, and whose work they are."""
    for distribution in held:
        lay_out(distribution, tree / ("engine" if distribution.name in ENGINE else "agent"))
    for module in AGENT_PACKAGE.modules:
        copy_module(module, tree / "agent")
    write_metadata(tree / "agent", edition.version)
    for dll in (tree / "agent" / "pywin32_system32").glob("*.dll"):
        shutil.copy(dll, tree / "python")
    for program in AGENT_PACKAGE.programs:
        text = f'@"%~dp0python\\python.exe" -m {program.module} %*\r\n'
        (tree / f"{program.command}.cmd").write_bytes(text.encode("ascii"))
    found = sorted({*entries(tree / "agent"), *entries(tree / "engine")})
    (tree / "licences.txt").write_text(listed(found), encoding="utf-8", newline="\r\n")
    (tree / "copyright.txt").write_text(COPYRIGHT + ENGINE_COPYRIGHT, encoding="utf-8", newline="\r\n")
