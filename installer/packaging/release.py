"""Puts the built packages of one version together as a release, ready to be signed: `make package PARTS=release`."""

import hashlib
import shutil
from pathlib import Path

import msgspec

from installer.packaging.recipe import AGENT_PACKAGE, ENGINE_PACKAGE, ENGINE_VERSION
from installer.packaging.wheels import BuildFailed
from protocol.release import MANIFEST, Release, ReleasedPackage


def make_release(dist: Path, version: str) -> Path:
    """The folder with the packages and what is to be signed; a signature from before is removed with it."""
    folder = dist / "releases" / version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    held = ((ENGINE_PACKAGE.name, ENGINE_VERSION), (AGENT_PACKAGE.name, version))
    release = Release(version=version, packages=tuple(_taken(name, of, dist, folder) for name, of in held))
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(release), indent=1) + b"\n")
    return folder


def _taken(name: str, version: str, dist: Path, folder: Path) -> ReleasedPackage:
    package = dist / f"{name}_{version}_amd64.deb"
    if not package.exists():
        raise BuildFailed(f"{package} is not built yet: run `make package` first")
    shutil.copyfile(package, folder / package.name)
    with package.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ReleasedPackage(name=name, version=version, file=package.name, sha256=sha256, bytes=package.stat().st_size)
