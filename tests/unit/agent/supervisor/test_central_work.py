"""Sync and outbox: one held request, changes at once, trouble said once, rows in order until acknowledged."""

import asyncio
from pathlib import Path

import pytest

from agent.ports import Change, Rejected, Unreachable
from agent.supervisor.outbox import BATCH, Outbox
from agent.supervisor.refused import RefusedRows
from protocol.terminal import FaultChanged, Mode, OutboxRow, VisitState
from tests.agent_rig import running_rig
from tests.fakes import FakeCentral, FakeClock, MemoryJournal

pytestmark = pytest.mark.anyio


class CountingCentral(FakeCentral):
    """Remembers what came in one batch."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.batches: list[tuple[str, int]] = []
        self.says: int | None = None

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        through = await super().send_events(boot_id, rows)
        self.batches.append((boot_id, len(rows)))
        return through if self.says is None else self.says


async def journal_with(rows: int, boot_id: str = "boot-1") -> MemoryJournal:
    journal = MemoryJournal(boot_id)
    events = tuple(FaultChanged(code="JAR-1", raised=number % 2 == 0) for number in range(rows))
    await journal.commit(Change(booth=b"", at_ms=1, events=events))
    return journal


def outbox(central: FakeCentral, clock: FakeClock, journal: MemoryJournal) -> tuple[Outbox, asyncio.Event]:
    recovered = asyncio.Event()
    made = Outbox(
        central=central,
        clock=clock,
        journal=journal,
        refused=RefusedRows(Path("/nowhere")),
        kept=lambda _: None,
        sent=asyncio.Event(),
        recovered=recovered,
    )
    return made, recovered


async def test_the_outbox_is_sent_in_batches_until_it_is_empty_older_boots_first() -> None:
    clock = FakeClock()
    journal, central = await journal_with(BATCH + 20), CountingCentral(clock)
    journal.boot_id = "boot-2"
    await journal.commit(Change(booth=b"", at_ms=1, events=(FaultChanged(code="JAR-1", raised=True),)))
    made, _ = outbox(central, clock, journal)
    work = asyncio.ensure_future(made.run())
    await clock.advance(1)
    assert central.batches == [("boot-1", BATCH), ("boot-1", 20), ("boot-2", 1)]
    assert (made.waiting, journal.rows) == (0, [])
    work.cancel()


async def test_an_outbox_that_could_not_be_sent_is_sent_as_soon_as_central_is_back() -> None:
    clock = FakeClock()
    journal, central = await journal_with(3), CountingCentral(clock)
    central.error = Unreachable("away", retry_after_s=100)
    made, recovered = outbox(central, clock, journal)
    work = asyncio.ensure_future(made.run())
    await clock.advance(50)
    assert made.waiting == 3
    central.error = None
    recovered.set()
    await clock.advance(0)
    assert central.batches == [("boot-1", 3)]
    work.cancel()


@pytest.mark.parametrize("is_refused", [True, False])
async def test_rows_that_central_does_not_take_are_kept_and_not_hurried(is_refused: bool) -> None:
    clock = FakeClock()
    journal, central = await journal_with(3), CountingCentral(clock)
    central.says = 0
    if is_refused:
        central.error = Rejected("odd", code="bad_message")
    made, _ = outbox(central, clock, journal)
    work = asyncio.ensure_future(made.run())
    await clock.advance(59)
    assert len(central.batches) == (0 if is_refused else 1)
    assert len(journal.rows) == 3
    work.cancel()


async def test_one_request_is_held_and_a_change_is_sent_beside_it_at_once(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(2)
        before = len(rig.central.syncs)
        await rig.clock.advance(50)
        assert 9 <= len(rig.central.syncs) - before <= 11
        assert all(request.hold for request in rig.central.syncs[before:])
        rig.shell.leave()
        await rig.clock.advance(0)
        assert not rig.central.syncs[-1].hold
        assert not rig.central.syncs[-1].status.shell_up


async def test_changes_are_sent_at_most_five_times_a_second(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(2)
        before = len(rig.central.syncs)
        for _ in range(20):
            rig.shell.leave()
            rig.shell.join()
            await rig.clock.advance(0.05)
        assert len(rig.central.syncs) - before <= 7


async def test_trouble_with_central_is_logged_once_when_it_begins_and_once_when_it_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="agent")
    async with running_rig(tmp_path) as rig:
        await rig.clock.advance(2)
        rig.central.error = Unreachable("away")
        rig.central.news()
        await rig.clock.advance(120)
        assert "JAR-1" in rig.supervisor.loop.booth.faults
        rig.central.error = None
        await rig.clock.advance(30)
    said = [record.getMessage() for record in caplog.records]
    assert (said.count("central_lost"), said.count("central_reached")) == (1, 1)


async def test_a_proxy_that_closes_what_is_silent_is_no_trouble_with_central(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.central.cut_held_after_s = 2.0
        await rig.clock.advance(60)
        told = [event for event in rig.central.events.values() if isinstance(event, FaultChanged)]
        assert not [event for event in told if event.code == "JAR-1"]
        asked = rig.central.syncs[-20:]
        assert {request.hold for request in asked} == {True, False}
        rig.central.cut_held_after_s = 0.1
        await rig.clock.advance(10)
        assert "JAR-1" in rig.supervisor.loop.booth.faults or _was_told(rig.central, "JAR-1")


def _was_told(central: FakeCentral, code: str) -> bool:
    return any(isinstance(event, FaultChanged) and event.code == code for event in central.events.values())


async def test_the_heartbeat_says_how_the_booth_is_without_names(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        await rig.clock.advance(6)
        status = rig.central.syncs[-1].status
        assert (status.mode, status.visit, status.session_id) == (Mode.IN_SERVICE, VisitState.TALKING, "s1")
        assert status.talk_running
        assert (status.agent_version, status.uptime_s) == ("1.2.3", 1000)
        assert "Budi" not in repr(status)


async def test_what_central_alone_can_see_stands_as_a_fault_until_central_says_no_more(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(2)
        rig.central.faults = ("KLN-1", "NEW-9")
        rig.central.news()
        await rig.clock.advance(2)
        assert (rig.supervisor.loop.booth.mode, rig.supervisor.loop.booth.faults) == (Mode.OUT_OF_SERVICE, ("KLN-1",))
        rig.central.faults = ()
        rig.central.news()
        await rig.clock.advance(2)
        assert (rig.supervisor.loop.booth.mode, rig.supervisor.loop.booth.faults) == (Mode.IN_SERVICE, ())
