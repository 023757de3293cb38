"""What the packages are made of: the locks, the engine's own version, and the same bytes for the same commit."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from installer.packaging import __main__ as packaging
from installer.packaging import trim, windows
from installer.packaging.deb import Compression, Control, build, control_text
from installer.packaging.recipe import (
    AGENT_PACKAGE,
    CENTRAL_PACKAGE,
    ENGINE,
    ENGINE_VERSION,
    LEFT_OUT,
    SOURCE_ONLY,
    Recipe,
)
from installer.packaging.stage import ROOT, Edition, stage
from installer.packaging.wheels import BuildFailed, fetch, normal_name, place_of, refuse_newer_glibc

TRIED = {"6.11.3+1": "3dd0314ad99d"}
"""Which engine was tried under which version: the first letters of a sum of all that makes it."""

FAST = Compression(level=0)
EDITION = Edition("9.9.9", 1_700_000_000)


def pins(name: str) -> dict[str, str]:
    """Of a lock file: which version of what."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {normal_name(one): version for one, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.M)}


def test_windows_gets_the_versions_that_linux_gets() -> None:
    linux, windows = pins("agent.txt"), pins("windows.txt")
    assert windows
    assert {name: linux.get(name) for name in windows} == windows


def test_every_distribution_of_the_engine_is_locked_and_so_is_each_source_archive() -> None:
    assert not ({*ENGINE, *SOURCE_ONLY} - pins("agent.txt").keys())


def test_an_engine_that_has_changed_has_a_version_of_its_own() -> None:
    locked = sorted((name, pins("agent.txt")[name]) for name in ENGINE)
    made_of = repr((locked, trim.BINDINGS, trim.LANGUAGES, trim.LINUX.plugins, trim.KEPT, trim.DEAD_RESOURCES))
    found = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    assert TRIED.get(ENGINE_VERSION) == found, "raise ENGINE_VERSION in recipe.py and add it here with this sum"
    assert ENGINE_VERSION.startswith(pins("agent.txt")["pyside6-essentials"])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("anyio/abc.py", "anyio/abc.py"),
        ("x-1.dist-info/METADATA", "x-1.dist-info/METADATA"),
        ("x-1.dist-info/RECORD", None),
        ("x-1.data/purelib/x/a.py", "x/a.py"),
        ("x-1.data/scripts/x", None),
        ("x-1.data/data/share/man/x.1", None),
        ("certifi/tests/test_certify.py", None),
        ("tests.py", "tests.py"),
    ],
)
def test_a_wheel_gives_its_packages_and_metadata_and_nothing_else(name: str, place: str | None) -> None:
    assert place_of(name) == (None if place is None else Path(place))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x"])
def test_a_wheel_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(BuildFailed, match="leads out"):
        place_of(name)


def test_a_wheel_for_a_newer_debian_is_refused() -> None:
    refuse_newer_glibc("a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    refuse_newer_glibc("a-1-py3-none-any.whl")
    with pytest.raises(BuildFailed, match="glibc"):
        refuse_newer_glibc("a-1-cp311-cp311-manylinux_2_38_x86_64.whl")


def test_what_is_not_locked_by_a_hash_is_not_fetched(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("six\n", encoding="utf-8")
    with pytest.raises(BuildFailed, match=r"lock\.txt"):
        fetch(lock, tmp_path / "cache")


def a_package(folder: Path, recipe: Recipe) -> Path:
    """The package without its wheels: what is ours in it."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    stage(recipe, EDITION, [], tree)
    control = Control(recipe.name, EDITION.version, "amd64", "x <x@y.example>", recipe.needs, (), "s", "d")
    return build(tree, control, folder / "dist", epoch=EDITION.epoch, compression=FAST)


@pytest.mark.parametrize("recipe", [AGENT_PACKAGE, CENTRAL_PACKAGE], ids=lambda recipe: recipe.name)
def test_two_builds_of_one_commit_give_the_same_bytes(recipe: Recipe, tmp_path: Path) -> None:
    first = a_package(tmp_path / "1", recipe)
    before = os.umask(0o077)
    try:
        second = a_package(tmp_path / "elsewhere" / "2", recipe)
    finally:
        os.umask(before)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def test_the_agents_package_holds_its_units_and_commands_and_not_what_builds_packages(tmp_path: Path) -> None:
    listed = subprocess.run(
        ["dpkg-deb", "-c", str(a_package(tmp_path, AGENT_PACKAGE))], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split() for line in listed.splitlines()]
    modes = {line[5].removeprefix("./"): line[0] for line in lines}
    assert modes["usr/bin/bilik-agent"] == modes["usr/bin/bilik-install"] == "-rwxr-xr-x"
    assert modes["usr/lib/bilik/agent/agent/__main__.py"] == "-rw-r--r--"
    assert "usr/lib/bilik/agent/kiosk_ui/pages/index.html" in modes
    assert not [name for name in modes if "packaging" in name or "/tests/" in name or name.endswith(".pyc")]
    assert {line[1] for line in lines} == {"root/root"}


def test_a_control_file_has_every_field_in_its_form() -> None:
    text = control_text(Control("n", "1", "amd64", "m", ("a", "b | c"), (), "s", "one\ntwo"), 7)
    assert text == (
        "Package: n\nVersion: 1\nArchitecture: amd64\nSection: misc\nPriority: optional\nMaintainer: m\n"
        "Installed-Size: 7\nDepends: a, b | c\nDescription: s\n one\n two\n"
    )


WITHOUT = """
import importlib.abc, sys

class NotThere(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NotThere())
import central.__main__, central.app, central.contract, uvicorn.protocols.websockets.auto
print(len(central.contract.committed()), flush=True)
central.__main__.main(["openapi"])
"""


def test_central_needs_nothing_of_what_its_package_leaves_out() -> None:
    assert pins("central.txt").keys() >= LEFT_OUT
    left_out = [name.replace("-", "_") for name in (LEFT_OUT - {"markdown-it-py"}) | {"markdown-it"}]
    told = subprocess.run([sys.executable, "-c", WITHOUT, *left_out], capture_output=True, text=True, check=True).stdout
    size, contract = told.split("\n", 1)
    assert contract == (ROOT / "central" / "openapi.json").read_text(encoding="utf-8")
    assert len(contract.encode()) == int(size)


def test_the_rest_is_built_where_the_python_of_windows_is_out_of_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packaging, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(windows, "PYTHON", windows.Runtime("https://localhost:1/python.zip", "0"))
    monkeypatch.setattr(windows, "ROOT", tmp_path)
    monkeypatch.setattr(windows.shutil, "which", lambda name: name)
    assert packaging.main(["windows", "--out", str(tmp_path)]) == packaging.FAILED
    assert packaging.main(["windows", "--out", str(tmp_path), "--without-windows"]) == 0
    assert (
        "NOT BUILT, the setup for Windows: https://localhost:1/python.zip cannot be fetched" in capsys.readouterr().err
    )
