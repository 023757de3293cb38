"""Two PCs with one enrolment are told from one PC that was restarted, in whatever order their messages arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.clones import SLACK_MS, Boot, began_at_ms, outlived

NOW = 1_800_000_000_000


def boot(name: str, *, began_ago_s: int, first_ago_s: int, refused: bool = False) -> Boot:
    return Boot(
        boot_id=name,
        began_at_ms=NOW - began_ago_s * 1000,
        first_at_ms=NOW - first_ago_s * 1000,
        refused_at_ms=NOW if refused else None,
    )


def test_who_still_speaks_after_a_later_boot_was_heard_is_another_pc() -> None:
    first, second = boot("a", began_ago_s=9000, first_ago_s=8000), boot("b", began_ago_s=60, first_ago_s=10)
    assert outlived(first, (first, second), 9000) == (second,)
    assert outlived(second, (first, second), 60) == ()


@pytest.mark.parametrize("late_s", [0, 5, 60, 3600])
def test_what_the_last_boot_sent_before_it_ended_proves_nothing_however_late_it_arrives(late_s: int) -> None:
    """The PC ended 30 s before its next boot was heard; its last message lay in a proxy or a hanging central."""
    after = boot("b", began_ago_s=late_s + 20, first_ago_s=late_s)
    before = boot("a", began_ago_s=9000 + late_s, first_ago_s=8000 + late_s)
    assert outlived(before, (before, after), 9000 - 30) == ()


def test_a_pc_that_does_not_say_its_age_alarms_nobody() -> None:
    first, second = boot("a", began_ago_s=900, first_ago_s=900), boot("b", began_ago_s=10, first_ago_s=10)
    assert outlived(first, (first, second), 0) == ()


def test_who_was_refused_is_no_reason_to_ask_again() -> None:
    first, second = (
        boot("a", began_ago_s=9000, first_ago_s=8000),
        boot("b", began_ago_s=60, first_ago_s=10, refused=True),
    )
    assert outlived(first, (first, second), 9000) == ()


def test_an_age_beyond_the_beginning_of_time_is_the_beginning_of_time() -> None:
    assert began_at_ms(2**50, NOW) == 0
    assert began_at_ms(60, NOW) == NOW - 60_000


LIVES = st.lists(st.tuples(st.integers(1, 600), st.integers(2, 120)), min_size=2, max_size=6)


@given(LIVES, st.data())
def test_one_pc_that_is_restarted_again_and_again_never_looks_like_two(
    lives: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Each life is some seconds of running, then some off; every message arrives by itself, up to an hour late."""
    sent: list[tuple[int, int, str, int]] = []
    at_s = 0
    for number, (runs_s, off_s) in enumerate(lives):
        for uptime_s in range(1, runs_s + 1, 30):
            late_s = data.draw(st.sampled_from([0, 0, 0, 1, 40, 3600]))
            sent.append((at_s + uptime_s + late_s, at_s + uptime_s, f"boot-{number}", uptime_s))
        at_s += runs_s + off_s
    known: dict[str, Boot] = {}
    for arrived_s, _, name, uptime_s in sorted(sent):
        now_ms = NOW + arrived_s * 1000
        began = began_at_ms(uptime_s, now_ms)
        mine = known.get(name) or Boot(boot_id=name, began_at_ms=began, first_at_ms=now_ms)
        mine = Boot(boot_id=name, began_at_ms=min(began, mine.began_at_ms), first_at_ms=mine.first_at_ms)
        known[name] = mine
        others = tuple(sorted(known.values(), key=lambda each: each.first_at_ms))
        wrongly = outlived(mine, others, uptime_s)
        assert not [other for other in wrongly if not _late_from_the_first(lives, mine, other)]


def _late_from_the_first(lives: list[tuple[int, int]], *boots: Boot) -> bool:
    """Of a boot whose very first message lay somewhere nothing better is known: the limit that decision 8 names."""
    return any(boot.began_at_ms > NOW + SLACK_MS + _began(lives, boot.boot_id) * 1000 for boot in boots)


def _began(lives: list[tuple[int, int]], name: str) -> int:
    return sum(runs_s + off_s for runs_s, off_s in lives[: int(name.removeprefix("boot-"))])
