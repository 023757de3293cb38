"""The board's model, tile by tile: freshness, states, time left, names."""

import pytest

from central.board import link
from central.board_model import (
    Link,
    Look,
    TerminalRow,
)
from protocol.terminal import Mode, TerminalStatus, VisitState
from tests.unit.central.made_boards import NOW, booth, made, only, session, status, talking

# ---- freshness ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent_ms", "hold_s", "expected"),
    [
        (0, 5, Link.OK),
        (10_000, 5, Link.OK),
        (10_001, 5, Link.LATE),
        (13_499, 5, Link.LATE),
        (13_500, 5, Link.GONE),
        (34_000, 30, Link.OK),
        (36_000, 30, Link.LATE),
        (40_000, 30, Link.GONE),
        (10_001, 1, Link.LATE),
    ],
)
def test_a_booth_is_late_after_ten_seconds_and_gone_before_fifteen(
    silent_ms: int, hold_s: float, expected: Link
) -> None:
    assert link(booth(seen_ago_ms=silent_ms, hold_s=hold_s), NOW) is expected


def test_a_booth_that_hung_up_is_gone_after_two_seconds() -> None:
    assert link(booth(seen_ago_ms=4000, dropped_at_ms=NOW - 2000), NOW) is Link.GONE
    assert link(booth(seen_ago_ms=4000, dropped_at_ms=NOW - 1999), NOW) is Link.OK


def test_a_booth_that_was_heard_after_it_hung_up_is_there() -> None:
    assert link(booth(seen_ago_ms=1000, dropped_at_ms=NOW - 3000), NOW) is Link.OK


def test_a_booth_that_never_spoke_is_not_called_broken() -> None:
    silent = TerminalRow(id="t", name="Bilik 9", enrolled=True)
    tile = only(silent)
    assert (tile.link, tile.state, tile.look, tile.acts) == (Link.NEVER, "never", Look.FREE, ())
    assert made(silent).alarms == ()


def test_a_booth_that_is_not_enrolled_says_so() -> None:
    assert only(TerminalRow(id="t", name="Bilik 9", enrolled=False)).state == "unenrolled"


# ---- states -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "state", "look"),
    [
        (status(), "none", Look.FREE),
        (status(mode=Mode.LOCKED), "locked", Look.FREE),
        (status(mode=Mode.MAINTENANCE), "maintenance", Look.FREE),
        (status(mode=Mode.OUT_OF_SERVICE), "out_of_service", Look.STOP),
        (status(faults=("MIK-1",)), "out_of_service", Look.STOP),
        (status(faults=("KAM-1",)), "none", Look.FREE),
        (status(visit=VisitState.CHECK_IN), "check_in", Look.WAIT),
        (status(visit=VisitState.RULES), "rules", Look.WAIT),
        (status(visit=VisitState.WAITING, session_id="s1"), "waiting", Look.WAIT),
        (status(visit=VisitState.WAITING, session_id="s1", family_present=True), "connecting", Look.WAIT),
        (talking(), "talking", Look.TALK),
        (talking(visit=VisitState.INTERRUPTED, talk_running=False), "interrupted", Look.WAIT),
        (status(visit=VisitState.FAREWELL), "farewell", Look.FREE),
        (talking(mode=Mode.LOCKED), "talking", Look.TALK),
    ],
)
def test_a_booth_has_a_state_in_words_and_a_look(found: TerminalStatus, state: str, look: Look) -> None:
    tile = only(booth(status=found), sessions=(session(),))
    assert (tile.state, tile.look) == (state, look)


def test_a_booth_whose_connection_is_gone_is_red_and_can_be_told_nothing() -> None:
    tile = only(booth(seen_ago_ms=20_000, status=talking()), sessions=(session(),))
    assert (tile.state, tile.look, tile.acts, tile.zero_at_ms) == ("gone", Look.GONE, (), None)
    assert tile.left_ms == 60_000
    assert tile.devices_bad == ()


# ---- time ---------------------------------------------------------------------------------------------------------


def test_running_time_counts_from_when_the_booth_said_it() -> None:
    tile = only(booth(seen_ago_ms=3000, status=talking()), sessions=(session(),))
    assert tile.zero_at_ms == NOW - 3000 + 60_000


def test_time_that_stands_still_is_told_as_it_is() -> None:
    tile = only(booth(status=talking(talk_running=False)), sessions=(session(),))
    assert (tile.zero_at_ms, tile.left_ms) == (None, 60_000)


def test_a_late_booth_still_counts() -> None:
    assert only(booth(seen_ago_ms=12_000, status=talking()), sessions=(session(),)).zero_at_ms is not None


def test_a_booth_without_a_session_shows_no_time() -> None:
    tile = only(booth(status=talking(session_id=None)))
    assert (tile.left_ms, tile.zero_at_ms) == (None, None)


def test_running_time_that_was_not_said_is_not_made_up() -> None:
    tile = only(booth(status=talking(talk_left_ms=None)), sessions=(session(),))
    assert (tile.left_ms, tile.zero_at_ms) == (None, None)


def test_the_board_knows_whether_something_runs_down() -> None:
    assert made(booth(status=talking()), sessions=(session(),)).counts
    assert not made(booth()).counts


# ---- sessions and names -------------------------------------------------------------------------------------------


def test_the_session_that_the_booth_names_is_shown() -> None:
    tile = only(booth(status=talking(session_id="s2")), sessions=(session("s1"), session("s2", number="013")))
    assert tile.session is not None
    assert tile.session.number == "013"


def test_an_open_session_is_shown_before_the_booth_names_it() -> None:
    tile = only(booth(), sessions=(session(),))
    assert tile.session is not None


def test_a_planned_session_is_the_next_one_and_not_the_one_at_hand() -> None:
    tile = only(booth(), sessions=(session(is_open=False),))
    assert tile.session is None
    assert tile.next is not None


def test_the_session_that_is_called_in_is_not_also_the_next() -> None:
    tile = only(booth(status=status(visit=VisitState.CHECK_IN, session_id="s1")), sessions=(session(is_open=False),))
    assert tile.session is not None
    assert tile.next is None


def test_a_session_of_another_booth_is_not_shown_here() -> None:
    tile = only(booth(status=talking()), sessions=(session(terminal="Bilik-2"),))
    assert (tile.session, tile.next) == (None, None)


def test_booths_stand_in_the_order_of_their_numbers() -> None:
    names = ("Bilik 10", "Bilik 2", "Bilik ibu", "Bilik 1")
    assert [tile.name for tile in made(*(booth(name) for name in names)).tiles] == [
        "Bilik ibu",
        "Bilik 1",
        "Bilik 2",
        "Bilik 10",
    ]
