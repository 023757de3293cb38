"""What an officer put in place by hand stays there, and the others find their places around it."""

from central.schedule.model import Booth, Running
from tests.unit.central.schedule.days import (
    all_told,
    at,
    booths,
    day,
    moved,
    people,
    planned,
    starts,
    told,
)


def test_a_turn_put_by_hand_stays_and_who_had_that_place_goes_where_there_is_room() -> None:
    waiting = (told("a", "b0", 60), told("b", "b0", 60, pinned=True))
    found = planned(day(waiting))
    assert starts(found) == {"b": ("b0", 60), "a": ("b1", 60)}
    assert moved(found) == {}
    assert found.why.pinned == 1


def test_with_one_booth_the_other_waits_behind_it_and_has_to_be_told() -> None:
    found = planned(day((told("a", "b0", 55), told("b", "b0", 60, pinned=True)), count=1))
    assert starts(found) == {"b": ("b0", 60), "a": ("b0", 71.5)}
    assert moved(found) == {"a": 71.5}


def test_nobody_is_cut_short_to_fit_before_it() -> None:
    found = planned(day((told("a", "b0", 52), told("b", "b0", 60, pinned=True)), count=1))
    assert starts(found) == {"b": ("b0", 60), "a": ("b0", 71.5)}


def test_those_without_a_time_are_laid_around_it() -> None:
    found = planned(day((told("a", "b0", 20, pinned=True), *people(2)), count=1))
    assert starts(found)["a"] == ("b0", 20)
    assert {start for _, start in starts(found).values()} == {0, 20, 31.5}


def test_it_is_not_given_up_to_make_room_nor_by_planning_anew() -> None:
    waiting = (*(told(f"t{at_}", "b0", at_) for at_ in (121.5, 133, 144.5)), told("pin", "b0", 156, pinned=True))
    for anew in (False, True):
        found = planned(day((*waiting, *people(30)), count=1, anew=anew))
        assert starts(found)["pin"] == ("b0", 156)


def test_it_begins_late_at_its_booth_when_a_call_runs_long_there() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(30))), Booth(id="b1"))
    found = planned(day((told("a", "b0", 20, pinned=True),), booths=busy, now=10))
    assert (starts(found), moved(found)) == ({"a": ("b0", 31.5)}, {"a": 31.5})


def test_a_booth_that_cannot_have_it_gives_it_to_another() -> None:
    broken = (Booth(id="b0", works=False), Booth(id="b1"))
    assert starts(planned(day((told("a", "b0", 20, pinned=True),), booths=broken)))["a"] == ("b1", 20)
    unknown = day((told("a", "gone", 20, pinned=True),), booths=booths(1))
    assert starts(planned(unknown))["a"] == ("b0", 20)


def test_who_is_called_and_not_opened_yet_goes_elsewhere_when_an_officer_puts_another_there() -> None:
    waiting = (told("a", "b0", 0), told("b", "b0", 5, pinned=True))
    found = planned(day(waiting, now=2))
    assert starts(found) == {"b": ("b0", 5), "a": ("b1", 2)}
    again = planned(all_told(day(waiting, now=2), found))
    assert starts(again) == starts(found)


def test_the_same_inmate_talks_once_at_a_time_beside_a_turn_put_by_hand() -> None:
    waiting = (told("a", "b0", 30, inmate="i1"), told("b", "b1", 30, inmate="i1", pinned=True))
    assert starts(planned(day(waiting))) == {"b": ("b1", 30), "a": ("b0", 41.5)}
    due = (told("a", "b0", 0, inmate="i1"), told("b", "b1", 5, inmate="i1", pinned=True))
    assert starts(planned(day(due, now=1)))["a"] == ("b0", 16.5)
