"""Versions one apart work together: an agent of before with this central, this agent with a central of before, and the way between."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.length import IS_LONG
from tests.stage.central import Central
from tests.stage.processes import Running
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import wait_for

LONG = pytest.mark.skipif(not IS_LONG, reason="in short: the state on the way from one to the other")
pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
BEFORE = "d426f320836fbe1519a202da06db491b00c37294"
"""The version that booths have: move it on with each release. It answered no set_version yet."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the version before."""
    parts = ("agent", "central", "kiosk_ui", "protocol")
    told = subprocess.run(["git", "-C", str(ROOT), "archive", BEFORE, *parts], capture_output=True, check=False)
    if told.returncode != 0:
        pytest.skip(f"this clone does not hold {BEFORE[:7]}: fetch its whole history")
    folder = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=told.stdout, check=True)
    return folder


def python(tree: Path, module: str) -> list[str]:
    """A program of these sources; without PYTHONSAFEPATH the folder we are in would come first."""
    return ["env", f"PYTHONPATH={tree}", "PYTHONSAFEPATH=1", sys.executable, "-m", module]


class TerminalOf(Terminal):
    """A call PC whose programs are changed under it."""

    tree: Path = ROOT

    def _agent_command(self, *words: str) -> list[str]:
        return [*python(self.tree, "agent"), "--config", str(self.config), *words]


class CentralOf(Central):
    """A central of other sources, its commands too: newer ones would bring its database to their shape."""

    tree: Path = ROOT

    def start(self) -> None:
        serve = ("serve", "--port", str(self.port), "--public-url", self.url)
        command = [*python(self.tree, "central"), "--database", self._store, *serve]
        self.process = Running("central", command, logs=self._logs)
        self.process.wait_for_line('"listening"')

    def command(self, *words: str, given: str = "") -> Any:
        if self.tree == ROOT:
            return super().command(*words, given=given)
        command = [*python(self.tree, "central"), "--database", self._store, *words, "--json"]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=30)
        return json.loads(done.stdout) if done.stdout.strip() else None


class Pair:
    """One central and one booth, each of the sources it is given."""

    def __init__(self, stage: Stage, *, central: Path, agent: Path) -> None:
        self.central = CentralOf(stage.home, stage.logs)
        self.central.tree = central
        self.central.start()
        stage.ends(lambda: self.central.stop())
        facility = self.central.add_facility("Rutan Contoh")
        self.id, enrolment = self.central.add_terminal("Bilik 3", facility)
        self.booth = TerminalOf("Bilik 3", stage.home, stage.logs)
        self.booth.tree = agent
        stage.ends(self.booth.stop)
        self.booth.enroll(enrolment)

    def facts(self) -> dict[str, Any]:
        """What the agent keeps for `bilik-agent status`; nothing while it has not written yet."""
        file = self.booth.home / "state" / "status.json"
        found = dict(json.loads(file.read_bytes())) if file.exists() else {}
        return {**found.pop("status", {}), **found}

    def says(self, key: str, value: object) -> None:
        """Wait until the agent says so."""
        wait_for(lambda: self.facts().get(key) == value, within_s=30, every_s=0.1, what=f"{key} {value}")

    def waits(self) -> None:
        """Wait until the agent has reports that central does not have."""
        wait_for(lambda: self.facts().get("outbox_waiting", 0) > 0, within_s=30, every_s=0.1, what="a waiting report")

    def state_of(self, command: str) -> str | None:
        """What became of a command, as central's database has it."""
        state = str(self.central.rows("select state from commands where id = ?", command)[0]["state"])
        return None if state == "pending" else state

    def order(self, kind: str, *words: str) -> str:
        """A command, and what became of it at central: it went down and its answer up."""
        sent = self.central.order(kind, self.id, *words)
        return wait_for(lambda: self.state_of(sent), within_s=30, every_s=0.1, what=f"an answer to {kind}") or ""

    def work(self) -> None:
        """What a day needs of both: the schedule down, commands down, answers up."""
        self.booth.start_agent()
        self.says("online", value=True)
        assert self.order("lock") == "done"
        self.says("mode", "locked")
        assert self.order("unlock") == "done"
        self.says("mode", "in_service")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with ExitStack() as opened:
        yield opened.enter_context(Stage("versions"))


@pytest.mark.shortened
@LONG
def test_an_agent_of_before_works_with_this_central_and_refuses_what_it_does_not_know(
    stage: Stage, before: Path
) -> None:
    pair = Pair(stage, central=ROOT, agent=before)
    pair.work()
    release = stage.home / "0.2.0"
    release.mkdir()
    held = {"name": "bilik-agent", "version": "0.2.0", "file": "bilik-agent.deb", "sha256": "0" * 64, "bytes": 1}
    (release / "release.json").write_text(json.dumps({"version": "0.2.0", "packages": [held]}), encoding="utf-8")
    for name in ("release.json.sig", "bilik-agent.deb"):
        (release / name).touch()
    assert pair.order("set_version", "--release", str(release)) == "refused"


@pytest.mark.shortened
@LONG
def test_this_agent_works_with_a_central_of_before(stage: Stage, before: Path) -> None:
    Pair(stage, central=before, agent=ROOT).work()


def test_enrolment_and_outbox_survive_the_upgrade_and_the_way_back(stage: Stage, before: Path) -> None:
    pair = Pair(stage, central=ROOT, agent=before)
    pair.booth.start_agent()
    pair.says("online", value=True)
    assert pair.order("lock") == "done"
    assert pair.central.stop() == 0
    pair.says("online", value=False)
    pair.waits()
    for tree in (ROOT, before, ROOT):
        pair.booth.stop()
        assert not pair.facts()["running"]
        pair.booth.tree = tree
        pair.booth.start_agent()
        pair.says("running", value=True)
        pair.waits()
        assert (pair.facts()["enrolled"], pair.facts()["mode"]) == (True, "locked")
    pair.central.start()
    pair.says("outbox_waiting", 0)
    reported = [row["body"] for row in pair.central.rows("select body from events")]
    assert any('"JAR-1"' in body for body in reported)
