"""Reports that an older central refuses for good are kept in a file, told to staff, and hold up no other."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from agent.ports import Change, Rejected
from agent.supervisor.outbox import BATCH, MOST_IN_A_ROW, REFUSED_PAUSE_S, Outbox
from agent.supervisor.refused import MOST_BYTES, NAME, Line, RefusedRows
from protocol.terminal import FaultChanged, OutboxRow
from tests.agent_rig import Rig, running_rig
from tests.fakes import FakeCentral, FakeClock, MemoryJournal

pytestmark = pytest.mark.anyio


class OlderCentral(FakeCentral):
    """Refuses every batch in which a row of these numbers is."""

    def __init__(self, clock: FakeClock, *, cannot_read: set[int], code: str = "bad_message") -> None:
        super().__init__(clock)
        self.cannot_read = cannot_read
        self.code = code
        self.asked = 0

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        self.asked += 1
        if any(row.seq in self.cannot_read for row in rows):
            raise Rejected("events: central said no: the message is not as agreed", code=self.code)
        return await super().send_events(boot_id, rows)


class Desk:
    """An outbox with so many rows in it."""

    def __init__(self, state_dir: Path, rows: int, *, cannot_read: set[int], code: str = "bad_message") -> None:
        self.clock = FakeClock()
        self.journal = MemoryJournal()
        self.central = OlderCentral(self.clock, cannot_read=cannot_read, code=code)
        self.file = state_dir / NAME
        self.told: list[str] = []
        self.rows = rows
        self.outbox = Outbox(
            central=self.central,
            clock=self.clock,
            journal=self.journal,
            refused=RefusedRows(state_dir),
            kept=self.told.append,
            sent=asyncio.Event(),
            recovered=asyncio.Event(),
        )

    async def run(self, seconds: float) -> None:
        events = tuple(FaultChanged(code="JAR-1", raised=number % 2 == 0) for number in range(self.rows))
        await self.journal.commit(Change(booth=b"", at_ms=1, events=events))
        work = asyncio.ensure_future(self.outbox.run())
        for _ in range(round(seconds * 10)):
            await self.clock.advance(0.1)
            await asyncio.sleep(0.002)
        work.cancel()

    def kept(self) -> list[int]:
        lines = self.file.read_bytes().splitlines() if self.file.exists() else []
        return [msgspec.json.decode(line, type=Line).row.seq for line in lines]


async def test_the_one_bad_row_is_found_and_kept_and_all_others_arrive(tmp_path: Path) -> None:
    desk = Desk(tmp_path, BATCH + 50, cannot_read={77})
    await desk.run(3)
    assert desk.kept() == [77]
    assert desk.journal.rows == []
    assert sorted(seq for _boot, seq in desk.central.events) == [seq for seq in range(1, BATCH + 51) if seq != 77]
    assert len(desk.told) == 1
    assert desk.central.asked <= 40
    assert desk.file.stat().st_mode & 0o777 == 0o600


async def test_bad_rows_apart_from_each_other_are_all_found(tmp_path: Path) -> None:
    bad = {1, 2, 60, 150, 199, 200}
    desk = Desk(tmp_path, 200, cannot_read=bad)
    await desk.run(4)
    assert desk.kept() == sorted(bad)
    assert desk.journal.rows == []


async def test_a_central_that_understands_nothing_does_not_empty_the_outbox_into_a_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 40, cannot_read=set(range(1, 41)))
    await desk.run(REFUSED_PAUSE_S + 10)
    assert desk.kept() == list(range(1, MOST_IN_A_ROW + 1))
    assert len(desk.journal.rows) == 40 - MOST_IN_A_ROW


async def test_a_no_that_is_not_about_the_message_puts_nothing_aside(tmp_path: Path) -> None:
    desk = Desk(tmp_path, 3, cannot_read={1, 2, 3}, code="out_of_order")
    await desk.run(REFUSED_PAUSE_S + 10)
    assert (desk.kept(), len(desk.journal.rows)) == ([], 3)


@pytest.mark.parametrize("is_full", [True, False])
async def test_what_cannot_be_kept_aside_stays_in_the_outbox(tmp_path: Path, is_full: bool) -> None:
    desk = Desk(tmp_path, 3, cannot_read={1})
    if is_full:
        desk.file.write_bytes(b"x" * (MOST_BYTES + 1))
    else:
        desk.file.mkdir()
    await desk.run(3)
    assert len(desk.journal.rows) == 3
    assert desk.told == []


async def test_staff_are_told_and_told_again_after_a_restart_until_the_file_is_gone(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        assert "LAP-1" not in rig.supervisor.loop.booth.faults
        (tmp_path / NAME).write_bytes(b"{}\n")
        await _restart(rig)
        assert "LAP-1" in rig.supervisor.loop.booth.faults
        (tmp_path / NAME).unlink()
        await _restart(rig)
        assert "LAP-1" not in rig.supervisor.loop.booth.faults


async def _restart(rig: Rig) -> None:
    await rig.crash()
    await rig.start()
    await rig.clock.advance(2)
