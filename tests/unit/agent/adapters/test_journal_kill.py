"""SQLite's journal against kill -9 at any moment of a writing process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.adapters.journal import SqliteJournal

pytestmark = pytest.mark.anyio

CHILD = """
import asyncio, sys
from pathlib import Path
from agent.adapters.journal import SqliteJournal
from agent.ports import Change
from protocol.terminal import FaultChanged

async def main():
    journal = SqliteJournal(Path(sys.argv[1]), boot_id=sys.argv[2])
    await journal.load()
    for number in range(1_000_000):
        journal.checkpoint(b"never newer than the commit")
        event = FaultChanged(code="JAR-1", raised=bool(number % 2))
        await journal.commit(Change(booth=b"%d" % number, at_ms=number, events=(event,)))
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_after_kill_9_everything_committed_is_there(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    expected = 0
    for boot in range(3):
        said = kill_after(path, f"boot-{boot}", commits=20 + boot)
        journal = SqliteJournal(path, boot_id="boot-after")
        saved = await journal.load()
        assert saved.booth is not None
        assert not saved.clean
        assert saved.set_aside is None
        assert saved.boot_id == f"boot-{boot}"
        assert saved.last_central_ms is not None
        assert saved.last_central_ms >= said
        waiting = await journal.oldest(1)
        assert waiting is not None
        expected += said + 1
        assert waiting.total >= expected
        expected = waiting.total
        await journal.close()


def kill_after(path: Path, boot_id: str, *, commits: int) -> int:
    """Run a child that commits as fast as it can, kill it in the middle; returns the last commit it told us of."""
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), boot_id], stdout=subprocess.PIPE, text=True, cwd=root
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= commits:
                break
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().split()
        return int(rest[-1]) if rest else commits
