"""Lays out what a package installs: the Python tree, its runtime, its commands, manual pages and documents."""

import gzip
import io
import shutil
import subprocess
import tarfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple

from installer.packaging.licences import entries, listed
from installer.packaging.recipe import Program, Recipe
from installer.packaging.wheels import BuildFailed, Distribution, lay_out

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "debian"
HOME = "usr/lib/bilik"
NOT_INSTALLED = ("installer/packaging/",)
MAINTAINER = "Bilik <bilik@bilik.example>"
COPYRIGHT = """Bilik, the call booths of a prison.

Copyright 2026 the people who write Bilik, for its own files. No licence has been
published with them: ask whoever gave you this package what you may do with it.

This package also holds work of others, each under its own licence. licences.txt, in the
same folder, names every one with its version, licence and address; where it came with the
licence's text, that lies in the folder NAME-VERSION.dist-info below /usr/lib/bilik.
"""
ENGINE_COPYRIGHT = """
Qt and its Python binding (PySide6, Shiboken) are used under the GNU Lesser General Public
License version 3, see /usr/share/common-licenses/LGPL-3. They are separate shared libraries
below /usr/lib/bilik/engine and may be replaced by other builds of the same version. Their
source is at https://download.qt.io. Qt WebEngine holds Chromium, whose parts and licences
are listed at https://doc.qt.io/qt-6/qtwebengine-licensing.html.
"""
"""What the licences of third parties ask to be said; the lists beside it are made from their metadata."""


class Edition(NamedTuple):
    """Which state of the sources this is: its version, and the second its newest commit was made in."""

    version: str
    epoch: int


def stage(recipe: Recipe, edition: Edition, held: list[Distribution], tree: Path) -> None:
    """Fill `tree`, a new folder, with everything the package installs."""
    home = tree / HOME / recipe.tree
    home.mkdir(parents=True)
    for distribution in held:
        lay_out(distribution, home)
    for module in recipe.modules:
        copy_module(module, home)
    (home / "VERSION").write_text(f"{edition.version}\n", encoding="utf-8")
    if recipe.programs:
        write_metadata(home, edition.version)
        write_runtime(recipe, home)
    for program in recipe.programs:
        write_command(recipe, program, tree)
        write_manual(program, edition, tree)
    write_documents(recipe, edition, home, tree)
    if (DATA / recipe.name).is_dir():
        shutil.copytree(DATA / recipe.name, tree, dirs_exist_ok=True)


def copy_module(module: str, home: Path) -> None:
    """Our own package as the newest commit has it, with its data; what only builds packages stays behind."""
    with tarfile.open(fileobj=io.BytesIO(committed("archive", "--format=tar", "HEAD", "--", module))) as archive:
        for entry in archive.getmembers():
            held = archive.extractfile(entry) if entry.isfile() else None
            if held is not None and not entry.name.startswith(NOT_INSTALLED):
                place = home / entry.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(held.read())


def committed(*question: str) -> bytes:
    """What git answers of the newest commit: changes that are not committed yet are in no package."""
    told = subprocess.run(["git", *question], cwd=ROOT, capture_output=True, check=False)
    if told.returncode != 0:
        raise BuildFailed(f"git {' '.join(question)} in {ROOT}: {told.stderr.decode().strip()}; build from a clone")
    return told.stdout


def write_metadata(home: Path, version: str) -> None:
    """What importlib.metadata reads: the version that `bilik-agent version` says."""
    folder = home / f"bilik-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bilik\nVersion: {version}\n", encoding="utf-8")


def write_runtime(recipe: Recipe, home: Path) -> None:
    """A Python of its own over the system's: only these trees are on its path, and the programs it starts have the same."""
    runtime = home / "runtime"
    packages = runtime / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (runtime / "bin").mkdir()
    (runtime / "bin" / "python3").symlink_to("../../../../../bin/python3.11")
    (runtime / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n", encoding="utf-8")
    paths = (f"/{HOME}/{recipe.tree}", *recipe.paths)
    (packages / "bilik.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")


def write_command(recipe: Recipe, program: Program, tree: Path) -> None:
    """A command that starts its module and looks nowhere else: not in the folder it is called in, not in anybody's home."""
    python = f"/{HOME}/{recipe.tree}/runtime/bin/python3"
    text = f'#!/bin/sh\nexport PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1\nexec {python} -I -m {program.module} "$@"\n'
    place = tree / "usr" / "bin" / program.command
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    place.chmod(0o755)


def write_manual(program: Program, edition: Edition, tree: Path) -> None:
    """A page that says what it is and where the rest is written."""
    name = program.command
    text = (
        f'.TH {name.upper()} 1 "" "bilik {edition.version}"\n.SH NAME\n{name} \\- {program.sentence}\n'
        f".SH SYNOPSIS\n.B {name}\n.RB [ \\-\\-help ]\n.I ...\n.SH DESCRIPTION\n"
        f'All commands and options are listed by\n.BR "{name} \\-\\-help" .\n'
        "Operators find the rest in\n.IR operations.md.gz\nbelow\n.IR /usr/share/doc .\n"
    )
    write_gzip(tree / "usr/share/man/man1" / f"{name}.1.gz", text)


def write_documents(recipe: Recipe, edition: Edition, home: Path, tree: Path) -> None:
    """Licences, changes, and the operators' page where there is a program."""
    doc = tree / "usr/share/doc" / recipe.name
    doc.mkdir(parents=True)
    found = entries(home)
    (doc / "licences.txt").write_text(listed(found), encoding="utf-8")
    (doc / "copyright").write_text(COPYRIGHT + (ENGINE_COPYRIGHT if recipe.tree == "engine" else ""), encoding="utf-8")
    stamp = format_datetime(datetime.fromtimestamp(edition.epoch, UTC))
    change = f"{recipe.name} ({edition.version}) stable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- {MAINTAINER}  {stamp}\n"
    write_gzip(doc / "changelog.gz", change)
    if recipe.programs:
        write_gzip(doc / "CHANGELOG.md.gz", committed("show", "HEAD:CHANGELOG.md").decode())
        write_gzip(doc / "operations.md.gz", committed("show", "HEAD:docs/operations.md").decode())
    if recipe.tree == "central":
        write_gzip(doc / "operations" / "server.md.gz", committed("show", "HEAD:docs/operations/server.md").decode())
        write_examples(doc / "examples")


def write_examples(folder: Path) -> None:
    """What a server needs beside the package, as files to copy."""
    folder.mkdir()
    for name in committed("ls-tree", "--name-only", "HEAD:docs/examples").decode().split():
        (folder / name).write_bytes(committed("show", f"HEAD:docs/examples/{name}"))


def write_gzip(place: Path, text: str) -> None:
    """The same bytes for the same text, whenever and under whatever name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(text.encode())
    place.write_bytes(packed.getvalue())
