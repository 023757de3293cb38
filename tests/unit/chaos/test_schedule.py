"""The faults of a chaos run are a function of its seed, and each can be done."""

import pytest

from tests.chaos.breaker import DOOR_FAULTS, Breaker
from tests.chaos.network import BREAKS
from tests.chaos.schedule import BY_NAME, CENTRAL, KINDS, drawn


def test_a_seed_draws_the_same_faults_again_and_another_seed_others() -> None:
    assert drawn(7, 600) == drawn(7, 600)
    assert drawn(7, 600) != drawn(8, 600)


def test_a_longer_run_begins_with_the_faults_of_a_shorter_one() -> None:
    short, long = drawn(7, 60), drawn(7, 600)
    assert long[: len(short)] == short
    assert len(long) > 5 * len(short)


def test_every_kind_is_drawn_in_half_an_hour_or_two() -> None:
    assert {fault.kind for seed in range(3) for fault in drawn(seed, 1800)} == set(BY_NAME)


def test_faults_come_in_order_within_the_run_and_last_as_long_as_their_kind_may() -> None:
    faults = drawn(3, 600)
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)
    assert all(0 < fault.at_s < 600 for fault in faults)
    for fault in faults:
        kind = BY_NAME[fault.kind]
        assert kind.least_s <= fault.lasts_s <= kind.most_s
        assert fault.where in kind.where


def test_what_hits_central_waits_for_no_terminals_moment() -> None:
    assert all(fault.moment == "now" for fault in drawn(3, 1800) if fault.where == CENTRAL)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_every_kind_can_be_done(kind: str) -> None:
    at_central = BY_NAME[kind].where == (CENTRAL,)
    assert at_central or kind in BREAKS or kind in DOOR_FAULTS or hasattr(Breaker, f"_{kind}")
