"""The file of a copy: a zip with `manifest.json` and the data, for our account alone, there wholly or not at all."""

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

from central.backup.manifest import Manifest, decode, encode
from central.store.impossible import Impossible

MANIFEST, DATA = "manifest.json", "data"
_PIECE = 1 << 20


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def private(path: Path) -> Path:
    """An empty file that nobody else can read; raises FileExistsError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def pack(manifest: Manifest, data: Path, target: Path) -> None:
    """Write the file beside its place, then put it there."""
    part = private(target.with_name(f"{target.name}.part"))
    try:
        with part.open("r+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
                packed.writestr(MANIFEST, encode(manifest))
                packed.write(data, DATA)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def read_manifest(source: Path) -> Manifest:
    """What a file says of itself; raises Impossible for what is no backup of ours."""
    try:
        with zipfile.ZipFile(source) as packed:
            return decode(packed.read(MANIFEST))
    except FileNotFoundError as error:
        raise Impossible(f"{source}: there is no such file") from error
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise Impossible(f"{source}: this is no backup of bilik-central, or it is damaged ({error})") from error


def unpack(source: Path, target: Path) -> None:
    """The data into a new private file, checked against the manifest; raises Impossible for a damaged one."""
    private(target)
    try:
        with zipfile.ZipFile(source) as packed, packed.open(DATA) as found, target.open("wb") as file:
            shutil.copyfileobj(found, file, _PIECE)
    except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise Impossible(f"{source}: the backup is damaged ({error})") from error
    if digest(target) != read_manifest(source).sha256:
        raise Impossible(f"{source}: the backup is damaged: its data are not what they were when it was made")
