"""What every Journal keeps, over crashes too: the fake in memory and SQLite's."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from agent.adapters.journal import SqliteJournal
from agent.ports import Change, Journal
from protocol.terminal import CommandAnswered, CommandOutcome, FaultChanged, VisitMoved, VisitState
from tests.fakes import MemoryJournal

pytestmark = pytest.mark.anyio

RAISED = FaultChanged(code="JAR-1", raised=True)
GONE = FaultChanged(code="JAR-1", raised=False)
MOVED = VisitMoved(session_id="s1", state=VisitState.CHECK_IN)
DONE = CommandAnswered(command_id="c1", outcome=CommandOutcome.DONE)


class Disk(Protocol):
    """What outlives an agent: `agent` is a new one on it, the last one having crashed or closed."""

    def agent(self, boot_id: str = "boot-1") -> Journal: ...


class MemoryDisk:
    def __init__(self) -> None:
        self.journal = MemoryJournal()

    def agent(self, boot_id: str = "boot-1") -> Journal:
        self.journal.boot_id = boot_id
        return self.journal


class RealDisk:
    """A crash in the same process: the connection is dropped without a good-bye and the lock let go."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "state" / "journal.sqlite3"
        self.last: SqliteJournal | None = None

    def agent(self, boot_id: str = "boot-1") -> Journal:
        if self.last is not None:
            self.last.abandon()
        self.last = SqliteJournal(self.path, boot_id=boot_id)
        return self.last


@pytest.fixture(params=["memory", "sqlite"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    make: dict[str, Callable[[], Disk]] = {"memory": MemoryDisk, "sqlite": lambda: RealDisk(tmp_path)}
    return make[request.param]()


async def test_a_new_journal_remembers_nothing(disk: Disk) -> None:
    journal = disk.agent()
    saved = await journal.load()
    assert (saved.booth, saved.boot_id, saved.clean, saved.done, saved.last_central_ms) == (None, None, False, {}, None)
    assert saved.set_aside is None
    assert await journal.oldest(10) is None
    await journal.close()


async def test_what_was_committed_is_there_after_a_crash(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=5, events=(RAISED,), done=(DONE,)))
    journal = disk.agent("boot-2")
    saved = await journal.load()
    assert (saved.booth, saved.boot_id, saved.clean, saved.last_central_ms) == (b"one", "boot-1", False, 5)
    assert saved.done == {"c1": DONE}
    waiting = await journal.oldest(10)
    assert waiting is not None
    assert [row.event for row in waiting.rows] == [RAISED]
    await journal.close()


async def test_an_orderly_end_is_seen_as_clean_and_only_once(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=None))
    await journal.close()
    journal = disk.agent()
    assert (await journal.load()).clean
    journal = disk.agent()
    assert not (await journal.load()).clean
    await journal.close()


async def test_events_are_counted_by_one_within_a_boot_over_restarts_and_acknowledgements(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=None, events=(RAISED, GONE)))
    await journal.acknowledge("boot-1", 2)
    journal = disk.agent()
    await journal.load()
    await journal.commit(Change(booth=b"two", at_ms=7, events=(MOVED,)))
    waiting = await journal.oldest(10)
    assert waiting is not None
    assert [(row.seq, row.at_ms, row.event) for row in waiting.rows] == [(3, 7, MOVED)]
    await journal.close()


async def test_each_boot_counts_from_one_and_the_older_boot_is_sent_first(disk: Disk) -> None:
    journal = disk.agent("boot-1")
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=1, events=(RAISED, GONE)))
    journal = disk.agent("boot-2")
    await journal.load()
    await journal.commit(Change(booth=b"two", at_ms=2, events=(MOVED,)))
    first = await journal.oldest(10)
    assert first is not None
    assert (first.boot_id, [row.seq for row in first.rows], first.total) == ("boot-1", [1, 2], 3)
    await journal.acknowledge("boot-1", 2)
    second = await journal.oldest(10)
    assert second is not None
    assert (second.boot_id, [row.seq for row in second.rows], second.total) == ("boot-2", [1], 1)
    await journal.acknowledge("boot-2", 1)
    assert await journal.oldest(10) is None
    await journal.close()


async def test_a_batch_is_no_longer_than_asked_for_and_repeated_until_acknowledged(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=1, events=(RAISED, GONE, MOVED)))
    for _ in range(2):
        waiting = await journal.oldest(2)
        assert waiting is not None
        assert ([row.seq for row in waiting.rows], waiting.total) == ([1, 2], 3)
    await journal.acknowledge("boot-1", 1)
    waiting = await journal.oldest(2)
    assert waiting is not None
    assert [row.seq for row in waiting.rows] == [2, 3]
    await journal.close()


async def test_the_newest_checkpoint_is_there_after_a_commit(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    for number in range(50):
        journal.checkpoint(b"checkpoint %d" % number)
    await journal.acknowledge("boot-1", 0)
    journal = disk.agent()
    assert (await journal.load()).booth == b"checkpoint 49"
    await journal.close()


async def test_checkpoints_and_commits_keep_their_order(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    journal.checkpoint(b"1")
    await journal.commit(Change(booth=b"2", at_ms=None))
    journal.checkpoint(b"3")
    await journal.close()
    journal = disk.agent()
    assert (await journal.load()).booth == b"3"
    journal.checkpoint(b"4")
    await journal.commit(Change(booth=b"5", at_ms=None))
    await journal.close()
    assert (await disk.agent().load()).booth == b"5"


async def test_centrals_time_is_never_remembered_as_earlier_than_it_was(disk: Disk) -> None:
    journal = disk.agent()
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=900))
    await journal.commit(Change(booth=b"two", at_ms=800))
    await journal.commit(Change(booth=b"three", at_ms=None))
    await journal.close()
    journal = disk.agent()
    assert (await journal.load()).last_central_ms == 900
    await journal.close()
