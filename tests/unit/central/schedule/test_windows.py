"""Opening hours: several a day, by weekday, other ones on single dates, none on holidays, in the facility's zone."""

from datetime import date

import pytest

from central.schedule.windows import Hours, Opening, joined

MONDAY = date(2026, 6, 8)


def opening(**fields: object) -> Opening:
    known = {"timezone": "Asia/Jakarta", "week": {0: (Hours(540, 660), Hours(810, 900))}}
    return Opening(**(known | fields))  # type: ignore[arg-type]  # the fields of an opening


def test_a_weekday_has_its_hours_and_another_has_none() -> None:
    assert opening().hours_of(MONDAY) == (Hours(540, 660), Hours(810, 900))
    assert opening().hours_of(date(2026, 6, 9)) == ()


def test_a_date_of_its_own_comes_before_the_weekday_and_without_hours_is_a_holiday() -> None:
    special = {MONDAY: (Hours(480, 720),), date(2026, 6, 15): ()}
    found = opening(dates=special)
    assert found.hours_of(MONDAY) == (Hours(480, 720),)
    assert found.windows(date(2026, 6, 15)) == ()


def test_the_next_days_that_are_open_are_counted_from_the_first() -> None:
    assert opening().open_days(MONDAY, ahead=8) == (MONDAY, date(2026, 6, 15))


def test_an_instant_has_the_date_that_is_there() -> None:
    late = opening().windows(MONDAY)[0].from_ms + 15 * 3_600_000
    assert opening().day_of(late) == date(2026, 6, 9)
    assert opening(timezone="UTC").day_of(late) == MONDAY


def test_hours_that_touch_or_overlap_are_one_and_come_in_order() -> None:
    assert joined([Hours(700, 800), Hours(540, 600), Hours(600, 660), Hours(550, 560)]) == (
        Hours(540, 660),
        Hours(700, 800),
    )


def test_a_day_may_be_open_until_midnight() -> None:
    window = opening(week={0: (Hours(0, 1440),)}).windows(MONDAY)[0]
    assert window.to_ms - window.from_ms == 86_400_000


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5), (0, 1441)])
def test_hours_that_no_day_has_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not within one day"):
        Hours(start, end)
