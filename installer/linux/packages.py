"""Debian's packages: dpkg installs and compares, gpgv looks at signatures."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from installer.ports import System, SystemRefused

KEYS = ("/etc/bilik/release.gpg", "/usr/share/keyrings/bilik-release.gpg")
"""Whose signature counts: the facility's own key if it has put one there, else the one that came with the package."""

INFO = Path("/var/lib/dpkg/info")
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "md5sums", "conffiles")
NOT_CONTROL = ("Status:", "Conffiles:")


class DebianPackages:
    """Runs Debian's own programs through `system`."""

    def __init__(self, system: System, keys: Sequence[str] = KEYS) -> None:
        self._system = system
        self._keys = keys

    def installed(self, name: str) -> str | None:
        """The version of an installed package; None also where one is half installed."""
        done = self._system.run(("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", name))
        status, _, version = done.out.partition(" ")
        return version.strip() if done.code == 0 and status == "installed" else None

    def described(self, place: str) -> tuple[str, str]:
        """Name and version that a package's file says of itself."""
        name, _, version = self._told("dpkg-deb", "--show", "--showformat=${Package} ${Version}", place).partition(" ")
        return name, version.strip()

    def is_newer(self, version: str, than: str) -> bool:
        """Whether this version comes after that one."""
        return self._system.run(("dpkg", "--compare-versions", version, "gt", than)).code == 0

    def why_not_signed(self, place: str, signature: str) -> str | None:
        """None if the file has a good signature of a release key of this PC; else what is wrong."""
        key = next((one for one in self._keys if self._system.read(one) is not None), None)
        if key is None:
            return f"this PC has no release key ({' or '.join(self._keys)})"
        done = self._system.run(("gpgv", "--keyring", key, signature, place))
        return None if done.code == 0 else f"gpgv refuses it with the key in {key}"

    def pack(self, name: str, place: str) -> None:
        """Make a package's file of an installed package, as it is; what dpkg knows of it goes in as it is."""
        listed = self._told("dpkg-query", "-L", name).splitlines()
        status = self._told("dpkg-query", "-s", name)
        with tempfile.TemporaryDirectory(dir=Path(place).parent) as folder:
            tree = Path(folder)
            try:
                copy_files(listed, tree)
                write_control(name, status, tree / "DEBIAN")
            except OSError as error:
                raise SystemRefused(f"{name} cannot be kept for going back ({error}): make room on the disk") from error
            self._told("dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), place)

    def install(self, places: Sequence[str]) -> None:
        """Install these files together; what a power cut left half done is set right first."""
        self._system.run(("dpkg", "--configure", "-a", "--force-confold"))
        self._told("dpkg", "--force-confold", "--force-downgrade", "--install", *places)

    def _told(self, *command: str) -> str:
        done = self._system.run(command)
        if done.code != 0:
            raise SystemRefused(f"{command[0]} ended with {done.code}: {done.out.strip()[-300:]}")
        return done.out


def copy_files(listed: Sequence[str], tree: Path) -> None:
    """The files and folders of an installed package below `tree`, with their modes."""
    for path in listed:
        source, target = Path(path), tree / path.lstrip("/")
        if source.is_symlink() and not source.resolve().is_dir():
            target.symlink_to(source.readlink())
        elif source.is_dir():  # /lib is a link to a folder: inside the package it is the folder
            target.mkdir(parents=True, exist_ok=True)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def write_control(name: str, status: str, folder: Path) -> None:
    """What dpkg has kept of the package's control data."""
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    lines: list[str] = []
    is_left_out = False
    for line in status.splitlines():
        is_left_out = is_left_out if line.startswith(" ") else line.startswith(NOT_CONTROL)
        if not is_left_out:
            lines.append(line)
    (folder / "control").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for script in SCRIPTS:
        kept = INFO / f"{name}.{script}"
        if kept.exists():
            shutil.copy2(kept, folder / script)
    os.sync()
