"""Terminals fetch a release from the real central: by their token alone, whole, and nothing else of the disk."""

import dataclasses
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from agent.adapters.central_client import HttpCentral
from agent.ports import Nonsense, Rejected, Unauthorised
from protocol.release import MANIFEST, SIGNATURE
from tests.central_rig import Rig
from tests.typed import typed

PACKAGE = "bilik-agent_0.2.0+1_amd64.deb"


@pytest.fixture
def release(tmp_path: Path, rig: Rig) -> Path:
    """A release in central's folder of releases."""
    folder = tmp_path / "releases" / "0.2.0"
    folder.mkdir(parents=True)
    (folder / PACKAGE).write_bytes(b"x" * 300_000)
    held = {"name": "bilik-agent", "version": "0.2.0", "file": PACKAGE, "sha256": "0" * 64, "bytes": 300_000}
    (folder / MANIFEST).write_text(json.dumps({"version": "0.2.0", "packages": [held]}), encoding="utf-8")
    (folder / SIGNATURE).write_bytes(b"made elsewhere")
    (tmp_path / "secret").write_text("not for terminals", encoding="utf-8")
    options = dataclasses.replace(rig.central.options, releases=tmp_path / "releases")
    object.__setattr__(rig.central, "options", options)
    return folder


def client(rig: Rig, token: str | None) -> HttpCentral:
    found = HttpCentral("http://127.0.0.1:1", version="1", boot_s=lambda: 0.0, transport=rig.client._transport)
    found.use_token(token)
    return found


@pytest.mark.anyio
async def test_a_terminal_fetches_every_file_whole(rig: Rig, release: Path, tmp_path: Path) -> None:
    booth = await rig.booth()
    central = client(rig, booth.token)
    for name in (MANIFEST, SIGNATURE, PACKAGE):
        await central.download("0.2.0", name, tmp_path / name, most_bytes=300_000)
        assert (tmp_path / name).read_bytes() == (release / name).read_bytes()
    with pytest.raises(Nonsense, match="longer than"):
        await central.download("0.2.0", PACKAGE, tmp_path / "x", most_bytes=299_999)


@pytest.mark.parametrize(
    ("version", "file"),
    [("0.2.0", "another.deb"), ("0.3.0", MANIFEST), ("..", "secret"), ("0.2.0", "../../secret"), ("0.2.0", "%2e%2e")],
)
@pytest.mark.anyio
@pytest.mark.usefixtures("release")
async def test_what_is_no_file_of_a_release_is_not_there(rig: Rig, tmp_path: Path, version: str, file: str) -> None:
    booth = await rig.booth()
    with pytest.raises(Rejected):
        await client(rig, booth.token).download(version, file, tmp_path / "x", most_bytes=1000)
    assert not (tmp_path / "x").exists()


@pytest.mark.anyio
@pytest.mark.usefixtures("release")
async def test_without_a_device_token_nothing_is_served(rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(Unauthorised):
        await client(rig, None).download("0.2.0", MANIFEST, tmp_path / "x", most_bytes=1000)


def test_set_version_names_a_release_by_its_list_and_refuses_one_that_is_not_whole(tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path / 'central.sqlite3'}")
    facility = typed([*database, "facility", "add", "Rutan Contoh"]).stdout.strip()
    terminal = json.loads(
        typed(
            [*database, "terminal", "add", "Bilik 3", "--facility", facility, "--url", "https://a.example", "--json"]
        ).stdout
    )
    folder = tmp_path / "0.2.0"
    order = [*database, "command", "set_version", "--terminal", terminal["id"]]
    assert "needs --release" in typed(order).stderr
    assert "cannot be read" in typed([*order, "--release", str(folder)]).stderr
    folder.mkdir()
    held = {"name": "bilik-agent", "version": "0.2.0", "file": PACKAGE, "sha256": "0" * 64, "bytes": 1}
    listed = json.dumps({"version": "0.2.0", "packages": [held]}).encode()
    (folder / MANIFEST).write_bytes(listed)
    assert f"{SIGNATURE}, {PACKAGE} is missing" in typed([*order, "--release", str(folder)]).stderr
    (folder / SIGNATURE).touch()
    (folder / PACKAGE).touch()
    assert typed([*order, "--release", str(folder)]).returncode == 0
    with sqlite3.connect(tmp_path / "central.sqlite3") as file:
        body = json.loads(file.execute("select body from commands").fetchone()[0])
    file.close()
    assert (body["version"], body["sha256"]) == ("0.2.0", hashlib.sha256(listed).hexdigest())
