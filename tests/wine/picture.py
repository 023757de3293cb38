"""All there is on a PC under Wine, registry and files, to be compared."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

ROOTS = ("HKLM", "HKU")
EXPORTED = "bilik-picture.reg"
COMES_AND_GOES = (
    *(EXPORTED, "/windows/temp/", "/Temp/", "/__pycache__/"),
    *(
        "/users/root",
        f"/users/{os.environ.get('USER', 'root')}",
    ),  # the account of who runs the test; leads out of the PC
)
WINES_OWN = (
    "\\Control\\Video\\",
    "\\Control\\Class\\{4D36E968-E325-11CE-BFC1-08002BE10318}",
    "\\CurrentVersion\\NetworkCards",
    "\\Control\\ServiceCurrent",
)
"""Graphics and network cards, which Wine makes anew whenever its desktop starts, as it finds them; a count of services started."""

Picture = dict[str, str]


def picture(disk: Path, reg: Callable[..., object]) -> Picture:
    """`reg` runs reg.exe with these words."""
    return {**registry(disk, reg), **files(disk)}


def registry(disk: Path, reg: Callable[..., object]) -> Picture:
    """Every value by its key and name, every key by itself, as reg.exe exports them."""
    found: Picture = {}
    place = disk / EXPORTED
    for root in ROOTS:
        reg("export", root, f"C:\\{EXPORTED}", "/y")
        text = place.read_text(encoding="utf-16").replace("\\\n", "")
        place.unlink()
        key = root
        for line in text.splitlines()[1:]:
            if line.startswith("["):
                key = line.strip("[]")
                found[key] = "a key"
            elif line:
                name, _, value = line.partition("=")
                found[f"{key}: {name}"] = value
    return {key: value for key, value in found.items() if not any(one in key for one in WINES_OWN)}


def files(disk: Path) -> Picture:
    found: Picture = {}
    for folder, _, names in os.walk(disk):
        found[f"{folder}/"] = "a folder"
        for name in names:
            place = Path(folder, name)
            found[str(place)] = "a link" if place.is_symlink() else hashlib.sha256(place.read_bytes()).hexdigest()
    short = {key.removeprefix(str(disk)): value for key, value in found.items()}
    return {key: value for key, value in short.items() if not any(one in key for one in COMES_AND_GOES)}


def difference(before: Picture, after: Picture) -> list[str]:
    new = [f"new: {key} = {after[key]}" for key in sorted(after.keys() - before.keys())]
    gone = [f"gone: {key} = {before[key]}" for key in sorted(before.keys() - after.keys())]
    both = sorted(before.keys() & after.keys())
    other = [f"other: {key} = {before[key]} -> {after[key]}" for key in both if before[key] != after[key]]
    return [*new, *gone, *other]
