"""Drawings of counts: every bar inside its frame, as high as it counts, and names that do not run into each other."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reports.plot import BOTTOM, BROAD, HEIGHT, LEFT, NAME_ROOM, TOP, WIDTH, plot, scale

VALUES = st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=7), st.integers(0, 10**7)), max_size=60)


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (0, (0, 1)),
        (1, (0, 1)),
        (5, (0, 1, 2, 3, 4, 5)),
        (6, (0, 2, 4, 6)),
        (26, (0, 10, 20, 30)),
        (999, (0, 200, 400, 600, 800, 1000)),
    ],
)
def test_a_scale_is_of_round_numbers_and_reaches_the_largest(largest: int, ticks: tuple[int, ...]) -> None:
    assert scale(largest) == ticks


@given(VALUES)
def test_bars_stand_in_the_frame_in_order_and_are_as_high_as_they_count(values: list[tuple[str, int]]) -> None:
    drawn = plot(values)
    assert [bar.value for bar in drawn.bars] == [value for _name, value in values]
    right = LEFT
    for bar in drawn.bars:
        assert right - 0.2 <= bar.x
        right = bar.x + bar.width
        assert bar.y >= TOP - 0.1
        assert bar.y + bar.height == pytest.approx(drawn.foot, abs=0.2)
        assert bar.height == pytest.approx(bar.value * (HEIGHT - TOP - BOTTOM) / drawn.ticks[-1].value, abs=0.1)
    assert right <= drawn.width + 0.2


@given(VALUES)
def test_names_have_room_beside_each_other(values: list[tuple[str, int]]) -> None:
    named = [bar for bar in plot(values).bars if bar.name]
    for left, right in itertools.pairwise(named):
        assert right.middle - left.middle >= (len(left.name) + len(right.name)) / 2 * NAME_ROOM - 1


def test_more_bars_than_hours_make_a_broad_drawing() -> None:
    assert (plot([("1", 1)] * 24).is_broad, plot([("1", 1)] * 25).is_broad) == (False, True)
    assert (plot([]).width, plot([("1", 1)] * 31).width) == (WIDTH, BROAD)
