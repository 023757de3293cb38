"""The waiting time that a family is told: the plan's, wider the more can still come before it."""

from central.schedule.expect import expect
from central.schedule.model import Booth, Running
from tests.unit.central.schedule.days import at, booths, day, planned, told


def test_who_is_next_is_told_the_minute_and_each_turn_before_widens_it() -> None:
    of = day((told("a", "b0", 20), told("b", "b0", 31.5), told("c", "b1", 20)))
    found = planned(of)
    said = {person: expect(of, found, person) for person in ("a", "b", "c")}
    assert said["a"] is not None
    assert (said["a"].from_ms, said["a"].to_ms, said["a"].ahead) == (at(20), at(20), 0)
    assert said["b"] is not None
    assert (said["b"].from_ms, said["b"].to_ms, said["b"].ahead) == (at(31), at(33), 1)
    assert said["c"] is not None
    assert said["c"].ahead == 0


def test_a_running_call_counts_and_a_booth_that_is_not_heard_of_widens_it_much() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(18))), *booths(0))
    of = day((told("a", "b0", 20),), booths=busy, now=10)
    found = expect(of, planned(of), "a")
    assert found is not None
    assert (found.to_ms - found.from_ms, found.ahead) == (120_000, 1)
    lost = day(
        (told("a", "b0", 120),), booths=(Booth(id="b0", lost_at_ms=at(0)), Booth(id="b1", until_ms=at(1))), now=10
    )
    wide = expect(lost, planned(lost), "a")
    assert wide is not None
    assert wide.to_ms - wide.from_ms == 900_000


def test_nobody_is_told_a_time_that_has_passed_and_who_has_no_turn_none() -> None:
    of = day((told("a", "b0", 0),), now=2)
    found = expect(of, planned(of), "a")
    assert found is not None
    assert found.from_ms == at(2)
    assert expect(of, planned(of), "nobody") is None
