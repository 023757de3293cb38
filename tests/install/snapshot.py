"""What is on the box's disk and in its systemd, to be compared before and after."""

import hashlib
import os
import re
import stat
from pathlib import Path

from tests.install.box import Box

LEFT_OUT = {
    "dev": "made at each boot",
    "proc": "the kernel's",
    "run": "made at each boot",
    "sys": "the kernel's",
    "tmp": "made at each boot",
    "var/tmp": "everybody's scratch",
    "var/log": "what happened stays on record",
    "var/cache": "made anew by whoever needs it",
    "var/lib/systemd": "systemd's own memory: timers, random seed, clock",
    "etc/passwd-": "the account tools' own copy of what was before their last change",
    "etc/group-": "the same",
    "etc/shadow-": "the same",
    "etc/gshadow-": "the same",
    "etc/subuid-": "the same",
    "etc/subgid-": "the same",
    "root": "the administrator's own home, where the trial keeps its files",
}
TRANSIENT = re.compile(
    r"\.(scope|device)$|^run-|^user[-@]|^session-|^systemd-tmpfiles-clean|^apt-daily|^e2scrub|^fstrim|^dpkg-db"
)


def files(root: Path) -> dict[str, str]:
    """Everything under `root` but LEFT_OUT: kind, mode, owner, and content by its hash or target."""
    found: dict[str, str] = {}
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = sorted(name for name in folders if str(here / name) not in LEFT_OUT)
        for name in (*folders, *names):
            path = str(here / name)
            if path not in LEFT_OUT:
                found[path] = describe(root / path)
    return found


def describe(place: Path) -> str:
    """One line on what is there."""
    seen = place.lstat()
    owner = f"{stat.S_IMODE(seen.st_mode):04o} {seen.st_uid}:{seen.st_gid}"
    if stat.S_ISLNK(seen.st_mode):
        return f"link to {place.readlink()}"
    if stat.S_ISREG(seen.st_mode):
        with place.open("rb") as file:
            return f"file {owner} {hashlib.file_digest(file, 'sha256').hexdigest()}"
    return f"{'directory' if stat.S_ISDIR(seen.st_mode) else 'other'} {owner}"


def units(box: Box) -> dict[str, str]:
    """Every unit that systemd knows: whether a boot starts it, and how it is now."""
    listed = box.run("systemctl", "list-unit-files", "--no-legend", "--no-pager", "--plain")
    loaded = box.run("systemctl", "list-units", "--all", "--no-legend", "--no-pager", "--plain")
    found = {f"{row[0]} at boot": row[1] for row in map(str.split, listed.splitlines()) if len(row) > 1}
    found |= {row[0]: " ".join(row[1:4]) for row in map(str.split, loaded.splitlines()) if len(row) > 3}
    return {name: state for name, state in found.items() if not TRANSIENT.search(name.split()[0])}


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """One line for each thing that came, went or is another."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was != now:
            lines.append(f"{name}: {was or 'was not there'} -> {now or 'is gone'}")
    return lines
