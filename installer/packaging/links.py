"""Which shared libraries a program or library names, and which of a tree's files are reached from some of them."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from installer.packaging.wheels import BuildFailed

Needed = dict[Path, frozenset[str]]


def is_elf(file: Path) -> bool:
    """Whether this is a program or a library of Linux."""
    return _begins_with(file, b"\x7fELF")


def is_pe(file: Path) -> bool:
    """Whether this is a program or a library of Windows."""
    return file.suffix.lower() in (".dll", ".exe", ".pyd") and _begins_with(file, b"MZ")


def _begins_with(file: Path, magic: bytes) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(len(magic)) == magic


def needed(files: Iterable[Path]) -> Needed:
    """The libraries each of these files of Linux names (DT_NEEDED)."""
    return {file: frozenset(_between_brackets(_told("readelf", "-dW", file))) for file in files}


def needed_on_windows(files: Iterable[Path]) -> Needed:
    """The libraries each of these files of Windows names, in small letters as Windows compares them."""
    found = {}
    for file in files:
        lines = _told("objdump", "-p", file).splitlines()
        names = (line.partition("DLL Name:")[2].strip() for line in lines if "DLL Name:" in line)
        found[file] = frozenset(name.lower() for name in names)
    return found


def _told(program: str, option: str, file: Path) -> str:
    told = subprocess.run([program, option, str(file)], capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise BuildFailed(f"{program} cannot read {file}: {told.stderr.strip()}")
    return told.stdout


def _between_brackets(text: str) -> Iterable[str]:
    return (line.partition("[")[2].partition("]")[0] for line in text.splitlines() if "(NEEDED)" in line)


def reached(roots: Iterable[Path], names: Mapping[Path, frozenset[str]], *, any_case: bool = False) -> set[Path]:
    """The roots and every file of the tree that they need, directly or not; what lies outside the tree is left out."""
    by_name = {file.name.lower() if any_case else file.name: file for file in names}
    todo, seen = list(roots), set[Path]()
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo += [by_name[name] for name in names[file] if name in by_name]
    return seen


def from_outside(names: Mapping[Path, frozenset[str]]) -> set[str]:
    """The libraries that the system must have: named by some file and carried by none."""
    carried = {file.name for file in names}
    return {name for wanted in names.values() for name in wanted} - carried
