"""The supervisor on its real adapters: SQLite on a disk that stalls, page and shell on real sockets, real time."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.adapters.clock import SystemClock
from agent.adapters.credentials import KeyringCredentials
from agent.adapters.health import PsutilHealth
from agent.adapters.journal import SqliteJournal
from agent.adapters.network_probe import NetworkProbe
from agent.adapters.page_server import PageServer
from agent.adapters.pin_store import FilePinStore
from agent.adapters.service_manager import SystemdManager
from agent.adapters.shell_link import ShellLink
from agent.ports import Change, Unreachable
from agent.supervisor import enrolment
from agent.supervisor.enrolment import Enrolment
from agent.supervisor.outside import Outside
from agent.supervisor.supervisor import Supervisor
from protocol import page
from protocol.call import Peer
from protocol.outcome import EndReason
from protocol.shell import OrderKind
from protocol.terminal import AssignedSession, FaultChanged, OutboxRow
from tests.fakes import SETTINGS, FakeCentral
from tests.stage.fake_page import FakeBooth
from tests.stage.waiting import wait_for

TALK_S = 10
LATE_S = 0.3


@asynccontextmanager
async def agent_on(folder: Path, central: FakeCentral, clock: SystemClock) -> AsyncIterator[None]:
    """An enrolled agent with everything real but central."""
    journal = SqliteJournal(folder / "journal.sqlite3", boot_id=clock.boot_id)
    saved = await journal.load()
    pages = folder / "pages"
    pages.mkdir(exist_ok=True)
    (pages / "index.html").write_text("<!doctype html>")
    outside = Outside(
        clock=clock,
        journal=journal,
        page=PageServer(pages),
        shell=ShellLink(folder / "shell.sock"),
        credentials=KeyringCredentials(folder, store="file"),
        pins=FilePinStore(folder),
        health=PsutilHealth(boot_s=clock.boot_s),
        services=SystemdManager(),
        network=NetworkProbe(),
        connect=lambda _: central,
        state_dir=folder,
        agent_version="1.2.3",
    )
    supervisor = Supervisor(outside, saved)
    run = asyncio.ensure_future(supervisor.run())
    try:
        yield
    finally:
        supervisor.stop()
        async with asyncio.timeout(5):
            await run
            await journal.close()


@contextlib.contextmanager
def stalled(journal: Path) -> Iterator[None]:
    """A disk on which no write gets through."""
    other = sqlite3.connect(journal, isolation_level=None)
    try:
        other.execute("begin immediate")
        yield
        other.execute("rollback")
    finally:
        other.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The state directory of an enrolled PC."""
    tmp_path.chmod(0o700)
    KeyringCredentials(tmp_path, store="file").write("a-device-token")
    there = Enrolment(url="https://central.test", terminal_id="t3", authority_pem=None, settings=SETTINGS)
    enrolment.save(tmp_path, there)
    return tmp_path


@pytest.fixture
def booth(folder: Path) -> Iterator[FakeBooth]:
    """Shell and page without a screen."""
    made = FakeBooth(folder / "shell.sock")
    made.start()
    yield made
    made.stop()


async def begin_talking(booth: FakeBooth, central: FakeCentral) -> None:
    """Plan a session for now and go through to the talk."""
    central.assign(AssignedSession(id="s1", number="012", start_at_ms=central.now_ms() + 1000, talk_s=TALK_S))
    await asyncio.to_thread(booth.wait_for_screen, page.CheckIn)
    booth.press_start()
    await asyncio.to_thread(booth.wait_for_screen, page.Rules)
    booth.accept_rules()
    await asyncio.to_thread(booth.wait_for_screen, page.Waiting)
    await asyncio.to_thread(wait_for, lambda: "s1" in central.sockets, within_s=5, what="signalling")
    central.sockets["s1"][-1].hear(Peer(present=True, ready=True, admitted=True))
    await asyncio.to_thread(booth.wait_for_phase, "talking")


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_disk_that_stalls_over_the_end_delays_neither_the_end_nor_the_close_and_loses_nothing(
    folder: Path, booth: FakeBooth
) -> None:
    clock = SystemClock()
    central = FakeCentral(clock)
    async with agent_on(folder, central, clock):
        await begin_talking(booth, central)
        talking_s = booth.seen[-1].at_s
        await asyncio.to_thread(wait_for, lambda: clock.boot_s() > talking_s + TALK_S / 2, within_s=10, what="half")
        with stalled(folder / "journal.sqlite3"):
            await asyncio.to_thread(booth.wait_for_screen, page.Farewell)
            farewell_s = booth.seen[-1].at_s
            until_s = farewell_s + 3
            await asyncio.to_thread(wait_for, lambda: clock.boot_s() > until_s, within_s=10, what="3 s more")
            assert central.usage() == []
        assert farewell_s == pytest.approx(talking_s + TALK_S, abs=LATE_S)
        assert booth.shut[-1].at_s == pytest.approx(talking_s + TALK_S, abs=LATE_S)
        assert OrderKind.END_RENDERER not in booth.orders
        await asyncio.to_thread(wait_for, lambda: bool(central.usage()), within_s=30, what="the usage record")
        [usage] = central.usage()
        assert usage.usage.end_reason is EndReason.COMPLETED
        assert usage.usage.talk_delivered_ms >= (TALK_S - 0.1) * 1000


@pytest.mark.slow
@pytest.mark.anyio
async def test_an_agent_that_ends_in_order_in_a_call_is_followed_by_one_that_brings_it_back(
    folder: Path, booth: FakeBooth
) -> None:
    clock = SystemClock()
    central = FakeCentral(clock)
    async with agent_on(folder, central, clock):
        await begin_talking(booth, central)
        began_s = clock.boot_s()
    assert clock.boot_s() - began_s < 1
    async with agent_on(folder, central, clock):
        await asyncio.to_thread(wait_for, lambda: len(central.sockets["s1"]) > 1, within_s=10, what="signalling again")
        central.sockets["s1"][-1].hear(Peer(present=True, ready=True, admitted=True))
        await asyncio.to_thread(booth.wait_for_phase, "talking")
        await asyncio.to_thread(booth.wait_for_screen, page.Farewell)
        await asyncio.to_thread(wait_for, lambda: bool(central.usage()), within_s=10, what="the usage record")
    [usage] = central.usage()
    assert usage.usage.end_reason is EndReason.COMPLETED
    assert TALK_S * 1000 - 2500 <= usage.usage.talk_delivered_ms <= TALK_S * 1000


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A state directory on a file system of its own with 2 MB."""
    place = folder / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", place], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    KeyringCredentials(place, store="file").write("a-device-token")
    enrolment.save(
        place, Enrolment(url="https://central.test", terminal_id="t3", authority_pem=None, settings=SETTINGS)
    )
    yield place
    subprocess.run(["umount", place], check=True)


def fill(disk: Path) -> Path:
    """Leave not a byte of room; returns what to delete for it to come back."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(disk).f_bavail == 0
    return filler


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_disk_that_fills_up_in_a_call_costs_neither_the_end_on_time_nor_the_record(small_disk: Path) -> None:
    clock = SystemClock()
    central = FakeCentral(clock)
    booth = FakeBooth(small_disk / "shell.sock")
    booth.start()
    try:
        async with agent_on(small_disk, central, clock):
            await begin_talking(booth, central)
            talking_s = booth.seen[-1].at_s
            filler = fill(small_disk)
            await asyncio.to_thread(booth.wait_for_screen, page.Farewell)
            farewell_s = booth.seen[-1].at_s
            await asyncio.to_thread(
                wait_for, lambda: "JRN-1" in central.syncs[-1].status.faults, within_s=10, what="staff being told"
            )
            assert central.usage() == []
            filler.unlink()
            await asyncio.to_thread(wait_for, lambda: bool(central.usage()), within_s=30, what="the usage record")
    finally:
        booth.stop()
    assert farewell_s == pytest.approx(talking_s + TALK_S, abs=LATE_S)
    assert booth.shut[-1].at_s == pytest.approx(talking_s + TALK_S, abs=LATE_S)
    [usage] = central.usage()
    assert usage.usage.end_reason is EndReason.COMPLETED


class DistantCentral(FakeCentral):
    """Takes events from when it may, each batch after the time of a round trip."""

    may_take = False
    batches = 0

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        if not self.may_take:
            raise Unreachable("not yet")
        self.batches += 1
        await asyncio.sleep(ROUND_TRIP_S)
        return await super().send_events(boot_id, rows)


WEEK_ROWS = 20_000
ROUND_TRIP_S = 0.02


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_weeks_outbox_is_sent_in_a_call_whose_leases_keep_their_beat(folder: Path, booth: FakeBooth) -> None:
    journal = SqliteJournal(folder / "journal.sqlite3", boot_id="last-week")
    await journal.load()
    fault = FaultChanged(code="JAR-1", raised=True, detail="of last week")
    await journal.commit(Change(booth=b"none", at_ms=1, events=(fault,) * WEEK_ROWS))
    await journal.close()
    clock = SystemClock()
    central = DistantCentral(clock)
    started_s = clock.boot_s()
    async with agent_on(folder, central, clock):
        loaded_s = clock.boot_s() - started_s
        await begin_talking(booth, central)
        central.may_take = True
        began_s = clock.boot_s()
        await asyncio.to_thread(wait_for, lambda: len(central.events) >= WEEK_ROWS, within_s=60, what="all rows")
        took_s = clock.boot_s() - began_s
        beats = [at_s for at_s, message in booth.heard_from_agent if isinstance(message, page.Lease) and at_s > began_s]
    gap_s = max(after - before for before, after in zip([began_s, *beats], beats, strict=False))
    print(
        f"{WEEK_ROWS} rows: loaded in {loaded_s:.2f} s, sent in {took_s:.2f} s, {central.batches} requests, gap {gap_s:.3f} s"
    )
    assert [seq for boot_id, seq in central.events if boot_id == "last-week"] == list(range(1, WEEK_ROWS + 1))
    assert gap_s < 1.0
