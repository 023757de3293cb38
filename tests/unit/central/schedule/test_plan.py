"""Single situations of a day, each with the plan that follows."""

import pytest

from central.schedule.model import Booth, Bound, Day, Exemption, Limits, Rules, Running, Waiting, Window
from tests.unit.central.schedule.days import (
    at,
    booths,
    day,
    people,
    planned,
    reasons,
    starts,
    told,
    turn_of,
)


def test_nobody_waits_and_the_next_would_get_the_most() -> None:
    found = planned(day(()))
    assert (found.turns, found.not_today, found.moved) == ((), (), ())
    assert (found.why.bound, found.why.talk_s, found.why.booths) == (Bound.NOBODY, 900, 2)
    assert (found.why.open_s, found.why.room_default, found.why.room_floor) == (21_600, 30, 54)


def test_while_registration_is_open_nobody_gets_more_than_the_default() -> None:
    found = planned(day(people(3), expecting_more=True))
    assert (found.why.bound, {turn.talk_s for turn in found.turns}) == (Bound.DEFAULT, {600})
    assert starts(found) == {"p000": ("b0", 0), "p001": ("b1", 0), "p002": ("b0", 11.5)}


def test_what_could_be_given_more_is_the_room_up_to_the_next_or_the_ceiling() -> None:
    found = planned(day((told("a", "b0", 0, 600), told("b", "b0", 13.5, 600)), count=1, hours=2))
    assert [turn.most_s for turn in found.turns] == [720, 900]


def test_an_exempt_call_could_be_given_all_the_room_there_is() -> None:
    found = planned(day((Waiting(id="w", exemption=Exemption(talk_s=1800, by="Sari", reason="death")),), count=1))
    assert (found.turns[0].talk_s, found.turns[0].most_s) == (1800, 10_800)


@pytest.mark.parametrize(("by", "reason", "talk_s"), [(" ", "death", 60), ("Sari", "", 60), ("Sari", "death", 0)])
def test_an_exemption_nobody_answers_for_is_none(by: str, reason: str, talk_s: int) -> None:
    with pytest.raises(ValueError, match="officer's name"):
        Exemption(talk_s=talk_s, by=by, reason=reason)


def test_limits_have_to_rise() -> None:
    with pytest.raises(ValueError, match="does not rise"):
        Limits(floor_s=700, default_s=600)


def test_a_quota_refuses_the_turn_too_many_told_times_first_and_never_a_make_up() -> None:
    waiting = (
        Waiting(id="second", inmate="i"),
        told("first", "b0", 60, inmate="i"),
        Waiting(id="make-up", inmate="i", make_up=True),
        Waiting(id="other", inmate="j"),
    )
    found = planned(day(waiting, quota={"i": 1}))
    assert reasons(found) == {"second": "quota"}


def test_an_inmate_talks_in_one_booth_at_a_time() -> None:
    running = (Booth(id="b0", running=Running(ends_at_ms=at(5), inmate="i")), Booth(id="b1"))
    waiting = (Waiting(id="a", inmate="i"), Waiting(id="b", inmate="i"), Waiting(id="c"))
    found = planned(day(waiting, booths=running, expecting_more=True))
    assert starts(found) == {"c": ("b0", 6.5), "a": ("b1", 6.5), "b": ("b0", 18)}


def test_two_told_times_of_an_inmate_do_not_overlap_either() -> None:
    waiting = (told("a", "b0", 0, inmate="i"), told("b", "b1", 5, inmate="i"))
    assert starts(planned(day(waiting))) == {"a": ("b0", 0), "b": ("b1", 11.5)}


def test_who_asks_for_the_afternoon_leaves_the_morning_to_others() -> None:
    waiting = (Waiting(id="late", not_before_ms=at(60)), Waiting(id="early"))
    found = planned(day(waiting, count=1))
    assert starts(found) == {"early": ("b0", 0), "late": ("b0", 60)}


def test_what_is_too_long_for_every_window_is_said_so_and_not_that_it_is_full() -> None:
    long = Waiting(id="w", exemption=Exemption(talk_s=4000, by="Sari", reason="death"))
    assert reasons(planned(day((long, *people(1)), hours=1))) == {"w": "too_long"}


def test_a_closed_day_and_an_hour_past_closing_are_closed() -> None:
    assert reasons(planned(day(people(1), windows=()))) == {"p000": "closed"}
    assert reasons(planned(day((Waiting(id="a", not_before_ms=at(181)),)))) == {"a": "closed"}


def test_nobody_begins_before_a_break_whom_it_would_cut_off() -> None:
    windows = (Window(at(0), at(20)), Window(at(60), at(80)))
    found = planned(day(people(2), count=1, windows=windows, expecting_more=True))
    assert starts(found) == {"p000": ("b0", 0), "p001": ("b0", 60)}
    assert [turn.closing_at_ms for turn in found.turns] == [at(20), at(80)]


def test_a_booth_that_closes_early_is_left_in_time() -> None:
    found = planned(day(people(4), booths=(Booth(id="b0", until_ms=at(15)), Booth(id="b1")), expecting_more=True))
    assert [booth for booth, _ in starts(found).values()].count("b0") == 1


def test_own_limits_hold_in_place_of_the_facility_s() -> None:
    short, long = Limits(floor_s=60, default_s=60, ceiling_s=120), Limits(floor_s=1200, default_s=1200, ceiling_s=1800)
    found = planned(day((Waiting(id="a", limits=short), Waiting(id="b", limits=long), *people(20)), count=2, hours=2))
    assert (turn_of(found, "a").talk_s, turn_of(found, "b").talk_s) == (120, 1200)


def test_the_change_over_and_the_steps_are_the_facility_s() -> None:
    rules = Rules(limits=Limits(floor_s=2, default_s=5, ceiling_s=8), change_over_s=1, step_s=1)
    found = planned(
        Day(now_ms=at(0), windows=(Window(at(0), at(1)),), booths=booths(1), waiting=people(9), rules=rules)
    )
    assert (found.why.talk_s, found.why.bound) == (5, Bound.SHARED)
