"""A journal with known rows, ways to damage it, and what must still come out of it."""

import random
import shutil
from pathlib import Path
from typing import NamedTuple

from agent.adapters.journal import SqliteJournal
from agent.adapters.journal.pages import FRAME_BYTES, FRAME_HEADER_BYTES, PAGE_BYTES, WAL_HEADER_BYTES
from agent.ports import Change, Saved
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import CommandAnswered, CommandOutcome, FaultChanged, OutboxEvent, UsageWritten
from tests.fakes import NINE_O_CLOCK_MS
from tests.length import IS_LONG

ROWS = 120
DAMAGES = 3000 if IS_LONG else 25
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
