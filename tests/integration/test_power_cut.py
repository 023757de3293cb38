"""A power cut at any write of a whole visit: the state directory as it was, its log cut at and inside every frame, another boot."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent.adapters.journal import sqlite_journal
from agent.adapters.journal.pages import FRAME_BYTES, WAL_HEADER_BYTES
from tests.fake_central import FakeCentral
from tests.fakes import FakeClock
from tests.length import IS_LONG
from tests.visit_driver import TALK_S, DiskRig, InlineThread, VisitDriver, same_central

EVERY = 1 if IS_LONG else 3
AWAY_S = 20.0
INSIDE = 1000


class Disk(NamedTuple):
    """What a power cut at this moment leaves, and what the world outside knew then."""

    file: bytes
    log: bytes
    given_s: float
    central: FakeCentral
    flags: tuple[bool, bool, bool]


class Watched:
    """The journal, of which every write is told."""

    def __init__(self, journal: Any, wrote: Any) -> None:
        self._journal = journal
        self._wrote = wrote

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def commit(self, change: Any) -> None:
        await self._journal.commit(change)
        self._wrote()

    async def acknowledge(self, boot_id: str, through: int) -> None:
        await self._journal.acknowledge(boot_id, through)
        self._wrote()

    def checkpoint(self, booth: bytes) -> None:
        self._journal.checkpoint(booth)
        self._wrote()


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk in memory where there is one, written to at once."""
    monkeypatch.setattr(sqlite_journal, "WriteThread", InlineThread)
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


async def disks_of_a_visit(folder: Path) -> list[Disk]:
    """One whole visit in which nothing goes wrong; the disk after every write of it."""
    rig = DiskRig(folder)
    driver = VisitDriver(rig)
    disks: list[Disk] = []

    def wrote() -> None:
        file, log = ((folder / f"journal.sqlite3{suffix}").read_bytes() for suffix in ("", "-wal"))
        flags = (driver.was_cut, driver.was_extended, driver.was_ended)
        if not disks or disks[-1].log != log:
            disks.append(Disk(file, log, driver.given_s, same_central(rig.central, rig.clock, 0), flags))

    rig.journal = Watched(rig.journal, wrote)  # type: ignore[assignment]  # it is one, but for being told of
    try:
        rig.plan(in_s=2, talk_s=TALK_S)
        await rig.start()
        await driver.to_the_end()
        driver.check()
        return disks
    finally:
        await rig.close()


def cuts(disks: list[Disk]) -> list[tuple[Disk, int]]:
    """Each disk with the places at which the write that made it may have stopped: at and inside each new frame."""
    found: list[tuple[Disk, int]] = []
    written = WAL_HEADER_BYTES
    for disk in disks:
        for frame in range(written, len(disk.log), FRAME_BYTES):
            found += [(disk, frame), (disk, frame + INSIDE)]
        written = len(disk.log)
        found.append((disk, written))
    return found


async def live_on(folder: Path, disk: Disk, cut: int) -> VisitDriver:
    """The PC is switched on again with what is left, and the visit brought to its end."""
    rig = DiskRig(folder, boot_id="boot-2")
    rig.clock = FakeClock(boot_id="boot-2", boot_s=30)
    rig.central = same_central(disk.central, rig.clock, AWAY_S)
    (folder / "journal.sqlite3").write_bytes(disk.file)
    (folder / "journal.sqlite3-wal").write_bytes(disk.log[:cut])
    driver = VisitDriver(rig)
    driver.was_cut, driver.was_extended, driver.was_ended = disk.flags
    try:
        await driver.live_again(disk.given_s)
        assert not list(folder.glob("*.damaged-*"))
        await driver.to_the_end()
        driver.check(power_cuts=1)
        return driver
    finally:
        await rig.close()


@pytest.mark.slow
@pytest.mark.shortened
def test_after_a_power_cut_at_any_write_the_visit_has_one_record_and_no_more_than_a_second_too_much(
    quick_disk: Path,
) -> None:
    before = quick_disk / "before"
    before.mkdir()
    places = cuts(asyncio.run(disks_of_a_visit(before)))
    assert len(places) > 200
    beyond_s = []
    for number, (disk, cut) in list(enumerate(places))[::EVERY]:
        folder = quick_disk / str(number)
        folder.mkdir()
        try:
            beyond_s.append(asyncio.run(live_on(folder, disk, cut)).beyond_s)
        except AssertionError as error:
            raise AssertionError(f"cut {number} of {len(places)}, at byte {cut} of the log: {error}") from error
    print(f"{len(beyond_s)} of {len(places)} cuts; at most {max(beyond_s):.3f} s of talk given twice")
