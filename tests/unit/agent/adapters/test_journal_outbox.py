"""SQLite's journal with more in its outbox than it may keep: the oldest telemetry goes, usage records never."""

from pathlib import Path

import pytest

from agent.adapters.journal import SqliteJournal, rows
from agent.ports import Change
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import (
    CommandAnswered,
    CommandOutcome,
    FaultChanged,
    OutboxEvent,
    UsageWritten,
    VisitMoved,
    VisitState,
)

pytestmark = pytest.mark.anyio

MOST, AT_ONCE = 100, 20


def event_of(number: int) -> OutboxEvent:
    """Usage now and then, among all kinds of telemetry; a fault whose words look like a usage record's."""
    match number % 5:
        case 0:
            record = UsageRecord(
                session_id=f"s{number}",
                end_reason=EndReason.COMPLETED,
                fault_party=FaultParty.NONE,
                planned_start_at_ms=1,
                check_in_at_ms=1,
                ended_at_ms=1,
                talk_promised_s=600,
                talk_extended_s=0,
                talk_delivered_ms=1,
                interrupted_ms=0,
                interruptions=0,
                restarts=0,
            )
            return UsageWritten(usage=record)
        case 1:
            return VisitMoved(session_id=f"s{number}", state=VisitState.TALKING)
        case 2:
            return CommandAnswered(command_id=f"c{number}", outcome=CommandOutcome.DONE)
        case _:
            return FaultChanged(code="JAR-1", raised=True, detail='{"type":"usage"')


async def kept(journal: SqliteJournal) -> list[int]:
    waiting = await journal.oldest(10_000)
    assert waiting is not None
    assert all(row.event == event_of(row.seq) for row in waiting.rows)
    return [row.seq for row in waiting.rows]


async def test_the_oldest_telemetry_goes_first_and_no_usage_record_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", MOST)
    monkeypatch.setattr(rows, "FORGOTTEN_AT_ONCE", AT_ONCE)
    journal = SqliteJournal(tmp_path / "journal.sqlite3", boot_id="boot-1")
    await journal.load()
    for number in range(1, 401):
        await journal.commit(Change(booth=b"b", at_ms=number, events=(event_of(number),)))
        if number <= MOST:
            assert len(await kept(journal)) == number
    seqs = await kept(journal)
    assert len(seqs) <= MOST
    assert [seq for seq in seqs if seq % 5 == 0] == list(range(5, 401, 5))
    telemetry = [seq for seq in seqs if seq % 5]
    assert telemetry == [seq for seq in range(telemetry[0], 401) if seq % 5]
    assert len(telemetry) >= MOST - 80 - AT_ONCE - 1
    await journal.close()


async def test_usage_records_alone_may_be_more_than_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 10)
    journal = SqliteJournal(tmp_path / "journal.sqlite3", boot_id="boot-1")
    await journal.load()
    for number in range(5, 105, 5):
        await journal.commit(Change(booth=b"b", at_ms=number, events=(event_of(number),)))
    waiting = await journal.oldest(100)
    assert waiting is not None
    assert waiting.total == 20
    await journal.close()


async def test_what_comes_after_a_gap_is_counted_on_and_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 30)
    monkeypatch.setattr(rows, "FORGOTTEN_AT_ONCE", 5)
    journal = SqliteJournal(tmp_path / "journal.sqlite3", boot_id="boot-1")
    await journal.load()
    await journal.commit(Change(booth=b"b", at_ms=1, events=tuple(event_of(number) for number in range(1, 51))))
    seqs = await kept(journal)
    assert (len(seqs), seqs[:4], seqs[-1]) == (25, [5, 10, 15, 20], 50)
    await journal.commit(Change(booth=b"b", at_ms=1, events=(event_of(51),)))
    await journal.acknowledge("boot-1", 48)
    assert await kept(journal) == [49, 50, 51]
    await journal.close()
