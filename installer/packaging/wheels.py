"""Fetches the locked wheels of a package once, checks what they ask of the system, and lays them out as folders."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from installer.packaging.recipe import NEWEST_GLIBC, SOURCE_ONLY

DONE = ".complete"
TESTS = ("test", "tests")
NOT_SHIPPED = ("scripts", "data", "headers")
"""Parts of a wheel's .data folder that no booth needs: commands, manuals, C headers."""


class BuildFailed(Exception):
    """A package cannot be built; says what is wrong and what to do."""


class Distribution(NamedTuple):
    """One downloaded wheel or source archive; `name` in its normal form."""

    name: str
    file: Path


def fetch(lock: Path, cache: Path, *options: str) -> list[Distribution]:
    """Download what `lock` pins, by its hashes, into a folder of its own in `cache`, unless it is there; in order of name."""
    folder = cache / f"{lock.stem}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not (folder / DONE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _download(lock, folder, options)
        (folder / DONE).touch()
    files = [file for file in folder.iterdir() if file.name != DONE]
    return sorted(Distribution(normal_name(file.name.split("-")[0]), file) for file in files)


def _download(lock: Path, folder: Path, options: tuple[str, ...]) -> None:
    """Source archives are unpacked by us: pip runs their setup.py for their name only, and nothing it makes is packed."""
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    kinds = ("--only-binary=:all:", *(f"--no-binary={name}" for name in SOURCE_ONLY), "--use-pep517")
    command = (*pip, "--require-hashes", *(options or kinds), f"--requirement={lock}", f"--dest={folder}")
    if subprocess.run(command, check=False).returncode != 0:
        raise BuildFailed(
            f"{lock}: not everything it pins could be fetched; see above, then run the same command again"
        )


def normal_name(text: str) -> str:
    """A distribution's name as lock files write it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def lay_out(distribution: Distribution, root: Path) -> None:
    """Put the distribution's packages and its metadata below `root`; nothing of it is run."""
    if distribution.file.suffix == ".whl":
        refuse_newer_glibc(distribution.file.name)
        _unpack_wheel(distribution.file, root)
    else:
        _unpack_source(distribution, root)


def refuse_newer_glibc(wheel: str) -> None:
    """Raise BuildFailed if none of the wheel's tags fits the oldest system it is for."""
    asked = [(int(major), int(minor)) for major, minor in re.findall(r"manylinux_(\d+)_(\d+)_", wheel)]
    if asked and min(asked) > NEWEST_GLIBC:
        raise BuildFailed(f"{wheel} needs glibc {min(asked)}; pin a version with a wheel for Debian 12")


def _unpack_wheel(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            place = None if entry.is_dir() else place_of(entry.filename)
            if place is None:
                continue
            target = root / place
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            if entry.external_attr >> 16 & 0o100 and not target.suffix:  # a program; libraries and modules are none
                target.chmod(0o755)


def place_of(name: str) -> PurePosixPath | None:
    """Where a file of a wheel belongs; None if it is left out. Raises BuildFailed for a path that leads outside."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise BuildFailed(f"a wheel holds {name}, which leads out of its folder; do not use it")
    if not path.parts[0].endswith(".data"):
        is_left_out = path.name in ("RECORD", "INSTALLER") or (len(path.parts) > 1 and path.parts[1] in TESTS)
        return None if is_left_out else path
    if path.parts[1] in NOT_SHIPPED:
        return None
    return PurePosixPath(*path.parts[2:])


def _unpack_source(distribution: Distribution, root: Path) -> None:
    """The one folder that is the package, and its metadata under the name that importlib looks for."""
    package = SOURCE_ONLY.get(distribution.name)
    if package is None:
        raise BuildFailed(f"{distribution.file.name} is no wheel; say in recipe.py which folder of it is the package")
    with tarfile.open(distribution.file) as archive:
        for entry in archive.getmembers():
            inside = PurePosixPath(*PurePosixPath(entry.name).parts[1:])
            held = archive.extractfile(entry) if entry.isfile() else None
            target = _source_place(inside, package, distribution)
            if held is None or target is None:
                continue
            (root / target).parent.mkdir(parents=True, exist_ok=True)
            (root / target).write_bytes(held.read())


def _source_place(inside: PurePosixPath, package: str, distribution: Distribution) -> PurePosixPath | None:
    version = distribution.file.name.removesuffix(".tar.gz").rsplit("-", 1)[1]
    metadata = PurePosixPath(f"{package}-{version}.dist-info")
    if inside == PurePosixPath("PKG-INFO"):
        return metadata / "METADATA"
    if len(inside.parts) == 1 and inside.name.upper().startswith(("LICENSE", "COPYING")):
        return metadata / inside.name
    return inside if inside.parts and inside.parts[0] == package and ".." not in inside.parts else None
