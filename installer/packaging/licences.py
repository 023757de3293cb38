"""Says what third parties wrote of a package: name, version, licence and address, from the metadata of each distribution."""

from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import NamedTuple

LICENCE_CLASSIFIER = "License :: OSI Approved :: "
LONGEST_LICENCE = 60
"""Some put the whole text where its name belongs."""

STATED_ELSEWHERE = {
    "proxy-tools": "MIT (its source archive's setup.py)",
    "sdnotify": "MIT (its LICENSE.txt)",
}
"""Where the metadata names no licence."""


class Entry(NamedTuple):
    """One distribution inside a package; `licence` is empty where it says none."""

    name: str
    version: str
    licence: str
    address: str


def entries(root: Path) -> list[Entry]:
    """Of every distribution whose metadata lies in `root`, by name; our own left out."""
    found = [_entry(HeaderParser().parsestr(file.read_text("utf-8"))) for file in root.glob("*.dist-info/METADATA")]
    return sorted(one for one in found if one.name != "bilik")


def _entry(metadata: Message) -> Entry:
    name = str(metadata["Name"])
    return Entry(
        name,
        str(metadata["Version"]),
        _licence(metadata) or STATED_ELSEWHERE.get(name.lower().replace("_", "-"), ""),
        _address(metadata),
    )


def _licence(metadata: Message) -> str:
    expression = metadata["License-Expression"]
    if expression:
        return str(expression)
    classifiers = [
        one.removeprefix(LICENCE_CLASSIFIER)
        for one in metadata.get_all("Classifier", [])
        if one.startswith(LICENCE_CLASSIFIER)
    ]
    stated = str(metadata["License"] or "").strip().splitlines()
    if stated and len(stated[0]) <= LONGEST_LICENCE and stated[0] != "UNKNOWN":
        return stated[0]
    return "; ".join(classifiers)


def _address(metadata: Message) -> str:
    links = [str(one).split(",", 1) for one in metadata.get_all("Project-URL", [])]
    by_label = {link[0].strip().lower(): link[1].strip() for link in links if len(link) == 2}
    page = str(metadata["Home-page"] or "")
    if page and page != "UNKNOWN":
        return page
    for label in ("homepage", "source", "source code", "repository", "github", "documentation"):
        if label in by_label:
            return by_label[label]
    return next(iter(by_label.values()), "")


def listed(found: list[Entry]) -> str:
    """The list as a text: one distribution a line, its fields between bars."""
    lines = [
        " | ".join((one.name, one.version, one.licence or "not stated", one.address or "no address")) for one in found
    ]
    return "\n".join(["name | version | licence | address", *lines]) + "\n"
