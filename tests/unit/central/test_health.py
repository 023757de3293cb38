"""From heartbeats to stretches of one state, and from stretches to a day's line."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.health import SILENT_MS, Bar, Look, Span, State, bars, fresh_escapes, go_on, look_of, shares, state_of
from protocol.terminal import Mode, TerminalStatus, VisitState

GOOD = State(boot_id="b", mode="in_service", faults=(), window_up=True, shell_up=True, agent_version="1")
BAD = State(boot_id="b", mode="in_service", faults=("MIK-1",), window_up=True, shell_up=True, agent_version="1")


def span(from_ms: int, to_ms: int, state: State = GOOD) -> Span:
    return Span(terminal_id="t", from_ms=from_ms, to_ms=to_ms, state=state)


def test_a_heartbeat_says_what_makes_a_stretch_and_the_order_of_faults_does_not() -> None:
    status = TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.TALKING, faults=("MIK-1", "KAM-1"), window_up=True)
    state = state_of("b", status)
    assert (state.boot_id, state.mode, state.faults) == ("b", "in_service", ("KAM-1", "MIK-1"))
    assert (state.window_up, state.shell_up) == (True, False)


def test_the_first_heartbeat_begins_a_stretch() -> None:
    assert go_on(None, None, span(10, 10), hold_s=5) == (span(10, 10),)


def test_a_heartbeat_that_says_the_same_moves_the_end() -> None:
    assert go_on(span(0, 10), 10, span(5000, 5000), hold_s=5) == (span(0, 5000),)


def test_another_state_ends_the_stretch_and_begins_one() -> None:
    now = span(5000, 5000, BAD)
    assert go_on(span(0, 10), 4000, now, hold_s=5) == (span(0, 5000), now)


def test_silence_ends_the_stretch_at_the_last_word_and_not_at_the_next() -> None:
    now = span(100_000, 100_000)
    assert go_on(span(0, 10), 60_000, now, hold_s=5) == (span(0, 60_000), now)
    assert go_on(span(0, 10), None, now, hold_s=5) == (span(0, 10), now)


def test_a_request_held_for_long_is_no_silence() -> None:
    now = span(40_000, 40_000)
    assert go_on(span(0, 10), 10, now, hold_s=30) == (span(0, 40_000),)


def test_a_heartbeat_that_is_older_than_what_is_known_changes_nothing() -> None:
    assert go_on(span(0, 5000), 5000, span(4000, 4000), hold_s=5) == ()


@pytest.mark.parametrize(
    ("before", "now", "same", "fresh"),
    [
        ({}, {"key": 2}, True, {"key": 2}),
        ({"key": 2}, {"key": 2}, True, {}),
        ({"key": 2}, {"key": 5, "drag": 1}, True, {"key": 3, "drag": 1}),
        ({"key": 9}, {"key": 2}, False, {"key": 2}),
        ({"key": 9}, {"key": 2}, True, {"key": 2}),
    ],
)
def test_attempts_count_once_over_boots_and_lost_memories(
    before: dict[str, int], now: dict[str, int], same: bool, fresh: dict[str, int]
) -> None:
    assert fresh_escapes(before, now, is_same_boot=same) == fresh


@pytest.mark.parametrize(
    ("fields", "look"),
    [
        ({}, Look.GOOD),
        ({"faults": ("KAM-1",)}, Look.WARNING),
        ({"faults": ("NEW-9",)}, Look.GOOD),
        ({"window_up": False}, Look.WARNING),
        ({"shell_up": False}, Look.WARNING),
        ({"faults": ("KAM-1", "MIK-1")}, Look.STOPS),
        ({"mode": "out_of_service"}, Look.STOPS),
        ({"mode": "locked"}, Look.CLOSED),
        ({"mode": "maintenance", "faults": ("KAM-1",)}, Look.CLOSED),
    ],
)
def test_a_state_looks_like_the_worst_of_it(fields: dict[str, object], look: Look) -> None:
    values = {name: getattr(GOOD, name) for name in State.__struct_fields__} | fields
    assert look_of(State(**values)) is look


def test_a_line_has_no_holes_and_neighbours_of_one_look_are_one() -> None:
    line = bars([span(10, 20), span(20, 30), span(30, 40, BAD), span(60, 90)], 0, 80)
    assert [(bar.look, bar.from_ms, bar.to_ms) for bar in line] == [
        (Look.SILENT, 0, 10),
        (Look.GOOD, 10, 30),
        (Look.STOPS, 30, 40),
        (Look.SILENT, 40, 60),
        (Look.GOOD, 60, 80),
    ]
    assert shares(line)[Look.GOOD] == 40


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60), st.booleans()), max_size=12))
def test_every_moment_of_a_line_is_in_one_bar(found: list[tuple[int, int, bool]]) -> None:
    spans = [span(begin, begin + length, BAD if is_bad else GOOD) for begin, length, is_bad in sorted(found)]
    line = bars(spans, 50, 400)
    assert line[0].from_ms == 50
    assert line[-1].to_ms == 400
    assert all(one.to_ms == next_.from_ms and one.look is not next_.look for one, next_ in itertools.pairwise(line))
    assert sum(shares(line).values()) == 350


def test_a_line_of_no_length_is_empty() -> None:
    assert bars([], 5, 5) == []
    assert Bar(look=Look.GOOD, from_ms=0, to_ms=1) in bars([span(0, 1)], 0, 1)
    assert SILENT_MS > 0
