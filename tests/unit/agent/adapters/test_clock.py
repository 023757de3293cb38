"""The clock: suspend counts, the wall clock does not, and the map takes the surest sample."""

import asyncio
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.adapters.clock import BOOT_ID_FILE, LONGEST_NAP_S, SystemClock, read_boot_id, read_boot_s


class HandClock:
    """A boot clock moved by hand."""

    def __init__(self, boot_s: float = 100.0) -> None:
        self.boot_s = boot_s

    def __call__(self) -> float:
        return self.boot_s


def stamp(
    clock: SystemClock, hand: HandClock, *, offset_ms: float, up_ms: float, held_ms: float, down_ms: float
) -> None:
    """One sync with these one-way delays against a central whose clock is `offset_ms` ahead of boot time."""
    sent = hand.boot_s
    received = round(sent * 1000 + up_ms + offset_ms)
    answered = round(received + held_ms)
    hand.boot_s = sent + (up_ms + held_ms + down_ms) / 1000
    clock.add_stamps(sent_boot_s=sent, received_at_ms=received, answered_at_ms=answered, got_boot_s=hand.boot_s)


def make() -> tuple[SystemClock, HandClock]:
    hand = HandClock()
    return SystemClock(boot_s=hand, boot_id="b1"), hand


def test_without_a_sync_central_time_is_not_known() -> None:
    clock, _ = make()
    assert clock.now().central_ms is None
    assert clock.central_ms() is None


@given(
    offset_ms=st.integers(0, 2_000_000_000_000),
    up_ms=st.floats(0, 2000),
    down_ms=st.floats(0, 2000),
    held_ms=st.integers(0, 30_000),
)
def test_the_map_is_never_wrong_by_more_than_half_the_round_trip(
    offset_ms: int, up_ms: float, down_ms: float, held_ms: int
) -> None:
    clock, hand = make()
    stamp(clock, hand, offset_ms=offset_ms, up_ms=up_ms + 2, held_ms=held_ms, down_ms=down_ms + 2)
    central_ms = clock.central_ms()
    assert central_ms is not None
    assert abs(central_ms - (hand.boot_s * 1000 + offset_ms)) <= (up_ms + down_ms + 4) / 2 + 2


@given(delays=st.lists(st.tuples(st.floats(2, 500), st.floats(2, 500)), min_size=1, max_size=20))
def test_of_many_samples_close_together_the_least_round_trip_is_kept(delays: list[tuple[float, float]]) -> None:
    clock, hand = make()
    for up_ms, down_ms in delays:
        stamp(clock, hand, offset_ms=5_000_000, up_ms=up_ms, held_ms=0, down_ms=down_ms)
    assert clock.best is not None
    least = min(up + down for up, down in delays)
    assert clock.best.round_trip_ms <= least + 2 + 2 * hand.boot_s * 1000 * 100e-6


@given(jump_s=st.floats(0, 1_000_000))
def test_suspend_is_counted_on_both_clocks(jump_s: float) -> None:
    clock, hand = make()
    stamp(clock, hand, offset_ms=1_700_000_000_000, up_ms=5, held_ms=0, down_ms=5)
    before = clock.now()
    hand.boot_s += jump_s
    after = clock.now()
    assert before.central_ms is not None
    assert after.central_ms is not None
    assert after.boot_s - before.boot_s == pytest.approx(jump_s)
    assert abs((after.central_ms - before.central_ms) - jump_s * 1000) <= 1


def test_the_wall_clock_set_a_year_off_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, hand = make()
    stamp(clock, hand, offset_ms=1_700_000_000_000, up_ms=5, held_ms=0, down_ms=5)
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert clock.now() == before


def test_a_negative_round_trip_is_refused() -> None:
    clock, _ = make()
    clock.add_stamps(sent_boot_s=100.0, received_at_ms=5000, answered_at_ms=9000, got_boot_s=101.0)
    assert clock.central_ms() is None


def test_a_round_trip_below_nothing_by_the_rounding_of_stamps_is_taken_as_none() -> None:
    clock, _ = make()
    clock.add_stamps(sent_boot_s=100.0, received_at_ms=5000, answered_at_ms=5001, got_boot_s=100.0003)
    assert clock.best is not None
    assert clock.best.round_trip_ms == 0
    assert clock.best.offset_ms == pytest.approx(5000.5 - 100_000.15)


def test_an_answer_before_its_question_is_refused() -> None:
    clock, _ = make()
    clock.add_stamps(sent_boot_s=100.0, received_at_ms=5000, answered_at_ms=4000, got_boot_s=101.0)
    clock.add_stamps(sent_boot_s=101.0, received_at_ms=5000, answered_at_ms=3000, got_boot_s=100.0)
    assert clock.central_ms() is None


def test_a_slow_sample_does_not_replace_a_quick_one_that_is_young() -> None:
    clock, hand = make()
    stamp(clock, hand, offset_ms=1_000_000, up_ms=5, held_ms=0, down_ms=5)
    stamp(clock, hand, offset_ms=1_000_000, up_ms=400, held_ms=0, down_ms=5)
    assert clock.best is not None
    assert clock.best.round_trip_ms == pytest.approx(10, abs=2)


def test_a_sample_that_has_aged_gives_way() -> None:
    clock, hand = make()
    stamp(clock, hand, offset_ms=1_000_000, up_ms=5, held_ms=0, down_ms=5)
    hand.boot_s += 3600
    stamp(clock, hand, offset_ms=1_000_100, up_ms=60, held_ms=0, down_ms=60)
    assert clock.best is not None
    assert clock.best.offset_ms == pytest.approx(1_000_100, abs=2)


def test_when_central_sets_its_own_clock_the_newer_word_counts_however_slow() -> None:
    clock, hand = make()
    stamp(clock, hand, offset_ms=1_000_000, up_ms=1, held_ms=0, down_ms=1)
    stamp(clock, hand, offset_ms=9_000_000, up_ms=900, held_ms=0, down_ms=900)
    assert clock.best is not None
    assert clock.best.offset_ms == pytest.approx(9_000_000, abs=2)


def test_waiting_for_a_moment_that_has_passed_returns_at_once() -> None:
    clock, hand = make()
    asyncio.run(asyncio.wait_for(clock.wait_until(hand.boot_s - 1), 1))


def test_after_a_suspend_the_wait_ends_within_a_nap() -> None:
    async def scenario() -> float:
        clock, hand = make()
        waiting = asyncio.create_task(clock.wait_until(hand.boot_s + 3600))
        await asyncio.sleep(0)
        hand.boot_s += 7200  # the PC slept for two hours; asyncio's timer did not notice
        began = time.monotonic()
        await asyncio.wait_for(waiting, LONGEST_NAP_S + 5)
        return time.monotonic() - began

    assert asyncio.run(scenario()) <= LONGEST_NAP_S + 1


def test_the_real_clock_waits_as_long_as_it_says() -> None:
    clock = SystemClock()
    target = clock.boot_s() + 0.05
    asyncio.run(clock.wait_until(target))
    assert clock.boot_s() >= target


def test_the_real_readers_read_boot_time_and_boot_id() -> None:
    assert read_boot_s() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1)
    assert read_boot_id() == BOOT_ID_FILE.read_text().strip()
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", SystemClock().boot_id)
