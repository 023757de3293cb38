"""`make install-test`: the trial, and what it saw in out/install.json; says what is missing where it cannot run."""

import argparse
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from tests.install import disk
from tests.install.box import Box
from tests.install.by_the_docs import ByTheDocs
from tests.install.ledger import Ledger
from tests.install.trial import Trial
from tests.stage.stage import OUT, Stage

NEEDED = ("systemd-nspawn", "debootstrap", "nsenter", "ip", "nft", "turnserver", "chromium")


def main() -> int:
    """0 if every step held."""
    parser = argparse.ArgumentParser(prog="python -m tests.install")
    parser.add_argument(
        "--cache", type=Path, default=OUT / "install", help="where the bare Debian and the box's disk are"
    )
    parser.add_argument("--dist", type=Path, default=disk.ROOT / "dist", help="where the packages are")
    parser.add_argument(
        "--without-docs", action="store_true", help="leave the run by the documents out: it needs a mirror"
    )
    options = parser.parse_args()
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if os.geteuid() != 0 or missing:
        print(f"install-test needs the administrator{' and: ' + ', '.join(missing) if missing else ''}")
        return 1
    cache: Path = options.cache
    pictures = cache / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(OUT / "install.json")
    with Stage("install", keep=cache / "logs") as stage:
        with ledger.step("the tree of a bare Debian", needed=True) as row:
            tree = disk.bare_debian(cache)
            row.note(tree=tree.name)
        ledger.about |= {"system": disk.SUITE, "booted_by": "systemd-nspawn"}
        box = Box(tree, cache / "box", stage.logs, engine=engine_directory(options.dist))
        box.unpack()
        stage.ends(box.throw_away)
        try:
            Trial(stage, box, ledger, dist=options.dist, out=pictures).run()
        finally:
            box.keep_journal()
    is_whole = len(disk.packages(options.dist)) == 2 and any(options.dist.glob("bilik-central_*.deb"))
    if not is_whole or options.without_docs:
        print("the run by the documents is left out: it needs the three packages of `make package` and a mirror")
    else:
        with Stage("install", keep=cache / "logs") as stage:
            ByTheDocs(stage, ledger, cache, dist=options.dist, out=pictures).run()
    print(f"{'all held' if ledger.is_good else 'NOT all held'}: {OUT / 'install.json'}")
    return 0 if ledger.is_good else 1


def engine_directory(dist: Path) -> Path | None:
    """The web engine of this tree's own environment, for a box without the packages."""
    if len(disk.packages(dist)) == 2:
        return None
    found = importlib.util.find_spec("PySide6")
    return None if found is None or found.origin is None else Path(found.origin).parents[1]


if __name__ == "__main__":
    sys.exit(main())
