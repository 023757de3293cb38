"""Makes a .deb of a laid-out tree: the same bytes for the same tree, whoever builds it and when."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from installer.packaging.wheels import BuildFailed


class Control(NamedTuple):
    """What dpkg is told of a package; `description` in lines, `size_kib` of what is installed."""

    name: str
    version: str
    architecture: str
    maintainer: str
    depends: tuple[str, ...]
    recommends: tuple[str, ...]
    summary: str
    description: str


class Compression(NamedTuple):
    """Of the package's data; one thread gives the same bytes on every machine."""

    level: int = 6
    threads: int = 1


def build(tree: Path, control: Control, out: Path, *, epoch: int, compression: Compression) -> Path:
    """Write control data beside the tree's files and pack it; the path of the .deb."""
    settle(tree)
    (tree / "DEBIAN").mkdir(exist_ok=True)
    write_control(tree, control)
    stamp(tree, epoch)
    out.mkdir(parents=True, exist_ok=True)
    place = out / f"{control.name}_{control.version}_{control.architecture}.deb"
    packing = ("-Zxz", f"-z{compression.level}", f"--threads-max={compression.threads}")
    command = ["dpkg-deb", "--root-owner-group", *packing, "--build", str(tree), str(place)]
    told = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    )
    if told.returncode != 0:
        raise BuildFailed(f"dpkg-deb did not build {place.name}: {told.stderr.strip()}")
    return place


def settle(tree: Path) -> None:
    """Modes as Debian wants them, whatever the umask was: readable by all, writable by root, executable where it was."""
    for path in [tree, *tree.rglob("*")]:
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)


def write_control(tree: Path, control: Control) -> None:
    """The control file, and the sums that `dpkg --verify` compares."""
    files = sorted(
        file for file in tree.rglob("*") if file.is_file() and "DEBIAN" not in file.relative_to(tree).parts[:1]
    )
    sums = [f"{_md5(file)}  {file.relative_to(tree)}" for file in files if not file.is_symlink()]
    (tree / "DEBIAN" / "md5sums").write_text("\n".join(sums) + "\n", encoding="utf-8")
    (tree / "DEBIAN" / "control").write_text(control_text(control, installed_kib(tree)), encoding="utf-8")
    for file in (tree / "DEBIAN").iterdir():
        file.chmod(0o755 if file.name in ("postinst", "prerm", "postrm", "preinst") else 0o644)


def installed_kib(tree: Path) -> int:
    """As Debian counts: each file in whole KiB, each folder one."""
    return sum(1 if path.is_dir() else -(-path.lstat().st_size // 1024) for path in tree.rglob("*"))


def control_text(control: Control, size_kib: int) -> str:
    """The control file's text."""
    lines = [
        f"Package: {control.name}",
        f"Version: {control.version}",
        f"Architecture: {control.architecture}",
        "Section: misc",
        "Priority: optional",
        f"Maintainer: {control.maintainer}",
        f"Installed-Size: {size_kib}",
        *([f"Depends: {', '.join(control.depends)}"] if control.depends else []),
        *([f"Recommends: {', '.join(control.recommends)}"] if control.recommends else []),
        f"Description: {control.summary}",
        *(f" {line}" for line in control.description.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def stamp(tree: Path, epoch: int) -> None:
    """Every file has the time of the newest commit."""
    for path in [*tree.rglob("*"), tree]:
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _md5(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
