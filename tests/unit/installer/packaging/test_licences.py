"""Whose work is in a package: read from the metadata, whichever way it says it."""

from pathlib import Path

import pytest

from installer.packaging.licences import Entry, entries, listed


def metadata(root: Path, name: str, *lines: str) -> None:
    folder = root / f"{name}-1.dist-info"
    folder.mkdir()
    text = "\n".join(("Metadata-Version: 2.1", f"Name: {name}", "Version: 1", *lines)) + "\n\nThe long words: x\n"
    (folder / "METADATA").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (("License-Expression: MIT", "License: other"), "MIT"),
        (("License: BSD-3-Clause",), "BSD-3-Clause"),
        (("License: UNKNOWN", "Classifier: License :: OSI Approved :: MIT License"), "MIT License"),
        (("License: " + "a whole text " * 9, "Classifier: License :: OSI Approved :: Apache"), "Apache"),
        ((), ""),
    ],
)
def test_the_licence_is_found_where_the_metadata_has_it(lines: tuple[str, ...], licence: str, tmp_path: Path) -> None:
    metadata(tmp_path, "x", *lines)
    assert entries(tmp_path) == [Entry("x", "1", licence, "")]


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (("Home-page: https://a.example",), "https://a.example"),
        (("Home-page: UNKNOWN", "Project-URL: Source, https://b.example"), "https://b.example"),
        (("Project-URL: Funding, https://c.example",), "https://c.example"),
    ],
)
def test_the_address_is_found_where_the_metadata_has_it(lines: tuple[str, ...], address: str, tmp_path: Path) -> None:
    metadata(tmp_path, "x", *lines)
    assert entries(tmp_path) == [Entry("x", "1", "", address)]


def test_the_list_names_everybody_but_ourselves_and_says_what_is_not_stated(tmp_path: Path) -> None:
    metadata(tmp_path, "zed")
    metadata(tmp_path, "able", "License-Expression: MIT", "Home-page: https://a.example")
    metadata(tmp_path, "bilik")
    assert listed(entries(tmp_path)).splitlines() == [
        "name | version | licence | address",
        "able | 1 | MIT | https://a.example",
        "zed | 1 | not stated | no address",
    ]
