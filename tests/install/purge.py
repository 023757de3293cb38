"""What `apt purge` leaves of agent, engine and central: nothing, compared with the disk and the units before they came."""

import shutil
from pathlib import Path

from tests.install import disk, snapshot
from tests.install.box import Box
from tests.install.ledger import Ledger, Row
from tests.stage.waiting import wait_for

BOOKS = ("var/lib/dpkg", "var/lib/apt")
"""Debian's own books of what came and went: compared as the list of packages that it makes of them."""

LISTED = ("dpkg-query", "--show", "--showformat", "${Package} ${Version} ${db:Status-Status}\\n")
FACILITY = 'set -a; . /etc/bilik/central.env; cd; bilik-central facility add "Rutan Contoh"'


class Purge:
    """`before` is called on a bare box that is on, `after` on one without a booth; both leave it on."""

    def __init__(self, box: Box, ledger: Ledger, dist: Path) -> None:
        self._box, self._ledger = box, ledger
        self._central = max(dist.glob("bilik-central_*.deb"), key=lambda file: file.stat().st_mtime, default=None)
        self._before: tuple[dict[str, str], ...] = ()

    def before(self) -> None:
        """Remember what there is."""
        self._before = self._look()

    def after(self) -> None:
        """Purge what was installed, bring central, let it work, purge it too, and compare."""
        disk.take_screen_away(self._box)
        with self._ledger.step("apt purge of agent and engine leaves nothing") as row:
            self._box.run("apt-get", "purge", "-y", "bilik-agent", "bilik-engine")
            self._compare(row)
        if self._central is not None:
            self._central_too(self._central)

    def _central_too(self, central: Path) -> None:
        with self._ledger.step("central from its package serves, and apt purge leaves nothing of it") as row:
            place = f"/var/tmp/{central.name}"
            shutil.copy(central, self._box.root / place.lstrip("/"))
            self._box.run("apt-get", "install", "-y", "--no-install-recommends", place)
            self._box.run("systemctl", "enable", "--now", "bilik-central")
            active = ("systemctl", "is-active", "--quiet", "bilik-central")
            wait_for(lambda: self._box.code(*active) == 0, within_s=30, what="central to run", every_s=0.3)
            self._box.run("runuser", "-u", "bilik-central", "--", "sh", "-c", FACILITY)
            row.expect((self._box.root / "var/lib/bilik-central/bilik.sqlite3").exists(), "central kept nothing")
            self._box.run("apt-get", "purge", "-y", "bilik-central")
            self._compare(row)

    def _look(self) -> tuple[dict[str, str], ...]:
        packages = dict.fromkeys(self._box.run(*LISTED).splitlines(), "installed")
        self._box.shut_down()
        files = {name: what for name, what in snapshot.files(self._box.root).items() if not name.startswith(BOOKS)}
        self._box.boot()
        return packages, files, snapshot.units(self._box)

    def _compare(self, row: Row) -> None:
        pairs = zip(self._before, self._look(), strict=True)
        found = [line for was, now in pairs for line in snapshot.differences(was, now)]
        row.note(differences=found)
        row.expect(not found, "\n".join(found))
