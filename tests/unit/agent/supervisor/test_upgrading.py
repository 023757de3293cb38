"""A release is fetched whole, asked for between visits, and what became of it is said to staff."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.ports import Unreachable
from protocol.release import MANIFEST, SIGNATURE
from protocol.terminal import Command, CommandAnswered, CommandKind, CommandOutcome, FaultChanged, VisitState
from tests.agent_rig import Rig, running_rig

pytestmark = pytest.mark.anyio
AGENT, ENGINE = b"the agent's package", b"the engine's package"


def publish(rig: Rig, version: str = "0.2.0", *, engine: str = "6.0") -> str:
    """Central offers this release; the hash of its list."""
    packages = []
    for name, of, content in (("bilik-agent", version, AGENT), ("bilik-engine", engine, ENGINE)):
        file = f"{name}_{of}.deb"
        rig.central.releases[version, file] = content
        sha256 = hashlib.sha256(content).hexdigest()
        packages.append({"name": name, "version": of, "file": file, "sha256": sha256, "bytes": len(content)})
    listed = json.dumps({"version": version, "packages": packages}).encode()
    rig.central.releases[version, MANIFEST] = listed
    rig.central.releases[version, SIGNATURE] = b"made elsewhere"
    return hashlib.sha256(listed).hexdigest()


def order(rig: Rig, sha256: str, version: str = "0.2.0") -> None:
    expires = rig.central.now_ms() + 86_400_000
    kind = CommandKind.SET_VERSION.value
    rig.central.give(Command(id="c-up", kind=kind, expires_at_ms=expires, version=version, sha256=sha256))


def wanted(rig: Rig) -> Path:
    return rig.state_dir / "upgrade" / "wanted.json"


def say(rig: Rig, end: str, version: str = "0.2.0") -> None:
    """What root's bilik-install leaves for the agent."""
    (rig.state_dir / "outcome.json").write_text(json.dumps({"version": version, "end": end, "why": "it did not serve"}))


async def come_true(rig: Rig, is_so: Callable[[], bool]) -> None:
    """Let time pass until it is so; files are written on threads, which the fake clock does not wait for."""
    async with asyncio.timeout(5):
        while not is_so():
            await rig.clock.advance(1)
            await asyncio.sleep(0.002)


def faults(rig: Rig) -> list[tuple[bool, str | None]]:
    told = [one for one in rig.central.events.values() if isinstance(one, FaultChanged)]
    return [(one.raised, one.detail) for one in told if one.code == "VER-1"]


async def test_a_release_is_fetched_whole_and_asked_for(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        order(rig, publish(rig))
        await come_true(rig, wanted(rig).exists)
        held = {file.name for file in (rig.state_dir / "upgrade" / "0.2.0").iterdir()}
        assert held == {MANIFEST, SIGNATURE, "bilik-agent_0.2.0.deb", "bilik-engine_6.0.deb"}
        assert json.loads(wanted(rig).read_bytes()) == {"version": "0.2.0"}
        assert wanted(rig).stat().st_mode & 0o777 == 0o600
        answers = [one for one in rig.central.events.values() if isinstance(one, CommandAnswered)]
        assert [(one.command_id, one.outcome) for one in answers] == [("c-up", CommandOutcome.DONE)]


async def test_an_engine_that_is_there_is_not_fetched_and_an_older_release_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "upgrade" / "0.1.9").mkdir(parents=True)
    async with running_rig(tmp_path) as rig:
        order(rig, publish(rig, engine="5.0"))
        await come_true(rig, wanted(rig).exists)
        assert not list((rig.state_dir / "upgrade").rglob("bilik-engine*"))
        assert not (rig.state_dir / "upgrade" / "0.1.9").exists()


async def test_a_line_that_is_cut_is_tried_again(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        sha256 = publish(rig)
        rig.central.download_errors = [Unreachable("the line is cut")] * 3
        order(rig, sha256)
        await come_true(rig, wanted(rig).exists)
        assert rig.central.download_errors == []


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda held: held.pop(("0.2.0", SIGNATURE)), "no such release"),
        (lambda held: held.update({("0.2.0", MANIFEST): b"{}"}), "not the one that was named"),
        (lambda held: held.update({("0.2.0", "bilik-agent_0.2.0.deb"): b"another"}), "not the one that its list names"),
    ],
)
async def test_what_is_not_the_release_that_was_named_is_a_fault_and_is_not_asked_for(
    tmp_path: Path, spoil: Callable[[dict[tuple[str, str], bytes]], object], why: str
) -> None:
    async with running_rig(tmp_path) as rig:
        sha256 = publish(rig)
        spoil(rig.central.releases)
        order(rig, sha256)
        await come_true(rig, lambda: bool(faults(rig)))
        raised, detail = faults(rig)[0]
        assert raised
        assert why in (detail or "")
        assert not wanted(rig).exists()


@pytest.mark.parametrize("version", ["../../etc", "..", "0/1", ""])
async def test_a_version_that_is_a_path_is_nowhere(tmp_path: Path, version: str) -> None:
    async with running_rig(tmp_path / "state") as rig:
        sha256 = publish(rig, version)
        order(rig, sha256, version)
        await rig.clock.advance(30)
        assert {one.name for one in tmp_path.iterdir()} == {"state"}
        assert not (rig.state_dir / "upgrade").exists()


async def test_a_list_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        publish(rig)
        rig.central.releases["0.2.0", MANIFEST] = b"{"
        order(rig, hashlib.sha256(b"{").hexdigest())
        await come_true(rig, lambda: bool(faults(rig)))
        assert "cannot be read" in (faults(rig)[0][1] or "")


async def test_what_came_of_it_is_said_over_a_restart_and_taken_back_by_the_next_that_works(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        say(rig, "trying")
        await rig.clock.advance(20)
        assert faults(rig) == []
        say(rig, "went_back")
        await come_true(rig, lambda: bool(faults(rig)))
        assert faults(rig) == [(True, "0.2.0: went_back it did not serve")]
        say(rig, "done", "0.2.1")
        await come_true(rig, lambda: len(faults(rig)) == 2)
        assert faults(rig)[1] == (False, None)


async def test_a_release_that_found_a_visit_is_asked_for_again(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        order(rig, publish(rig))
        await come_true(rig, wanted(rig).exists)
        wanted(rig).unlink()
        say(rig, "in_call")
        await come_true(rig, wanted(rig).exists)


async def test_nothing_is_asked_for_while_somebody_is_at_the_booth(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=600)
        await rig.come_to(VisitState.TALKING)
        say(rig, "in_call")
        await rig.clock.advance(60)
        assert not wanted(rig).exists()
