"""The last version with another shape of the database serves on while this one migrates it, and both serve together."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from central.store.upgrade import HEAD
from protocol.terminal import CommandAnswered, CommandOutcome, UsageWritten
from tests.central_rig import record
from tests.e2e.kiosk_leader import KioskLeader
from tests.length import IS_LONG
from tests.postgres import postgres
from tests.stage.cluster import Cluster
from tests.stage.stage import Stage
from tests.stage.waiting import wait_for

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.shortened,
    pytest.mark.skipif(not IS_LONG, reason="in short: contract/test_store_upgrade.py holds that migrations only add"),
]
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; from central.__main__ import main; sys.exit(main(sys.argv[1:]))"


def git(*words: str) -> bytes:
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree before the last migration, as it was committed."""
    changed = git("log", "-1", "--format=%H", "-G^HEAD = ", "--", "central/store/upgrade.py").decode().strip()
    packed = git("archive", f"{changed}~1", "central", "protocol") if changed else b""
    if not packed:
        pytest.skip("the history of the tree is not here: nothing to upgrade from")
    home = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "-x", "-C", str(home)], input=packed, check=True)
    return home


@pytest.fixture
def cluster(module_stage: Stage, before: Path) -> Iterator[Cluster]:
    with postgres() as server:
        found = Cluster(server, module_stage.home, module_stage.logs)
        old = found.instances[0]
        old.run_instead([sys.executable, "-P", "-c", PROGRAM], {"PYTHONPATH": str(before)})
        try:
            yield found
        finally:
            found.stop()


def typed_before(cluster: Cluster, before: Path, *words: str) -> str:
    command = [sys.executable, "-P", "-c", PROGRAM, "--database", cluster.database_url, *words, "--json"]
    env = {**os.environ, "PYTHONPATH": str(before)}
    return subprocess.run(command, env=env, cwd=before, capture_output=True, text=True, check=True).stdout


def shape(cluster: Cluster) -> str:
    return str(cluster.rows("select version_num from alembic_version")[0]["version_num"])


def test_a_call_that_was_opened_before_goes_on_at_the_old_instance_beside_the_new_one(
    cluster: Cluster, before: Path
) -> None:
    old, new = cluster.instances
    typed_before(cluster, before, "facility", "add", "Rutan Uji", "--set", "admit=automatic")
    old.begin()
    assert old.process is not None
    old.process.wait_for_line('"listening"')
    assert shape(cluster) < HEAD, "this is not the version before"
    cluster.typed_by = lambda *words: typed_before(cluster, before, *words)
    facility = str(cluster.rows("select id from facilities")[0]["id"])
    booth = KioskLeader(cluster, "Bilik 1", facility, at=old.url)
    planned = cluster.add_session(booth.id, "012", start="+0")
    booth.open(planned.id)
    new.start()
    cluster.typed_by = None
    assert shape(cluster) == HEAD
    assert httpx.get(f"{old.url}/health/ready", timeout=5).status_code == 200
    order = cluster.order("message", booth.id, "--session", planned.id, "--text", "apa kabar")
    sent = wait_for(lambda: [each.id for each in booth.sync().commands], within_s=5, what="the command at the old one")
    assert order in sent
    booth.report(CommandAnswered(command_id=order, outcome=CommandOutcome.DONE))
    later = cluster.add_session(booth.id, "013", start="+600")
    assignments = booth.sync().assignments
    assert assignments is not None
    assert later.id in [each.id for each in assignments.sessions]
    booth.report(UsageWritten(usage=record(planned.id)))
    assert cluster.command("command", "show", order)["state"] == "done"
    assert cluster.rows("select state from sessions where id = ?", planned.id) == [{"state": "ended"}]
    assert old.end() == 0
    booth.move_to(new.url)
    assert booth.sync().assignments is not None
    assert not [line for line in old.process.lines() if "Traceback" in line]
    booth.close()
