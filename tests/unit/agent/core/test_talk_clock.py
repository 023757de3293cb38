"""The stopwatch and the talk clock by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.stopwatch import Stopwatch
from agent.core.talk_clock import TalkClock

MOMENTS = st.lists(st.floats(0, 10_000), min_size=1, max_size=12).map(sorted)


def test_a_stopwatch_adds_its_stretches() -> None:
    watch = Stopwatch().started(10.0).stopped(15.0).started(20.0)
    assert watch.read(21.0) == 6.0
    assert watch.read(19.0) == 5.0
    assert watch.started(99.0) == watch
    assert watch.reaches(8.0) == 23.0
    assert watch.reaches(1.0) == 20.0
    assert Stopwatch(3.0).reaches(8.0) is None
    assert Stopwatch(3.0).shifted(5.0) == Stopwatch(3.0)
    assert watch.shifted(5.0).read(26.0) == 6.0


def test_a_talk_clock_counts_only_what_is_connected() -> None:
    clock = TalkClock(promised_s=60).connected(10.0).interrupted(20.0).connected(25.0)
    assert clock.delivered_s(30.0) == 15.0
    assert clock.left_s(30.0) == 45.0
    assert clock.lost_s(30.0) == 5.0
    assert clock.ends_at() == 75.0


def test_an_interruption_is_never_dated_before_the_stretch_it_ends() -> None:
    clock = TalkClock(promised_s=60).connected(10.0).interrupted(3.0)
    assert clock.delivered_s(99.0) == 0.0
    assert clock.lost.since_s == 10.0


def test_a_talk_clock_never_gives_more_than_its_total() -> None:
    clock = TalkClock(promised_s=60).extended(30).connected(0.0)
    assert clock.delivered_s(1000.0) == 90.0
    assert clock.left_s(1000.0) == 0.0


def test_a_clock_that_stands_is_neither_seen_nor_charged() -> None:
    clock = TalkClock(promised_s=60)
    assert clock.seen(5.0) == clock
    assert clock.crashed(5.0) == clock
    assert clock.ends_at() is None
    interrupted = clock.connected(0.0).interrupted(5.0)
    assert interrupted.crashed(50.0) == interrupted
    assert interrupted.ends_at() is None


@pytest.mark.parametrize(
    ("back_s", "delivered_s"), [(10.5, 10.5), (12.0, 12.0), (50.0, 12.0), (9.0, 10.0), (None, 11.0)]
)
def test_a_crash_is_charged_by_the_rule(back_s: float | None, delivered_s: float) -> None:
    clock = TalkClock(promised_s=60).connected(0.0).seen(10.0).crashed(back_s)
    assert clock.delivered_s(99.0) == delivered_s


def test_a_charge_that_uses_the_time_up_ends_the_talk_there() -> None:
    clock = TalkClock(promised_s=11).connected(0.0).seen(10.0).crashed(50.0)
    assert clock.ends_at() == 12.0
    assert clock.left_s(99.0) == 0.0


@given(MOMENTS)
def test_talk_and_loss_together_never_exceed_the_time_that_passed(moments: list[float]) -> None:
    clock = TalkClock(promised_s=600)
    for n, moment in enumerate(moments):
        clock = clock.interrupted(moment) if n % 2 else clock.connected(moment)
    passed = moments[-1] - moments[0]
    assert clock.delivered_s(moments[-1]) + clock.lost_s(moments[-1]) <= passed + 1e-6
