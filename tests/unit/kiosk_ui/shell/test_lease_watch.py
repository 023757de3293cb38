"""The dead man's switch."""

from kiosk_ui.shell.lease_watch import RENDERER_AFTER_S, WINDOW_AFTER_S, Ending, LeaseWatch


def test_nothing_is_due_without_a_lease() -> None:
    watch = LeaseWatch()
    assert watch.due_s is None
    assert watch.ending(1e9) is None


def test_a_lease_that_is_renewed_ends_nothing() -> None:
    watch = LeaseWatch()
    for half_seconds in range(20):
        now_s = half_seconds / 2
        assert watch.ending(now_s) is None
        watch.lease(2000, now_s)


def test_a_lease_that_ran_out_ends_the_renderer_then_the_window_each_once() -> None:
    watch = LeaseWatch()
    watch.lease(500, 10.0)
    renderer_s = 10.5 + RENDERER_AFTER_S
    assert watch.due_s == renderer_s
    assert watch.ending(renderer_s - 0.001) is None
    assert watch.ending(renderer_s) is Ending.RENDERER
    assert watch.ending(renderer_s) is None
    assert watch.ending(renderer_s + WINDOW_AFTER_S) is Ending.WINDOW
    assert watch.ending(renderer_s + 100) is None


def test_both_come_within_a_second_of_the_end() -> None:
    assert RENDERER_AFTER_S + WINDOW_AFTER_S < 1.0


def test_the_pages_word_that_it_closed_the_call_ends_the_watch() -> None:
    watch = LeaseWatch()
    watch.lease(500, 10.0)
    watch.over()
    assert watch.ending(100.0) is None


def test_a_renderer_that_ended_saves_the_window() -> None:
    watch = LeaseWatch()
    watch.lease(0, 10.0)
    assert watch.ending(11.0) is Ending.RENDERER
    watch.over()
    assert watch.ending(100.0) is None


def test_a_new_lease_begins_again_with_the_renderer() -> None:
    watch = LeaseWatch()
    watch.lease(0, 10.0)
    assert watch.ending(10.3) is Ending.RENDERER
    watch.lease(1000, 10.4)
    assert watch.ending(11.6) is None
    assert watch.ending(11.8) is Ending.RENDERER
