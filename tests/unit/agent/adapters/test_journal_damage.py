"""SQLite's journal against bytes that changed and files that were cut: all that is still there comes over, nothing else does."""

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.adapters.journal import SqliteJournal, salvage
from agent.adapters.journal.pages import FRAME_BYTES, FRAME_HEADER_BYTES, PAGE_BYTES, WAL_HEADER_BYTES
from agent.ports import Change, JournalDamaged, JournalFailed, Saved
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import CommandAnswered, CommandOutcome, FaultChanged, OutboxEvent, UsageWritten
from tests.fakes import NINE_O_CLOCK_MS

ROWS = 120
DAMAGES = 3000 if os.environ.get("BILIK_LONG") else 25
KINDS = ("flip", "flips", "page", "cut")
NAMES = ("journal.sqlite3", "journal.sqlite3-wal", "journal.sqlite3-shm")


def usage_of(number: int) -> UsageWritten:
    record = UsageRecord(
        session_id=f"session-{number:05}",
        end_reason=EndReason.COMPLETED,
        fault_party=FaultParty.NONE,
        planned_start_at_ms=NINE_O_CLOCK_MS,
        check_in_at_ms=NINE_O_CLOCK_MS,
        ended_at_ms=NINE_O_CLOCK_MS,
        talk_promised_s=600,
        talk_extended_s=0,
        talk_delivered_ms=600_000,
        interrupted_ms=0,
        interruptions=0,
        restarts=0,
    )
    return UsageWritten(usage=record)


def event_of(number: int) -> OutboxEvent:
    if number % 10 == 0:
        return usage_of(number)
    return FaultChanged(code="JAR-1", raised=True, detail=f"event-{number:05}." + "x" * (number % 90))


def mark_in(number: int) -> bytes:
    """Bytes that only this row has in the file."""
    return (f'"session-{number:05}"' if number % 10 == 0 else f'"event-{number:05}.').encode()


def booth_of(number: int) -> bytes:
    """Large enough for a chain of pages now and then, as a booth with a day's schedule is."""
    return b"<booth %05d>" % number + b"b" * (300 if number % 4 == 1 else 9000) + b"</booth %05d>" % number


class Model(NamedTuple):
    """A journal as a crash left it, and what was written into it."""

    folder: Path
    events: dict[int, OutboxEvent]


async def write_model(folder: Path, *, in_log: bool) -> Model:
    """Rows of which the last third are in the log alone, or all in the file."""
    journal = SqliteJournal(folder / NAMES[0], boot_id="boot-1")
    await journal.load()
    for number in range(1, ROWS + 1):
        if in_log and number == ROWS * 2 // 3:
            await journal.close()
            await journal.load()
        answer = CommandAnswered(command_id=f"c{number}", outcome=CommandOutcome.DONE)
        change = Change(
            booth=booth_of(number), at_ms=number, events=(event_of(number),), done=(answer,) if number % 2 == 0 else ()
        )
        await journal.commit(change)
    await journal.acknowledge("boot-1", 20)
    kept = folder / "kept"
    kept.mkdir()
    if not in_log:
        await journal.close()
    for name in NAMES[:2]:
        if (folder / name).exists():
            shutil.copy(folder / name, kept / name)
    journal.abandon()
    return Model(kept, {number: event_of(number) for number in range(21, ROWS + 1)})


@pytest.fixture
def quick_disk() -> Iterator[Path]:
    """A disk in memory where there is one: a thousand times fsync is not what is tried here."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(params=["in the file", "in the log"])
def model(request: pytest.FixtureRequest, quick_disk: Path) -> Model:
    return asyncio.run(write_model(quick_disk, in_log=request.param == "in the log"))


def damage(folder: Path, chance: random.Random) -> str:
    """Change something; returns what, so that a failure can be read."""
    path = chance.choice([folder / name for name in NAMES if (folder / name).exists()])
    content = bytearray(path.read_bytes())
    kind, at = chance.choice(KINDS), chance.randrange(len(content))
    if chance.random() < 0.2:
        at = chance.randrange(100)
    if kind == "cut":
        del content[at:]
    elif kind == "page":
        content[at : at + PAGE_BYTES] = chance.randbytes(len(content[at : at + PAGE_BYTES]))
    else:
        for _ in range(1 if kind == "flip" else 40):
            content[at] ^= 1 << chance.randrange(8)
            at = chance.randrange(len(content))
    path.write_bytes(content)
    return f"{kind} in {path.name} at {at}"


def must_come_over(model: Model, damaged: Path) -> tuple[set[int], set[str]]:
    """The rows and answers of which a page is as it was; of the log, as far as it is known where its generation ends."""
    intact = b""
    before, after = ((folder / NAMES[0]).read_bytes() for folder in (model.folder, damaged))
    for at in range(0, len(before), PAGE_BYTES):
        if before[at : at + PAGE_BYTES] == after[at : at + PAGE_BYTES]:
            intact += before[at : at + PAGE_BYTES]
    if (model.folder / NAMES[1]).exists():
        intact += intact_log(*((folder / NAMES[1]).read_bytes() for folder in (model.folder, damaged)))
    answers = {f"c{number}" for number in range(2, ROWS + 1, 2) if f'"command_id":"c{number}"'.encode() in intact}
    return {number for number in model.events if mark_in(number) in intact}, answers


def intact_log(before: bytes, after: bytes) -> bytes:
    first = WAL_HEADER_BYTES + FRAME_HEADER_BYTES
    if before[:first] != after[:first]:
        return b""
    frames = [slice(at, at + FRAME_BYTES) for at in range(WAL_HEADER_BYTES, len(before), FRAME_BYTES)]
    same = [frame for frame in frames if before[frame] == after[frame]]
    ends = [frame.start for frame in same if any(before[frame][4:8])]
    last = max(ends, default=-1)
    return b"".join(before[frame] for frame in same if frame.start <= last)


async def drained(journal: SqliteJournal) -> dict[tuple[str, int], OutboxEvent]:
    """Everything the journal has to send, as central gets it, in the order of its counting."""
    sent: dict[tuple[str, int], OutboxEvent] = {}
    while (waiting := await journal.oldest(50)) is not None:
        assert [row.seq for row in waiting.rows] == sorted({row.seq for row in waiting.rows})
        for row in waiting.rows:
            assert (waiting.boot_id, row.seq) not in sent
            sent[waiting.boot_id, row.seq] = row.event
        await journal.acknowledge(waiting.boot_id, waiting.rows[-1].seq)
    return sent


async def start_on(folder: Path) -> tuple[Saved, dict[tuple[str, int], OutboxEvent]]:
    """Load, write one thing, read all that waits, and close."""
    journal = SqliteJournal(folder / NAMES[0], boot_id="boot-1")
    saved = await journal.load()
    await journal.commit(Change(booth=b"goes on", at_ms=1, events=(FaultChanged(code="JAR-2", raised=True),)))
    sent = await drained(journal)
    await journal.close()
    return saved, sent


@pytest.mark.slow
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
