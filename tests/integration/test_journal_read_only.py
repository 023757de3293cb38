"""A journal on a disk that cannot be written: it is read all the same, says so, and is written again when it can be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.journal import SqliteJournal
from agent.ports import Change, JournalFailed, JournalLocked
from tests.stage.disk import Disk, needs_disk

pytestmark = pytest.mark.anyio


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    needs_disk()
    where = tmp_path / "state"
    where.mkdir()
    made = Disk(where)
    yield made
    made.remove()


@pytest.fixture
def path(tmp_path: Path, disk: Disk) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


async def test_what_was_there_is_read_and_why_it_cannot_be_written_is_said(path: Path, disk: Disk) -> None:
    before = SqliteJournal(path, boot_id="boot-1")
    await before.load()
    await before.commit(Change(booth=b"left behind", at_ms=7))
    before.abandon()
    disk.make_read_only()
    journal = SqliteJournal(path, boot_id="boot-1")
    saved = await journal.load()
    assert (saved.booth, saved.last_central_ms, saved.clean) == (b"left behind", 7, False)
    assert saved.trouble is not None
    assert "Read-only file system" in saved.trouble
    with pytest.raises(JournalFailed, match="Read-only"):
        await journal.commit(Change(booth=b"new", at_ms=8))
    with pytest.raises(JournalLocked):
        await SqliteJournal(path, boot_id="boot-1").load()
    disk.make_read_only(read_only=False)
    await journal.commit(Change(booth=b"new", at_ms=8))
    await journal.close()
    again = SqliteJournal(path, boot_id="boot-1")
    saved = await again.load()
    assert (saved.booth, saved.trouble, saved.clean) == (b"new", None, True)
    await again.close()


async def test_where_no_journal_was_ever_begun_there_is_nothing_to_read(path: Path, disk: Disk) -> None:
    disk.make_read_only()
    journal = SqliteJournal(path, boot_id="boot-1")
    saved = await journal.load()
    assert (saved.booth, saved.trouble is not None) == (None, True)
    with pytest.raises(JournalLocked, match="unknown"):
        await SqliteJournal(path, boot_id="boot-1").load()
    await journal.close()
    assert not list(path.parent.glob("journal*"))


async def test_a_damaged_journal_on_such_a_disk_is_read_as_far_as_it_goes(path: Path, disk: Disk) -> None:
    before = SqliteJournal(path, boot_id="boot-1")
    await before.load()
    await before.commit(Change(booth=b"left behind", at_ms=7))
    await before.close()
    whole = path.read_bytes()
    path.write_bytes(b"\0" * 40 + whole[40:])
    disk.make_read_only()
    journal = SqliteJournal(path, boot_id="boot-1")
    saved = await journal.load()
    assert saved.booth == b"left behind"
    assert path.read_bytes()[:40] == b"\0" * 40
    await journal.close()
