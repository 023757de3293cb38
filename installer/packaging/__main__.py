"""`python -m installer.packaging`: the packages of this state of the sources, into dist/."""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from installer.packaging.deb import Compression, Control, build
from installer.packaging.links import from_outside, is_elf, needed
from installer.packaging.recipe import (
    AGENT_PACKAGE,
    CENTRAL_PACKAGE,
    ENGINE,
    ENGINE_PACKAGE,
    ENGINE_VERSION,
    LEFT_OUT,
    LIBRARIES,
    OPENED_AT_RUN_TIME,
    RECIPES,
    Recipe,
)
from installer.packaging.release import make_release
from installer.packaging.stage import MAINTAINER, ROOT, Edition, committed, stage
from installer.packaging.trim import trim
from installer.packaging.wheels import BuildFailed, Distribution, fetch
from installer.packaging.windows import NotFetched, build_setup
from protocol.release import MANIFEST

CACHE = ROOT / "build" / "wheels"
KEY = "usr/share/keyrings/bilik-release.gpg"
FAILED = 1
SMALL_FROM = 4
"""The level from which on it is worth minutes to make a small file."""


def main(arguments: list[str] | None = None) -> int:
    """Build what is asked for; 0: all is in the folder, 1: not, and why."""
    options = _parser().parse_args(arguments)
    try:
        built: list[Path] = []
        edition = Edition(options.version or _declared_version(), _newest_commit_s())
        for recipe in RECIPES:
            if recipe.name.removeprefix("bilik-") in options.parts:
                compression = Compression(options.level, options.threads)
                place = build_package(recipe, edition, options.out, compression, options.release_key)
                tell(place)
                built.append(place)
        if options.lint and built:
            lint(built)
        if "windows" in options.parts:
            _build_for_windows(edition, options)
        if "release" in options.parts:
            folder = make_release(options.out, edition.version)
            print(f"{folder}: sign it where central is not: gpg --detach-sign {folder / MANIFEST}")
    except (BuildFailed, OSError) as error:
        print(f"package: {error}", file=sys.stderr)
        return FAILED
    return 0


def _build_for_windows(edition: Edition, options: argparse.Namespace) -> None:
    """The setup; where its Python is out of reach and the rest shall not hang on that, it is said what is missing."""
    try:
        small = options.level >= SMALL_FROM
        tell(build_setup(edition, options.out, CACHE, python=options.windows_python, small=small))
    except NotFetched as error:
        if not options.without_windows:
            raise
        print(f"package: NOT BUILT, the setup for Windows: {error}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m installer.packaging", description="Build Bilik's packages.")
    parser.add_argument(
        "parts", nargs="*", default=["engine", "agent", "central"], help="engine, agent, central, windows"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--version", help="instead of the one in pyproject.toml")
    parser.add_argument("--level", type=int, default=6, help="of xz: 0 is fast, 9 is small")
    parser.add_argument("--threads", type=int, default=1, help="of xz; only one gives the same bytes everywhere")
    parser.add_argument("--lint", action="store_true", help="ask lintian what it thinks of them")
    parser.add_argument("--release-key", type=Path, metavar="FILE", help="public key that the agent's package believes")
    parser.add_argument(
        "--without-windows", action="store_true", help="go on where the Python of Windows cannot be fetched"
    )
    parser.add_argument("--windows-python", type=Path, metavar="FOLDER", help="pack this one and not python.org's")
    return parser


def tell(place: Path) -> None:
    """What was built, and how large it is."""
    print(f"{place}: {place.stat().st_size / 1e6:.1f} MB")


def lint(places: list[Path]) -> None:
    """Raises BuildFailed with what lintian finds wrong; what is meant so is in debian/*/usr/share/lintian/overrides."""
    as_root = ("--allow-root",) if os.geteuid() == 0 else ()
    command = ("lintian", *as_root, "--fail-on", "error,warning", "--tag-display-limit", "0", *map(str, places))
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise BuildFailed(f"lintian is not content:\n{told.stdout}{told.stderr}".strip())


def _declared_version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _newest_commit_s() -> int:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is not None:
        return int(given)
    return int(committed("log", "-1", "--format=%ct"))


def build_package(
    recipe: Recipe, edition: Edition, out: Path, compression: Compression, key: Path | None = None
) -> Path:
    """One .deb from nothing; what was laid out for it stays in build/ for whoever wants to look."""
    tree = ROOT / "build" / "package" / recipe.name
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    if recipe is ENGINE_PACKAGE:
        edition = Edition(ENGINE_VERSION, edition.epoch)
    stage(recipe, edition, distributions(recipe), tree)
    home = tree / "usr/lib/bilik" / recipe.tree
    if recipe is AGENT_PACKAGE and key is not None:
        (tree / KEY).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(key, tree / KEY)
    if recipe is ENGINE_PACKAGE:
        before, after = trim(home)
        print(f"the engine: {before / 1e6:.0f} MB as its wheels have it, {after / 1e6:.0f} MB as it is packed")
    control = Control(
        name=recipe.name,
        version=edition.version,
        architecture="amd64",
        maintainer=MAINTAINER,
        depends=(*recipe.needs, *libraries(home)),
        recommends=recipe.wants,
        summary=recipe.summary,
        description=recipe.description,
    )
    return build(tree, control, out, epoch=edition.epoch, compression=compression)


def distributions(recipe: Recipe) -> list[Distribution]:
    """The locked wheels that belong into this package."""
    if recipe is CENTRAL_PACKAGE:
        locked = fetch(ROOT / "requirements" / "central.txt", CACHE)
        return [one for one in locked if one.name not in LEFT_OUT]
    held = fetch(ROOT / "requirements" / "agent.txt", CACHE)
    return [one for one in held if (one.name in ENGINE) is (recipe is not AGENT_PACKAGE)]


def libraries(home: Path) -> tuple[str, ...]:
    """The Debian packages of the shared libraries that the tree names and does not carry; raises BuildFailed."""
    files = [file for file in home.rglob("*") if is_elf(file)]
    wanted = from_outside(needed(files))
    unknown = sorted(wanted - LIBRARIES.keys())
    if unknown:
        raise BuildFailed(f"{home}: name the Debian package of {', '.join(unknown)} in recipe.py (dpkg -S finds it)")
    more = OPENED_AT_RUN_TIME if home.name == "engine" else ()
    packages = {LIBRARIES[name] for name in wanted} | set(more)
    versioned = {package.split()[0] for package in packages if "(" in package}
    return tuple(sorted(packages - versioned))


if __name__ == "__main__":
    sys.exit(main())
