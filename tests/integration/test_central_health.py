"""How booths were over time: stretches of one state, attempts to get out, and the page that draws them."""

import itertools
import re

import pytest

from central.health import CALM_MS, HOUR_MS, WRITE_MS, Look
from central.health_log import KEPT_MS, HealthLog
from central.staff import terminal_view
from central.store import health, status
from central.store.staff import Role
from central.store.status import Heartbeat
from protocol.terminal import (
    Mode,
    TerminalStatus,
    VisitState,
)
from tests.central_rig import Booth, MovedClock, Rig
from tests.staff_rig import Member, member

pytestmark = pytest.mark.anyio


@pytest.fixture
async def boss(rig: Rig) -> Member:
    return await member(rig, Role.SUPERVISOR)


async def page_of(who: Member, booth: Booth) -> str:
    return await who.sees(f"/terminals/{booth.id}")


class Log:
    """A terminal that says something now and then, straight into the log."""

    def __init__(self, rig: Rig, booth: Booth) -> None:
        self.rig = rig
        self.booth = booth
        self.log = HealthLog()
        self.at_ms = 1_800_000_000_000

    async def says(self, after_s: float, *, boot: str = "b", **fields: object) -> None:
        self.at_ms += int(after_s * 1000)
        known = {"mode": Mode.IN_SERVICE, "visit": VisitState.NONE, "window_up": True, "shell_up": True} | fields
        beat = Heartbeat(
            terminal_id=self.booth.id,
            at_ms=self.at_ms,
            boot_id=boot,
            count=1,
            hold_s=5,
            status=TerminalStatus(**known),  # type: ignore[arg-type]  # its fields
        )
        async with self.rig.central.database.write() as tx:
            noted = await self.log.note(tx, [beat])
            await status.store(tx, [beat])
        self.log.keep(noted)

    async def spans(self) -> list[tuple[int, int, tuple[str, ...]]]:
        """Beginning and length of each stretch in seconds, and its faults."""
        async with self.rig.central.database.read() as db:
            found = await health.between(db, self.booth.id, 0, self.at_ms + 1)
        zero = found[0].from_ms
        return [((one.from_ms - zero) // 1000, (one.to_ms - one.from_ms) // 1000, one.state.faults) for one in found]

    async def escapes(self) -> dict[str, int]:
        async with self.rig.central.database.read() as db:
            return {kind: count for _, kind, count in await health.escapes(db, self.booth.id, 0)}


async def test_a_quiet_day_is_one_row_and_a_fault_is_two_more(rig: Rig) -> None:
    log = Log(rig, await rig.booth())
    for _ in range(200):
        await log.says(5)
    await log.says(5, faults=("KAM-1",))
    await log.says(20)
    assert await log.spans() == [(0, 1000, ()), (1000, 20, ("KAM-1",)), (1020, 0, ())]


async def test_silence_is_a_gap_between_two_stretches_also_over_a_restart_of_central(rig: Rig) -> None:
    log = Log(rig, await rig.booth())
    for _ in range(4):
        await log.says(5)
    log.log = HealthLog()
    await log.says(300)
    assert await log.spans() == [(0, 15, ()), (315, 0, ())]


async def test_another_instance_that_heard_the_booth_leaves_no_gap(rig: Rig) -> None:
    log = Log(rig, await rig.booth())
    here, there = log.log, HealthLog()
    await log.says(5)
    log.log = there
    for _ in range(20):
        await log.says(5)
    log.log = here
    await log.says(5)
    assert await log.spans() == [(0, 105, ())]


async def test_a_state_that_flaps_writes_a_row_in_five_seconds_at_most(rig: Rig) -> None:
    log = Log(rig, await rig.booth())
    for number in range(100):
        await log.says(0.2, faults=("KAM-1",) if number % 2 else ())
    assert len(await log.spans()) <= 100 * 200 // CALM_MS + 2


async def test_old_rows_go_and_the_newest_stay(rig: Rig) -> None:
    log = Log(rig, await rig.booth())
    await log.says(1, escape_attempts={"drag": 1})
    log.at_ms += KEPT_MS + WRITE_MS
    await log.says(1, escape_attempts={"drag": 1})
    assert len(await log.spans()) == 1
    assert await log.escapes() == {}
    await log.says(100, faults=("KAM-1",))
    assert len(await log.spans()) == 2
    async with rig.central.database.write() as tx:
        await health.keep_newest(tx, log.booth.id, 1)
    assert [faults for _, _, faults in await log.spans()] == [("KAM-1",)]


async def test_attempts_count_once_over_restarts_of_central_and_booth(rig: Rig) -> None:
    log = Log(rig, await rig.booth())
    await log.says(5, escape_attempts={"shortcut": 2})
    await log.says(5, escape_attempts={"shortcut": 3})
    log.log = HealthLog()
    await log.says(5, escape_attempts={"shortcut": 3})
    await log.says(60, boot="c", escape_attempts={"shortcut": 1, "drag": 1})
    assert await log.escapes() == {"shortcut": 4, "drag": 1}


async def test_the_page_draws_a_week_and_counts_attempts_by_day(rig: Rig, boss: Member, clock: MovedClock) -> None:
    booth = await rig.booth()
    await rig.sync(booth, escape_attempts={"shortcut": 2})
    await rig.central.heartbeats.flush()
    clock.move(10)
    await rig.sync(booth, escape_attempts={"shortcut": 5, "drag": 1}, faults=["MIK-1"])
    await rig.central.heartbeats.flush()
    page = await page_of(boss, booth)
    assert page.count('viewBox="0 0 1440 22"') == terminal_view.DAYS
    pieces = re.findall(r'<rect class="look-([a-z]+)" x="', page)
    assert pieces[0] == Look.WARNING.value, "its window was not up"
    assert Look.SILENT.value not in pieces, "before it was enrolled nobody expected to hear of it"
    assert "Key combination" in page
    assert re.search(r'data-name="Today">5<', page)


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Jakarta", 17), ("Asia/Makassar", 16), ("Asia/Jayapura", 15)])
def test_a_day_begins_at_midnight_there(zone: str, hour: int) -> None:
    starts = terminal_view.day_starts(1_795_233_600_000, zone)
    assert len(starts) == terminal_view.DAYS
    assert {start % (24 * HOUR_MS) // HOUR_MS for start in starts} == {hour}
    assert {later - one for one, later in itertools.pairwise(starts)} == {24 * HOUR_MS}
