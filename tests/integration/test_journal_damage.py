"""The supervisor on SQLite's journal after damage: the visit goes on, its record arrives, staff are told where the file is."""

import asyncio
from pathlib import Path

import pytest

from agent.adapters.journal import SqliteJournal, sqlite_journal
from agent.ports import Change
from protocol.terminal import FaultChanged, UsageWritten, VisitState
from tests.visit_driver import TALK_S, DiskRig, InlineThread, VisitDriver

pytestmark = pytest.mark.slow

MOMENTS = (VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING, VisitState.TALKING, VisitState.FAREWELL)


async def damaged_at(state: VisitState, folder: Path, number: int) -> None:
    """The agent is killed in this state, and the first page of its journal damaged."""
    rig = DiskRig(folder)
    driver = VisitDriver(rig)
    path = folder / "journal.sqlite3"
    try:
        rig.plan(in_s=2, talk_s=TALK_S)
        await rig.start()
        await driver.until(lambda: rig.state is state and driver.given_s >= number)
        given_s = driver.given_s
        await rig.crash()
        content = bytearray(path.read_bytes())
        content[100:110] = b"\xff" * 10
        path.write_bytes(content)
        await driver.live_again(given_s)
        assert "JRN-2" in rig.supervisor.loop.booth.faults
        assert rig.state is not VisitState.NONE
        await driver.to_the_end()
        driver.check(record_rows=2)
        told = FaultChanged(code="JRN-2", raised=True, detail=f"{path}.damaged-1")
        assert told in rig.central.events.values()
    finally:
        await rig.close()


@pytest.mark.parametrize("state", MOMENTS)
def test_a_journal_damaged_in_a_visit_costs_neither_the_visit_nor_its_record(
    tmp_path: Path, state: VisitState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_journal, "WriteThread", InlineThread)
    asyncio.run(damaged_at(state, tmp_path, 3 if state is VisitState.TALKING else 0))


class CutOff(SqliteJournal):
    """Is let go of in the moment in which it has stored a usage record."""

    is_cut_off = False

    async def commit(self, change: Change) -> None:
        await super().commit(change)
        if any(isinstance(event, UsageWritten) for event in change.events):
            self.is_cut_off = True
            self.abandon()
            await asyncio.Event().wait()


async def record_damaged(folder: Path) -> None:
    """The one row of the record is damaged before anybody has read it, and the booth that knows of it is not."""
    path = folder / "journal.sqlite3"
    rig = DiskRig(folder)
    driver = VisitDriver(rig)
    cut_off = CutOff(path, boot_id="boot-1")
    journal, rig.journal = rig.journal, cut_off
    try:
        rig.plan(in_s=2, talk_s=TALK_S)
        await rig.start()
        await driver.until(lambda: cut_off.is_cut_off)
        await rig.crash()
        rig.journal = journal
        content = path.read_bytes()
        assert b'"type":"usage"' in content
        path.write_bytes(content.replace(b'"type":"usage"', b'"type":"Usage"'))
        await driver.live_again(0.0)
        assert "JRN-2" in rig.supervisor.loop.booth.faults
        await driver.until(lambda: bool(rig.central.usage()))
        assert len(rig.central.usage()) == 1
    finally:
        await rig.close()


def test_a_record_of_which_the_row_was_damaged_is_written_again_while_the_booth_still_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_journal, "WriteThread", InlineThread)
    asyncio.run(record_damaged(tmp_path))
