"""SQLite's journal against bytes that changed and files that were cut: all that is still there comes over, nothing else does."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.adapters.journal import SqliteJournal, salvage
from agent.adapters.journal.pages import PAGE_BYTES
from agent.ports import Change, JournalDamaged, JournalFailed
from protocol.terminal import CommandAnswered, CommandOutcome, FaultChanged
from tests.unit.agent.adapters.damaged_journal import (
    DAMAGES,
    NAMES,
    ROWS,
    Model,
    booth_of,
    damage,
    drained,
    event_of,
    mark_in,
    must_come_over,
    start_on,
    write_model,
)


@pytest.fixture
def quick_disk() -> Iterator[Path]:
    """A disk in memory where there is one: a thousand times fsync is not what is tried here."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(params=["in the file", "in the log"])
def model(request: pytest.FixtureRequest, quick_disk: Path) -> Model:
    return asyncio.run(write_model(quick_disk, in_log=request.param == "in the log"))


@pytest.mark.slow
@pytest.mark.shortened
def test_whatever_bytes_change_the_agent_starts_and_every_row_of_an_intact_page_comes_over_unchanged(
    model: Model, quick_disk: Path
) -> None:
    set_aside = 0
    for seed in range(DAMAGES):
        chance = random.Random(seed)
        folder = quick_disk / str(seed)
        shutil.copytree(model.folder, folder)
        what = f"seed {seed}: {damage(folder, chance)}"
        needed, needed_answers = must_come_over(model, folder)
        saved, sent = asyncio.run(start_on(folder))
        set_aside += saved.set_aside is not None
        events = {event_of(seq): seq for (boot_id, seq), event in sent.items() if boot_id == "boot-1" and seq <= ROWS}
        assert needed <= set(events.values()), what
        assert needed_answers <= saved.done.keys(), what
        old = {key: event for key, event in sent.items() if event != FaultChanged(code="JAR-2", raised=True)}
        assert all(event == event_of(seq) for (_, seq), event in old.items()), what
        assert all(boot_id == "boot-1" for boot_id, _ in old), what
        assert saved.booth is None or saved.booth in {booth_of(number) for number in range(1, ROWS + 1)}, what
        assert len(sent) == len(old) + 1, what
        shutil.rmtree(folder)
    assert set_aside > DAMAGES / 4


async def some_damage(path: Path) -> None:
    """A journal with three rows and an answer, damaged in the page of its first table."""
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    answer = CommandAnswered(command_id="c1", outcome=CommandOutcome.DONE)
    events = (event_of(1), event_of(10), event_of(3))
    await journal.commit(Change(booth=booth_of(1), at_ms=5, events=events, done=(answer,)))
    await journal.close()
    content = bytearray(path.read_bytes())
    content[100:120] = b"\xff" * 20
    path.write_bytes(content)


@pytest.mark.anyio
async def test_booth_outbox_and_answers_come_over_and_the_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / NAMES[0]
    await some_damage(path)
    damaged = path.read_bytes()
    journal = SqliteJournal(path, boot_id="boot-2")
    saved = await journal.load()
    assert (saved.booth, saved.boot_id, saved.last_central_ms) == (booth_of(1), "boot-1", 5)
    assert saved.done == {"c1": CommandAnswered(command_id="c1", outcome=CommandOutcome.DONE)}
    assert not saved.clean
    assert saved.set_aside == f"{path}.damaged-1"
    assert Path(saved.set_aside).read_bytes() == damaged
    assert [event for _, event in (await drained(journal)).items()] == [event_of(1), event_of(10), event_of(3)]
    await journal.close()


@pytest.mark.anyio
async def test_damage_is_told_at_every_start_until_an_orderly_end(tmp_path: Path) -> None:
    path = tmp_path / NAMES[0]
    await some_damage(path)
    for _ in range(2):
        journal = SqliteJournal(path, boot_id="boot-2")
        assert (await journal.load()).set_aside is not None
        journal.abandon()
    await journal.load()
    await journal.close()
    assert (await journal.load()).set_aside is None
    await journal.close()


class Crash(Exception):
    """The power is cut here."""


@pytest.mark.anyio
@pytest.mark.parametrize("step", ["build", "move_aside", "put_in_place"])
async def test_a_crash_at_any_step_of_beginning_anew_loses_nothing(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / NAMES[0]
    await some_damage(path)
    (tmp_path / f"{NAMES[0]}-wal").write_bytes(b"")

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as during:
        during.setattr(salvage, step, crash)
        with pytest.raises(Crash):
            await SqliteJournal(path, boot_id="boot-2").load()
    saved, sent = await start_on(tmp_path)
    assert saved.set_aside == f"{path}.damaged-1"
    assert list(sent.values())[:3] == [event_of(1), event_of(10), event_of(3)]


@pytest.mark.anyio
async def test_with_no_room_for_a_new_journal_the_damaged_one_stays_and_is_taken_up_later(tmp_path: Path) -> None:
    path = tmp_path / NAMES[0]
    await some_damage(path)
    with pytest.raises(JournalFailed, match="full"):
        await SqliteJournal(path, boot_id="boot-2", max_bytes=4 * PAGE_BYTES).load()
    saved, sent = await start_on(tmp_path)
    assert saved.booth == booth_of(1)
    assert len(sent) == 4


@pytest.mark.anyio
async def test_a_changed_value_is_found_although_the_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / NAMES[0]
    await some_damage(path)
    await start_on(tmp_path)
    journal = SqliteJournal(path, boot_id="boot-2")
    await journal.load()
    await journal.commit(Change(booth=booth_of(1), at_ms=9, events=(event_of(1), event_of(10))))
    await journal.close()
    content = path.read_bytes()
    assert content.count(b'"talk_delivered_ms":600000') == 1
    path.write_bytes(content.replace(b'"talk_delivered_ms":600000', b'"talk_delivered_ms":900000'))
    journal = SqliteJournal(path, boot_id="boot-2")
    assert (await journal.load()).set_aside == f"{path}.damaged-2"
    assert list((await drained(journal)).values()) == [event_of(1)]
    await journal.close()


@pytest.mark.slow
def test_the_newest_booth_comes_out_of_the_log_with_all_its_pages(model: Model) -> None:
    path = model.folder / NAMES[0]
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    saved, _ = asyncio.run(start_on(model.folder))
    assert saved.set_aside is not None
    assert saved.booth == booth_of(ROWS)
    assert saved.last_central_ms == ROWS


@pytest.mark.anyio
async def test_damage_while_the_agent_runs_fails_once_and_what_is_asked_next_finds_a_whole_journal(
    tmp_path: Path,
) -> None:
    path = tmp_path / NAMES[0]
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.commit(Change(booth=booth_of(1), at_ms=5, events=tuple(event_of(number) for number in range(1, 101))))
    await journal.close()
    await journal.load()
    content = bytearray(path.read_bytes())
    at = content.index(mark_in(53)) // PAGE_BYTES * PAGE_BYTES
    gone = {number for number in range(1, 101) if mark_in(number) in content[at : at + PAGE_BYTES]}
    content[at : at + PAGE_BYTES] = b"\xff" * PAGE_BYTES
    path.write_bytes(content)
    with pytest.raises(JournalDamaged, match=r"damaged-1: kept here"):
        await journal.oldest(200)
    await journal.commit(Change(booth=booth_of(2), at_ms=6, events=(event_of(200),)))
    sent = await drained(journal)
    assert set(sent.values()) == {event_of(number) for number in range(1, 101) if number not in gone} | {event_of(200)}
    journal.abandon()
    saved = await journal.load()
    assert (saved.booth, saved.set_aside) == (booth_of(2), f"{path}.damaged-1")
    await journal.close()
