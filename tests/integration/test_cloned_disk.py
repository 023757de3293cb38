"""A cloned disk: two real agents on one enrolment and a real central, while a call runs on the first."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central.store import boots, events
from protocol import page
from protocol.outcome import EndReason
from tests.central_rig import Rig, served, until
from tests.stage.fake_family import FakeFamily
from tests.stage.visits import begin_talking
from tests.two_pcs import Pc

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as found:
        yield found


async def ends_of(rig: Rig) -> list[EndReason]:
    async with rig.central.database.read() as db:
        return [each.record.end_reason for each in await events.usage_records(db)]


def is_out_for_a_clone(pc: Pc) -> bool:
    screen = pc.booth.screen
    return isinstance(screen, page.OutOfService) and screen.code == "KLN-1"


async def test_of_two_copies_the_call_that_runs_finishes_then_both_wait_and_the_chosen_one_goes_on(
    rig: Rig, tmp_path: Path
) -> None:
    booth = await rig.booth(admit="automatic", farewell_s="1", check_in_early_s="5")
    real = Pc.enrolled(tmp_path / "real", "boot-real", rig, booth)
    copy = real.copied(tmp_path / "copy", "boot-copy")
    async with real.on():
        await real.shows(page.Idle)
        first = await rig.session(booth, start="+1", talk="10")
        family = FakeFamily(f"{rig.url}/join#{rig.tokens[first.id]}")
        await asyncio.to_thread(begin_talking, real.booth, family)
        async with copy.on():
            await until(lambda: is_out_for_a_clone(copy), within_s=15)
            assert not copy.booth.view_open
            await real.shows(page.Farewell, within_s=20)
            await until(lambda: is_out_for_a_clone(real), within_s=10)
            assert await until(lambda: ends_of(rig)) == [EndReason.COMPLETED]
            second = await rig.session(booth, start="+1", talk="10", number="013")
            async with rig.central.database.write() as tx:
                await boots.approve(tx, booth.id, "boot-real", now_ms=rig.central.clock())
            assert (await real.shows(page.CheckIn, within_s=15)).number == "013"
            real.booth.press_start()
            await real.shows(page.Rules)
            assert is_out_for_a_clone(copy)
            assert not copy.booth.view_open
            stored = await rig.stored(second.id)
            assert (stored.state, stored.boot_id) == ("open", "boot-real")
        await asyncio.to_thread(family.close)
