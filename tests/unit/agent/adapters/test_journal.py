"""SQLite's journal against what happens to disks: full, damaged, newer, held by another."""

import asyncio
import contextlib
import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.journal import SqliteJournal
from agent.adapters.journal.database import SCHEMA_VERSION, known_error, mark_of, open_database, row_sum
from agent.ports import Change, JournalDamaged, JournalFailed, JournalLocked, JournalTooNew
from protocol.terminal import CommandAnswered, CommandOutcome, FaultChanged

pytestmark = pytest.mark.anyio

RAISED = FaultChanged(code="JAR-1", raised=True)
WEEK_MS = 7 * 86_400_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


def open_plainly(path: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(path))


async def fill(path: Path) -> None:
    """A journal that was used and closed."""
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.commit(Change(booth=b"booth" * 3000, at_ms=1, events=(RAISED,) * 40))
    await journal.close()


async def test_only_its_own_account_can_read_it(path: Path) -> None:
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.commit(Change(booth=b"one", at_ms=1))
    for name in ("", "-wal", "-shm", ".lock"):
        assert stat.S_IMODE(path.with_name(path.name + name).stat().st_mode) == 0o600
    await journal.close()


async def test_writes_are_synchronous_and_logged_ahead(path: Path) -> None:
    with contextlib.closing(open_database(path, max_bytes=1_000_000)) as database:
        assert database.execute("pragma journal_mode").fetchone()[0] == "wal"
        assert database.execute("pragma synchronous").fetchone()[0] == 2
        assert database.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION


async def test_a_second_agent_is_refused_with_the_pid_of_the_first(path: Path) -> None:
    first = SqliteJournal(path, boot_id="boot-1")
    await first.load()
    with pytest.raises(JournalLocked, match=f"pid {os.getpid()} "):
        await SqliteJournal(path, boot_id="boot-1").load()
    await first.commit(Change(booth=b"one", at_ms=1))
    await first.close()
    again = SqliteJournal(path, boot_id="boot-1")
    assert (await again.load()).booth == b"one"
    await again.close()


async def test_a_newer_journal_is_refused_and_not_touched(path: Path) -> None:
    await fill(path)
    with open_plainly(path) as database:
        database.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        database.execute(f"pragma application_id = {mark_of(SCHEMA_VERSION + 1)}")
    before = path.read_bytes()
    with pytest.raises(JournalTooNew, match="newer agent"):
        await SqliteJournal(path, boot_id="boot-1").load()
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["header", "middle", "tables"])
async def test_a_damaged_journal_is_set_aside_and_begun_anew(path: Path, damage: str) -> None:
    await fill(path)
    damage_file(path, damage)
    journal = SqliteJournal(path, boot_id="boot-1")
    saved = await journal.load()
    assert saved.set_aside == str(path) + ".damaged-1"
    assert Path(saved.set_aside).stat().st_size > 0
    assert saved.booth in (None, b"booth" * 3000)
    assert not saved.clean
    await journal.commit(Change(booth=b"anew", at_ms=1, events=(RAISED,)))
    await journal.close()
    journal = SqliteJournal(path, boot_id="boot-1")
    again = await journal.load()
    assert (again.booth, again.set_aside, again.clean) == (b"anew", None, True)
    await journal.close()


def damage_file(path: Path, damage: str) -> None:
    if damage == "tables":
        with open_plainly(path) as database:
            database.execute("drop table state")
        return
    content = bytearray(path.read_bytes())
    start = 0 if damage == "header" else 4096
    content[start : start + 6000] = b"\xa5" * 6000
    path.write_bytes(content)


async def test_damage_twice_keeps_both_files(path: Path) -> None:
    for number in (1, 2):
        await fill(path)
        damage_file(path, "header")
        journal = SqliteJournal(path, boot_id="boot-1")
        assert (await journal.load()).set_aside == f"{path}.damaged-{number}"
        await journal.close()


async def test_after_damage_in_one_boot_events_are_not_taken_for_repetitions(path: Path) -> None:
    await fill(path)
    damage_file(path, "header")
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.commit(Change(booth=b"anew", at_ms=1, events=(RAISED,)))
    waiting = await journal.oldest(5)
    assert waiting is not None
    assert (waiting.boot_id, waiting.rows[0].seq, waiting.total) == ("boot-1", 1, 41)
    await journal.acknowledge(waiting.boot_id, 40)
    waiting = await journal.oldest(5)
    assert waiting is not None
    assert waiting.boot_id.startswith("boot-1-")
    assert [row.seq for row in waiting.rows] == [1]
    await journal.close()


async def test_a_full_disk_fails_the_commit_whole_and_the_next_that_fits_succeeds(path: Path) -> None:
    journal = SqliteJournal(path, boot_id="boot-1", max_bytes=128 * 1024)
    await journal.load()
    await journal.commit(Change(booth=b"small", at_ms=1, events=(RAISED,)))
    with pytest.raises(JournalFailed, match="disk is full"):
        await journal.commit(Change(booth=b"x" * 1_000_000, at_ms=2, events=(RAISED, RAISED)))
    waiting = await journal.oldest(10)
    assert waiting is not None
    assert waiting.total == 1
    await journal.commit(Change(booth=b"fits", at_ms=3, events=(RAISED,)))
    waiting = await journal.oldest(10)
    assert waiting is not None
    assert [row.seq for row in waiting.rows] == [1, 2]
    await journal.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 400 kB."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", tmp_path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


async def test_on_a_full_disk_the_agent_still_starts_and_stops_and_reads_what_it_knew(small_disk: Path) -> None:
    path = small_disk / "journal.sqlite3"
    await fill(path)
    (small_disk / "fill").write_bytes(b"")
    with contextlib.suppress(OSError), (small_disk / "fill").open("wb", buffering=0) as filler:
        os.posix_fallocate(filler.fileno(), 0, os.statvfs(small_disk).f_bavail * 4096 - 8 * 4096)
    journal = SqliteJournal(path, boot_id="boot-1")
    saved = await journal.load()
    assert saved.booth is not None
    with pytest.raises(JournalFailed, match="full"):
        await journal.commit(Change(booth=b"x" * 100_000, at_ms=2))
    with (small_disk / "fill").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 512)
    with pytest.raises(JournalFailed, match="full"):
        await journal.commit(Change(booth=b"x" * 100_000, at_ms=2))
    await journal.close()
    (small_disk / "fill").unlink()
    again = SqliteJournal(path, boot_id="boot-1")
    assert (await again.load()).booth == saved.booth
    await again.commit(Change(booth=b"room again", at_ms=3))
    await again.close()


async def test_a_checkpoint_that_fails_is_silent_and_the_next_commit_says_it(path: Path) -> None:
    journal = SqliteJournal(path, boot_id="boot-1", max_bytes=128 * 1024)
    await journal.load()
    await journal.commit(Change(booth=b"small", at_ms=1))
    journal.checkpoint(b"x" * 1_000_000)
    with pytest.raises(JournalFailed):
        await journal.commit(Change(booth=b"y" * 1_000_000, at_ms=2))
    await journal.close()
    journal = SqliteJournal(path, boot_id="boot-1")
    assert (await journal.load()).booth == b"small"
    await journal.close()


async def test_a_checkpoint_asked_for_while_a_commit_waits_is_written_after_it(path: Path) -> None:
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    with open_plainly(path) as other:
        other.execute("begin immediate")  # nothing can be written until this is over
        first = asyncio.create_task(journal.acknowledge("boot-1", 0))
        await asyncio.sleep(0)
        journal.checkpoint(b"1")
        waiting = asyncio.create_task(journal.commit(Change(booth=b"2", at_ms=1)))
        await asyncio.sleep(0)
        journal.checkpoint(b"3")
        other.rollback()
    await asyncio.gather(first, waiting)
    await journal.close()
    assert (await SqliteJournal(path, boot_id="boot-1").load()).booth == b"3"


async def test_a_directory_that_cannot_be_made_is_the_environments_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(JournalFailed, match="file"):
        await SqliteJournal(tmp_path / "file" / "journal.sqlite3", boot_id="boot-1").load()


async def test_after_a_failed_load_the_lock_is_free(path: Path) -> None:
    path.mkdir()
    with pytest.raises(JournalFailed):
        await SqliteJournal(path, boot_id="boot-1").load()
    path.rmdir()
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.close()


async def test_a_closed_journal_refuses_to_be_used_and_closes_twice(path: Path) -> None:
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.close()
    await journal.close()
    with pytest.raises(RuntimeError, match="not open"):
        await journal.commit(Change(booth=b"late", at_ms=1))


async def test_a_row_that_cannot_be_read_does_not_block_those_behind_it(path: Path) -> None:
    await fill(path)
    future = '{"type": "of the future"}'
    with open_plainly(path) as database, database:
        for seq in range(1, 40):
            its_sum = row_sum("outbox", "boot-1", seq, 1, future)
            database.execute("update outbox set event = ?, sum = ? where seq = ?", (future, its_sum, seq))
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    waiting = await journal.oldest(10)
    assert waiting is not None
    assert ([row.seq for row in waiting.rows], waiting.total) == ([40], 1)
    await journal.close()


async def test_commands_are_remembered_for_a_week(path: Path) -> None:
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    for command_id, at_ms in (("old", 1000), ("young", 2000)):
        answer = CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE)
        await journal.commit(Change(booth=b"b", at_ms=at_ms, done=(answer,)))
    await journal.commit(Change(booth=b"b", at_ms=1500 + WEEK_MS))
    await journal.close()
    journal = SqliteJournal(path, boot_id="boot-1")
    assert set((await journal.load()).done) == {"young"}
    await journal.close()


async def test_what_sqlite_says_is_sorted_into_environment_damage_and_bug(path: Path) -> None:
    assert isinstance(known_error(with_code(sqlite3.SQLITE_FULL), path), JournalFailed)
    assert isinstance(known_error(with_code(sqlite3.SQLITE_IOERR | (3 << 8)), path), JournalFailed)
    assert isinstance(known_error(with_code(sqlite3.SQLITE_READONLY), path), JournalFailed)
    assert isinstance(known_error(with_code(sqlite3.SQLITE_CORRUPT | (1 << 8)), path), JournalDamaged)
    assert known_error(with_code(sqlite3.SQLITE_MISUSE), path) is None
    assert known_error(sqlite3.ProgrammingError("no code at all"), path) is None


def with_code(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    return error
