"""A Python for Windows in a folder, put together from a wheel that carries one: there is no installer for it here."""

import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
COMPILER, INSPECTOR = "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objdump"
LAUNCHER = """
#include <windows.h>
int wmain(int count, wchar_t **words) {
    int (*run)(int, wchar_t **) = (void *)GetProcAddress(LoadLibraryW(L"python311.dll"), "Py_Main");
    return run ? run(count, words) : 99;
}
"""
TARGET = (
    "--platform=win_amd64",
    "--python-version=311",
    "--implementation=cp",
    "--abi=cp311",
    "--abi=abi3",
    "--abi=none",
)
NOT_NEEDED = shutil.ignore_patterns(
    "lib-dynload", "site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib"
)


def build(folder: Path) -> Path:
    """The path of python.exe, put together on the first call only."""
    program = folder / "python" / "python.exe"
    if program.exists():
        _forward(program.parent)
        return program
    wheels = folder / "wheels"
    download = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    places = (f"--dest={wheels}", f"--requirement={HERE / 'python.txt'}")
    subprocess.run([sys.executable, *download, *TARGET, "--only-binary=:all:", *places], check=True)
    root = program.parent
    for wheel in sorted(wheels.glob("*.whl")):
        _unpack(wheel, root)
    shutil.copytree(sysconfig.get_path("stdlib"), root / "Lib", ignore=NOT_NEEDED, dirs_exist_ok=True)
    _compile(program)
    _forward(root)
    return program


def _unpack(wheel: Path, root: Path) -> None:
    """Of the interpreter's wheel only the interpreter: libraries beside python.exe, modules in DLLs; the others are packages."""
    carries_python = wheel.name.startswith("panda3d-")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not carries_python:
                archive.extract(name, root / "Lib" / "site-packages")
            elif name.startswith("deploy_libs/") and name.endswith((".dll", ".pyd")):
                place = root / ("DLLs" if name.endswith(".pyd") else "") / Path(name).name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(name))


def _compile(program: Path) -> None:
    source = program.with_suffix(".c")
    source.write_text(LAUNCHER, encoding="utf-8")
    subprocess.run([COMPILER, "-municode", "-O1", "-o", str(program), str(source)], check=True)


def _forward(root: Path) -> None:
    """python3.dll, which wheels for every Python 3 are linked to: each of its names leads to python311.dll."""
    if (root / "python3.dll").exists():
        return
    table = subprocess.run(
        [INSPECTOR, "-p", str(root / "python311.dll")], capture_output=True, text=True, check=True
    ).stdout.partition("[Ordinal/Name Pointer] Table")[2]
    names = re.findall(r"\[ *\d+\](?: \+base\[ *\d+\])?(?: +[0-9a-f]{4})? (_?Py\w+)", table)
    definitions = root / "python3.def"
    lines = ["LIBRARY python3", "EXPORTS", *(f"  {name}=python311.{name}" for name in names)]
    definitions.write_text("\n".join(lines) + "\n", encoding="ascii")
    subprocess.run([COMPILER, "-shared", "-nostdlib", "-o", str(root / "python3.dll"), str(definitions)], check=True)
