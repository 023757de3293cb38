"""How soon and how often a failing window is started again."""

from kiosk_ui.shell.restarts import CALM_S, DAY_S, LIMIT, LIMIT_A_DAY, LONGEST_PAUSE_S, WITHIN_S, Restarts


def test_the_first_end_is_followed_by_a_start_at_once() -> None:
    assert Restarts().ended(100.0) == 0.0


def test_quick_ends_are_followed_by_longer_pauses() -> None:
    restarts = Restarts()
    pauses = [restarts.ended(float(second)) for second in range(8)]
    assert pauses == [0.0, 0.5, 1.0, 2.0, 4.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_after_a_calm_minute_it_starts_at_once_again() -> None:
    restarts = Restarts()
    restarts.ended(0.0)
    restarts.ended(1.0)
    assert restarts.ended(2.0 + CALM_S) == 0.0


def test_too_many_ends_in_ten_minutes_give_up() -> None:
    restarts = Restarts()
    assert all(restarts.ended(second * 20.0) is not None for second in range(LIMIT))
    assert restarts.ended(LIMIT * 20.0) is None


def test_ends_every_few_minutes_give_up_within_a_day() -> None:
    restarts = Restarts()
    assert all(restarts.ended(n * WITHIN_S / 10) is not None for n in range(LIMIT_A_DAY))
    assert restarts.ended(LIMIT_A_DAY * WITHIN_S / 10) is None


def test_a_few_ends_a_day_never_give_up() -> None:
    restarts = Restarts()
    assert all(restarts.ended(n * DAY_S / (LIMIT_A_DAY - 1)) is not None for n in range(10 * LIMIT_A_DAY))
