"""When the lines of a call that was said to be closed cost the renderer, and when the window."""

from kiosk_ui.shell.lease_watch import Ending
from kiosk_ui.shell.line_watch import LineWatch

NONE: frozenset[int] = frozenset()
LINE = frozenset({7})


def after_a_call(before: frozenset[int] = NONE, *, meeting: bool = False) -> LineWatch:
    watch = LineWatch()
    watch.quiet(before)
    watch.leased(meeting=meeting)
    watch.over(10.0)
    return watch


def test_nothing_is_looked_at_before_a_call_during_it_or_right_after_it() -> None:
    watch = LineWatch()
    assert not watch.is_due(1e9)
    watch.leased(meeting=False)
    assert not watch.is_due(1e9)
    watch.over(10.0)
    assert not watch.is_due(10.39)
    assert watch.is_due(10.4)


def test_lines_that_close_cost_nothing() -> None:
    watch = after_a_call()
    assert watch.looked(LINE, 10.4) is None
    assert watch.looked(NONE, 10.8) is None
    assert watch.looked(LINE, 11.2) is None


def test_lines_seen_twice_cost_the_renderer_and_lines_that_stay_the_window_once() -> None:
    watch = after_a_call()
    answers = [watch.looked(LINE, 10.4 + 0.4 * n) for n in range(4)]
    assert answers == [None, Ending.RENDERER, None, Ending.WINDOW]
    assert not watch.is_due(1e9)


def test_what_was_open_before_the_call_is_none_of_it() -> None:
    watch = after_a_call(LINE)
    assert [watch.looked(LINE, 10.4 + 0.4 * n) for n in range(3)] == [None, None, None]
    assert watch.looked(LINE | {8}, 12.0) is None
    assert watch.looked(LINE | {8}, 12.4) is Ending.RENDERER


def test_it_stops_looking_when_the_farewell_must_be_over() -> None:
    watch = after_a_call()
    watch.looked(NONE, 40.1)
    assert not watch.is_due(1e9)


def test_a_meetings_page_keeps_lines_of_the_engine() -> None:
    assert not after_a_call(meeting=True).is_due(1e9)
