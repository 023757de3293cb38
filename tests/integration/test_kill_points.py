"""Kill -9 at every commit and every effect of a whole visit: interrupted, lengthened and ended by an officer."""

import asyncio
from pathlib import Path

import pytest

from agent.supervisor.outside import Outside
from tests.agent_rig import Rig
from tests.fuse import Fuse, Killed
from tests.length import IS_LONG
from tests.visit_driver import STEP_S, TALK_S, VisitDriver

PARTS = 4


class FusedRig(Rig):
    """A rig whose agent dies where the fuse says."""

    def __init__(self, state_dir: Path, fuse: Fuse) -> None:
        super().__init__(state_dir)
        self.fuse = fuse

    def outside(self) -> Outside:
        """Every port with fault points in it."""
        plain, wrap = super().outside(), self.fuse.wrap
        central = wrap(self.central, "sync", "open_session", "send_events", "signalling")
        return Outside(
            clock=plain.clock,
            journal=wrap(plain.journal, "commit", "checkpoint", "oldest", "acknowledge"),
            page=wrap(plain.page, "send", "start"),
            shell=wrap(plain.shell, "send", "start"),
            credentials=wrap(plain.credentials, "write", "delete"),
            pins=wrap(plain.pins, "check"),
            health=plain.health,
            services=wrap(plain.services, "ready", "stopping", "restart_kiosk", "reboot", "hand_over"),
            network=plain.network,
            connect=lambda _: central,
            state_dir=plain.state_dir,
            agent_version=plain.agent_version,
        )


class FusedDriver(VisitDriver):
    """Goes on with a new agent when the fuse has burnt."""

    rig: FusedRig
    deaths = 0

    async def step(self, for_s: float = STEP_S) -> None:
        try:
            await super().step(for_s)
        except Killed:
            await asyncio.sleep(0)
        if self.rig.fuse.is_burnt:
            self.deaths += 1
            await self.die()

    async def die(self, back_in_s: float = 0.3) -> None:
        self.rig.fuse = Fuse()
        await self.rig.bury_beat()
        await super().die(back_in_s)


async def live(state_dir: Path, fuse: Fuse) -> FusedDriver:
    """One whole visit; returns its driver after all was checked."""
    rig = FusedRig(state_dir, fuse)
    driver = FusedDriver(rig)
    try:
        rig.plan(in_s=2, talk_s=TALK_S)
        await rig.start()
        await driver.to_the_end()
        driver.check()
        return driver
    finally:
        await rig.close()


def points_of(state_dir: Path) -> list[str]:
    """Every fault point of a visit in which nothing goes wrong."""
    fuse = Fuse(with_leases=IS_LONG)
    driver = asyncio.run(live(state_dir, fuse))
    assert driver.deaths == 0
    return fuse.points


@pytest.mark.slow
@pytest.mark.shortened
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_commit_or_effect_a_new_agent_brings_the_visit_to_its_one_end(tmp_path: Path, part: int) -> None:
    points = points_of(tmp_path)
    kinds = {point.partition("(")[0] for point in points}
    assert {"before MemoryJournal.commit", "after MemoryJournal.commit", "FakeCentral.signalling"} <= kinds
    assert {"after FakeCentral.open_session", "after FakeCentral.send_events", "FakeShell.send"} <= kinds
    for at in range(1 + part, len(points) + 1, PARTS):
        try:
            driver = asyncio.run(live(tmp_path, Fuse(at, with_leases=IS_LONG)))
        except AssertionError as error:
            raise AssertionError(f"killed at point {at} of {len(points)}, {points[at - 1]}: {error}") from error
        assert driver.deaths == 1, points[at - 1]
