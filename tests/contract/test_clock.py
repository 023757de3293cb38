"""What every Clock keeps: the fake that is moved by hand, and the real one on a hand-moved boot clock."""

import asyncio
import re
from typing import Protocol

import pytest

from agent.adapters.clock import SystemClock
from agent.ports import Clock
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio

OFFSET_MS = 1_795_226_400_000


class Time(Protocol):
    """A clock and the way to let time pass on it."""

    @property
    def clock(self) -> Clock: ...

    async def let_pass(self, seconds: float) -> None: ...


class FakeTime:
    def __init__(self) -> None:
        self.fake = FakeClock(boot_s=100.0)

    @property
    def clock(self) -> Clock:
        return self.fake

    async def let_pass(self, seconds: float) -> None:
        await self.fake.advance(seconds)


class RealTime:
    def __init__(self) -> None:
        self.boot_s = 100.0
        self.real = SystemClock(boot_s=lambda: self.boot_s)

    @property
    def clock(self) -> Clock:
        return self.real

    async def let_pass(self, seconds: float) -> None:
        """The PC's own timers are told nothing of it, as after a suspend."""
        await asyncio.sleep(0)
        self.boot_s += seconds
        await asyncio.sleep(0)


@pytest.fixture(params=[FakeTime, RealTime])
def time(request: pytest.FixtureRequest) -> Time:
    made: Time = request.param()
    return made


def stamp(clock: Clock, *, offset_ms: float, delay_ms: int = 10) -> None:
    """One sync whose answer is there at once by the boot clock."""
    boot_s = clock.now().boot_s
    at_ms = round(boot_s * 1000 + offset_ms)
    clock.add_stamps(
        sent_boot_s=boot_s - delay_ms / 1000,
        received_at_ms=at_ms - delay_ms // 2,
        answered_at_ms=at_ms - delay_ms // 2,
        got_boot_s=boot_s,
    )


async def test_central_time_is_unknown_before_the_first_stamps_and_runs_with_boot_time_after(time: Time) -> None:
    assert time.clock.now().central_ms is None
    stamp(time.clock, offset_ms=OFFSET_MS)
    first = time.clock.now()
    assert first.central_ms is not None
    assert abs(first.central_ms - (first.boot_s * 1000 + OFFSET_MS)) <= 6
    await time.let_pass(0.5)
    later = time.clock.now()
    assert later.central_ms is not None
    assert later.boot_s - first.boot_s == pytest.approx(0.5)
    assert abs(later.central_ms - first.central_ms - 500) <= 1


async def test_stamps_that_contradict_themselves_change_nothing(time: Time) -> None:
    time.clock.add_stamps(sent_boot_s=99.0, received_at_ms=5000, answered_at_ms=9000, got_boot_s=100.0)
    time.clock.add_stamps(sent_boot_s=100.0, received_at_ms=5000, answered_at_ms=5000, got_boot_s=99.0)
    assert time.clock.now().central_ms is None


async def test_central_setting_its_own_clock_is_followed(time: Time) -> None:
    stamp(time.clock, offset_ms=OFFSET_MS)
    stamp(time.clock, offset_ms=OFFSET_MS + 3_600_000)
    now = time.clock.now()
    assert now.central_ms is not None
    assert abs(now.central_ms - (now.boot_s * 1000 + OFFSET_MS + 3_600_000)) <= 6


async def test_waiting_ends_when_the_moment_has_come_and_not_before(time: Time) -> None:
    waiting = asyncio.create_task(time.clock.wait_until(time.clock.now().boot_s + 10))
    await time.let_pass(0.9)
    assert not waiting.done()
    await time.let_pass(9.2)
    await asyncio.wait_for(waiting, 5)
    assert time.clock.now().boot_s >= 110


async def test_waiting_for_the_past_ends_at_once(time: Time) -> None:
    await asyncio.wait_for(time.clock.wait_until(time.clock.now().boot_s - 1), 1)


async def test_the_boot_has_a_name_that_messages_can_carry(time: Time) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", time.clock.boot_id)
