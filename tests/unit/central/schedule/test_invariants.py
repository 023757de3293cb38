"""Whatever the day: no overlap, inside the hours, at least the floor or a reason, told times kept or listed, and no surprises."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from central.schedule.model import Booth, Day, Exemption, Limits, Running, Told, Waiting, Window
from central.schedule.plan import plan
from tests.unit.central.schedule.days import all_told, at, booths, check, people

MINUTES = st.integers(0, 600)
LIMITS = st.sampled_from(
    (None, Limits(floor_s=300, default_s=300, ceiling_s=300), Limits(floor_s=900, ceiling_s=1800, default_s=900))
)
EXEMPTIONS = st.just(None) | st.builds(
    Exemption, talk_s=st.sampled_from((1800, 3600)), by=st.just("Sari"), reason=st.just("wedding")
)
TOLD = st.builds(
    Told,
    booth=st.sampled_from(("b0", "b1", "b2", "gone")),
    start_at_ms=MINUTES.map(at),
    talk_s=st.sampled_from((300, 450, 600, 900)),
)
PERSON = st.fixed_dictionaries(
    {
        "told": st.none() | TOLD,
        "not_before_ms": st.just(0) | MINUTES.map(at),
        "inmate": st.sampled_from(("", "", "i1", "i2", "i3")),
        "limits": LIMITS,
        "exemption": EXEMPTIONS,
        "make_up": st.booleans(),
        "present": st.booleans(),
        "pinned": st.sampled_from((False, False, True)),
    }
)


def _booth(draw: Any, number: int) -> Booth:
    running = st.none() | st.builds(Running, ends_at_ms=MINUTES.map(at), inmate=st.sampled_from(("", "i1")))
    maybe = st.none() | MINUTES.map(at)
    return Booth(
        id=f"b{number}",
        works=draw(st.sampled_from((True, True, True, False))),
        until_ms=draw(maybe),
        free_from_ms=draw(st.just(0) | MINUTES.map(at)),
        lost_at_ms=draw(maybe),
        running=draw(running),
    )


@st.composite
def windows(draw: Any) -> tuple[Window, ...]:
    edges = sorted(draw(st.lists(MINUTES, min_size=0, max_size=6, unique=True)))
    return tuple(Window(at(edges[i]), at(edges[i + 1])) for i in range(0, len(edges) - 1, 2))


@st.composite
def any_day(draw: Any) -> Day:
    waiting = [Waiting(id=f"p{number}", **each) for number, each in enumerate(draw(st.lists(PERSON, max_size=25)))]
    return Day(
        now_ms=at(draw(MINUTES)),
        windows=draw(windows()),
        booths=tuple(_booth(draw, number) for number in range(draw(st.integers(0, 4)))),
        waiting=tuple(waiting),
        quota=draw(st.dictionaries(st.sampled_from(("i1", "i2")), st.integers(0, 3))),
        expecting_more=draw(st.booleans()),
        anew=draw(st.booleans()),
    )


@st.composite
def fresh_day(draw: Any) -> Day:
    """Nobody was told anything, and all have the same limits; the booths may be as they like."""
    return Day(
        now_ms=at(draw(MINUTES)),
        windows=draw(windows()),
        booths=tuple(_booth(draw, number) for number in range(draw(st.integers(0, 4)))),
        waiting=people(draw(st.integers(0, 60))),
        expecting_more=draw(st.booleans()),
    )


def changed(day: Day, **fields: Any) -> Day:
    return Day(**{field: getattr(day, field) for field in day.__struct_fields__} | fields)


@given(any_day())
@settings(max_examples=150, deadline=None)
def test_every_plan_keeps_the_rules(day: Day) -> None:
    check(day, plan(day))


@given(any_day())
@settings(max_examples=40, deadline=None)
def test_the_same_day_gives_the_same_plan(day: Day) -> None:
    assert plan(day) == plan(day)


@given(any_day())
@settings(max_examples=80, deadline=None)
def test_what_was_told_as_planned_stays_as_it_was_told(day: Day) -> None:
    first = plan(day)
    second = plan(changed(all_told(day, first), quota={}, anew=False))
    assert [(turn.id, turn.booth, turn.start_at_ms, turn.talk_s) for turn in second.turns] == [
        (turn.id, turn.booth, turn.start_at_ms, turn.talk_s) for turn in first.turns
    ]
    assert second.moved == ()


@given(fresh_day())
@settings(max_examples=40, deadline=None)
def test_one_more_booth_never_lowers_the_talk_and_serves_no_fewer(day: Day) -> None:
    fewer = plan(day)
    more = plan(changed(day, booths=(*day.booths, Booth(id="new"))))
    assert len(more.turns) >= len(fewer.turns)
    assert all(_talks(more)[person] >= talk_s for person, talk_s in _talks(fewer).items())


@given(fresh_day())
@settings(max_examples=40, deadline=None)
def test_one_more_person_never_raises_the_talk_nor_takes_a_turn_from_those_before(day: Day) -> None:
    fewer = plan(day)
    more = plan(changed(day, waiting=(*day.waiting, Waiting(id="new"))))
    assert all(talk_s <= _talks(fewer)[person] for person, talk_s in _talks(more).items() if person != "new")
    assert set(_talks(fewer)) <= set(_talks(more))


@given(fresh_day())
@settings(max_examples=40, deadline=None)
def test_alike_people_are_served_in_queue_order_and_alike(day: Day) -> None:
    found = plan(day)
    begun = {turn.id: turn.start_at_ms for turn in found.turns}
    in_order = [begun[person.id] for person in day.waiting if person.id in begun]
    assert in_order == sorted(in_order)
    assert [each.id for each in found.not_today] == [person.id for person in day.waiting[len(begun) :]]
    assert len(set(_talks(found).values())) <= 1


@given(any_day())
@settings(max_examples=40, deadline=None)
def test_who_is_further_back_puts_nobody_off_who_has_the_same_talk_time(day: Day) -> None:
    """Everybody untold at one talk time: taking the last away changes nobody else."""
    rigid = Limits(floor_s=600, default_s=600, ceiling_s=600)
    waiting = tuple(Waiting(id=each.id, limits=rigid, exemption=each.exemption) for each in day.waiting)
    whole = plan(changed(day, waiting=waiting, anew=False))
    without_last = plan(changed(day, waiting=waiting[:-1], anew=False))
    before = {turn.id: (turn.booth, turn.start_at_ms) for turn in without_last.turns}
    after = {turn.id: (turn.booth, turn.start_at_ms) for turn in whole.turns}
    assert before.items() <= after.items()


def _talks(found: Any) -> dict[str, int]:
    return {turn.id: turn.talk_s for turn in found.turns}


def test_the_days_of_these_tests_have_turns_at_all() -> None:
    day = Day(now_ms=at(0), windows=(Window(at(0), at(60)),), booths=booths(2), waiting=people(4))
    assert len(plan(day).turns) == 4
