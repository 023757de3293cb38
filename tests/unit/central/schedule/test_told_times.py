"""Told times: kept, slipped, given to another booth, given up; and who is told."""

import pytest

from central.schedule.keep import told_of
from central.schedule.model import Booth, Exemption, Limits, Running, Told, Waiting, Window
from tests.unit.central.schedule.days import (
    all_told,
    at,
    booths,
    day,
    moved,
    people,
    planned,
    reasons,
    starts,
    told,
    turn_of,
)


def test_a_running_session_is_never_shortened_and_those_after_it_wait() -> None:
    running = (Booth(id="b0", running=Running(ends_at_ms=at(20))),)
    assert starts(planned(day(people(1), booths=running)))["p000"] == ("b0", 21.5)
    overdue = day(people(1), booths=running, now=25)
    assert starts(planned(overdue))["p000"] == ("b0", 26.5)


def test_a_call_that_runs_long_slips_those_behind_it_at_its_booth_and_says_whom_to_tell() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(20))), Booth(id="b1", running=Running(ends_at_ms=at(10))))
    waiting = (told("a", "b0", 11.5), told("b", "b0", 23), told("c", "b1", 11.5), told("d", "b1", 23))
    found = planned(day(waiting, booths=busy, now=9))
    assert starts(found) == {"c": ("b1", 11.5), "a": ("b0", 21.5), "d": ("b1", 23), "b": ("b0", 33)}
    assert moved(found) == {"a": 21.5, "b": 33}


def test_a_moment_late_is_not_moved() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(11))),)
    found = planned(day((told("a", "b0", 11.5),), booths=busy, now=9))
    assert (starts(found), moved(found)) == ({"a": ("b0", 12.5)}, {})


def test_who_would_be_late_goes_to_a_booth_that_is_free_where_nobody_is_moved_for_it() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(30))), Booth(id="b1"), Booth(id="b2"))
    waiting = (told("a", "b0", 11.5), told("b", "b1", 20), told("c", "b2", 23))
    found = planned(day(waiting, booths=busy, now=9))
    assert starts(found) == {"a": ("b2", 11.5), "b": ("b1", 20), "c": ("b2", 23)}
    assert moved(found) == {}


def test_who_is_called_and_not_opened_yet_moves_nobody_behind_until_it_really_runs_long() -> None:
    waiting = (told("a", "b0", 0), told("b", "b0", 11.5))
    found = planned(day(waiting, count=1, now=4.9))
    assert (starts(found), moved(found)) == ({"a": ("b0", 0), "b": ("b0", 11.5)}, {})
    opened_late = (Booth(id="b0", running=Running(ends_at_ms=at(14.9))),)
    assert moved(planned(day(waiting[1:], booths=opened_late, now=5))) == {"b": 16.5}


def test_who_is_there_but_was_not_called_in_all_the_grace_comes_now() -> None:
    waiting = (told("a", "b0", 0, present=True), told("b", "b0", 11.5))
    assert starts(planned(day(waiting, count=1, now=5))) == {"a": ("b0", 5), "b": ("b0", 16.5)}


def test_one_who_is_due_at_a_booth_that_closes_meanwhile_goes_on_when_it_opens() -> None:
    windows = (Window(at(0), at(9)), Window(at(60), at(90)))
    assert starts(planned(day((told("a", "b0", 2),), count=1, now=3, windows=windows))) == {"a": ("b0", 3)}
    booth = (Booth(id="b0", until_ms=at(20)),)
    assert starts(planned(day((told("a", "b0", 2),), booths=booth, now=3))) == {"a": ("b0", 2)}
    ended = (Booth(id="b0", free_from_ms=at(2.5)),)
    assert starts(planned(day((told("a", "b0", 2),), booths=ended, now=3))) == {"a": ("b0", 3)}


def test_an_early_end_moves_nobody_and_makes_room_for_who_waits() -> None:
    ended = (Booth(id="b0", free_from_ms=at(4.5)),)
    found = planned(day((told("a", "b0", 23), Waiting(id="walk-in")), booths=ended, now=3))
    assert starts(found) == {"walk-in": ("b0", 4.5), "a": ("b0", 23)}
    assert turn_of(found, "walk-in").talk_s == 900


def test_a_booth_that_is_silent_for_a_minute_gives_its_next_turns_to_the_others_and_keeps_the_later_ones() -> None:
    waiting = (told("a", "b0", 11.5), told("b", "b0", 23), told("late", "b0", 120))
    for silent_s, lost in ((59, ()), (60, ("b0",))):
        both = (Booth(id="b0", lost_at_ms=at(10) - silent_s * 1000), Booth(id="b1"))
        found = planned(day(waiting, booths=both, now=10))
        assert found.why.lost == lost
        where = {"a": "b1", "b": "b1", "late": "b0"} if lost else {"a": "b0", "b": "b0", "late": "b0"}
        assert {person: booth for person, (booth, _) in starts(found).items()} == where
        assert moved(found) == {}


def test_nobody_new_is_put_to_a_lost_booth_and_once_it_is_back_it_serves_again() -> None:
    lost = (Booth(id="b0", lost_at_ms=at(-5)), Booth(id="b1", works=False))
    assert reasons(planned(day(people(1), booths=lost))) == {"p000": "no_booth"}
    assert starts(planned(day(people(1), booths=booths(1)))) == {"p000": ("b0", 0)}


def test_when_no_other_booth_has_room_in_between_who_lost_a_place_comes_at_the_first_that_is_left() -> None:
    waiting = (told("a", "gone", 0), *(told(f"k{at_}", "b0", at_ * 11.5) for at_ in range(5)))
    found = planned(day(waiting, count=1))
    assert starts(found)["a"] == ("b0", 57.5)
    assert moved(found) == {"a": 57.5}


def test_who_lost_a_place_comes_before_make_up_turns_and_those_before_the_queue() -> None:
    waiting = (Waiting(id="first"), Waiting(id="broken", make_up=True), told("lost", "gone", 0))
    found = planned(day(waiting, count=1))
    assert [turn.id for turn in found.turns] == ["lost", "broken", "first"]


def test_told_times_far_off_give_way_before_somebody_has_no_turn_at_all() -> None:
    full = day(people(18), count=1, hours=3.45)
    everybody = all_told(full, planned(full))
    one_more = day((*everybody.waiting, Waiting(id="new")), count=1, hours=3.45)
    found = planned(one_more)
    assert reasons(found) == {}
    assert found.why.given_up > 0
    near = {person.id for person in everybody.waiting if told_of(person).start_at_ms <= at(120)}
    assert not near & set(moved(found))
    assert set(moved(found)) | {"new"} >= {turn.id for turn in found.turns if turn.talk_s < 600} - near


def test_as_few_told_times_as_will_do_give_way() -> None:
    full = day(people(40), count=1, hours=7.65)
    everybody = all_told(full, planned(full))
    found = planned(day((*everybody.waiting, Waiting(id="new")), count=1, hours=7.65))
    far = [person for person in everybody.waiting if told_of(person).start_at_ms > at(120)]
    assert found.why.given_up == len(far) // 4


def test_no_told_time_gives_way_where_it_would_lose_its_own_turn() -> None:
    rigid = Limits(floor_s=600, default_s=600, ceiling_s=600)
    full = day((Waiting(id="early", not_before_ms=at(121), limits=rigid), told("late", "b0", 122)), count=1, hours=2.2)
    found = planned(full)
    assert reasons(found) == {"early": "full"}
    assert starts(found) == {"late": ("b0", 122)}


def test_an_officer_may_let_the_far_times_go_and_all_share_anew() -> None:
    waiting = tuple(told(f"k{number}", "b0", 121 + number * 6.5, 300) for number in range(4))
    kept = planned(day(waiting, count=2, hours=4))
    anew = planned(day(waiting, count=2, hours=4, anew=True))
    assert {turn.talk_s for turn in kept.turns} == {300}
    assert {turn.talk_s for turn in anew.turns} == {900}
    assert (anew.why.given_up, len(anew.moved)) == (4, 3)


def test_planning_anew_takes_no_turn_from_anybody() -> None:
    rigid = Limits(floor_s=600, default_s=600, ceiling_s=600)
    waiting = (Waiting(id="early", not_before_ms=at(121), limits=rigid), told("late", "b0", 122))
    assert starts(planned(day(waiting, count=1, hours=2.2, anew=True))) == {"late": ("b0", 122)}


def test_who_did_not_come_within_the_grace_is_absent_unless_we_were_the_reason() -> None:
    def of(**fields: object) -> dict[str, str]:
        booth = Booth(**({"id": "b0"} | fields))  # type: ignore[arg-type]  # the fields of a booth
        return reasons(planned(day((told("a", "b0", 10),), booths=(booth,), now=15)))

    assert of() == {"a": "absent"}
    assert of(running=Running(ends_at_ms=at(20))) == {}
    assert of(free_from_ms=at(11)) == {}
    assert of(lost_at_ms=at(1)) == {"a": "no_booth"}
    assert reasons(planned(day((told("a", "gone", 10),), now=15))) == {}
    assert reasons(planned(day((told("a", "b0", 10, present=True),), now=15))) == {}


def test_times_told_in_both_blocks_of_a_day_stay_in_theirs_and_others_come_between() -> None:
    windows = (Window(at(0), at(40)), Window(at(60), at(100)))
    waiting = (told("a", "b0", 23), told("b", "b0", 60), *people(3))
    found = planned(day(waiting, count=1, windows=windows, expecting_more=True))
    assert [turn.id for turn in found.turns] == ["p000", "p001", "a", "b", "p002"]


def test_a_slip_that_reaches_the_closing_gives_what_is_left_down_to_the_floor() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(50))),)
    found = planned(day((told("a", "b0", 48),), booths=busy, now=45, hours=1))
    assert (turn_of(found, "a").talk_s, starts(found)["a"]) == (510, ("b0", 51.5))
    assert moved(found) == {"a": 51.5}
    later = (Booth(id="b0", running=Running(ends_at_ms=at(54))),)
    assert reasons(planned(day((told("a", "b0", 48),), booths=later, now=45, hours=1))) == {"a": "full"}


def test_an_exempt_call_is_not_cut_down_by_the_closing() -> None:
    busy = (Booth(id="b0", running=Running(ends_at_ms=at(35))),)
    exempt = told("a", "b0", 30, 1800, exemption=Exemption(talk_s=1800, by="Sari", reason="death"))
    assert reasons(planned(day((exempt,), booths=busy, now=29, hours=1))) == {"a": "full"}


def test_a_told_time_off_the_steps_is_kept_to_the_second() -> None:
    found = planned(day((Waiting(id="a", told=Told(booth="b0", start_at_ms=at(5) + 1, talk_s=45)),)))
    assert (found.turns[0].start_at_ms, found.turns[0].talk_s) == (at(5) + 1, 45)


def test_who_was_not_told_anything_cannot_be_asked_what() -> None:
    with pytest.raises(TypeError, match="not told"):
        told_of(Waiting(id="a"))
