"""Periods: their days, their neighbours, and where they lie in time under clocks that are changed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reports.period import DAY_MS, HOUR_MS, Period, Stretch, WrongPeriod, around, day_of, today

ZONES = (
    "Asia/Jakarta",
    "Asia/Jayapura",
    "Europe/Berlin",
    "Africa/Cairo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "UTC",
)
SATURDAY = date(2026, 11, 21)


def ms(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("day", date(2026, 11, 21), date(2026, 11, 21)),
        ("week", date(2026, 11, 16), date(2026, 11, 22)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_the_day_week_and_month_of_a_day(kind: str, first: date, last: date) -> None:
    assert around(SATURDAY, kind) == Period(first, last)
    assert Period(first, last).kind == kind


def test_any_other_period_is_a_range() -> None:
    assert Period(date(2026, 11, 2), date(2026, 11, 9)).kind == "range"


def test_the_periods_beside_a_month_are_whole_months() -> None:
    november = around(SATURDAY, "month")
    assert november.beside(1) == Period(date(2026, 12, 1), date(2026, 12, 31))
    assert november.beside(2) == Period(date(2027, 1, 1), date(2027, 1, 31))
    assert november.beside(-9) == Period(date(2026, 2, 1), date(2026, 2, 28))


def test_the_periods_beside_a_range_are_as_long_as_it() -> None:
    assert Period(date(2026, 11, 2), date(2026, 11, 4)).beside(-1) == Period(date(2026, 10, 30), date(2026, 11, 1))
    assert around(SATURDAY, "week").beside(1).kind == "week"


def test_a_period_that_ends_before_it_begins_or_is_too_long_says_so() -> None:
    with pytest.raises(WrongPeriod) as wrong:
        Period(SATURDAY, date(2026, 11, 20))
    assert wrong.value.key == "order"
    with pytest.raises(WrongPeriod) as wrong:
        Period(date(2020, 1, 1), SATURDAY)
    assert wrong.value.key == "long"


@pytest.mark.parametrize(("edge", "step"), [(date(1990, 1, 1), -1), (date(2199, 12, 31), 1)])
def test_where_the_years_end_the_period_beside_is_the_period_itself(edge: date, step: int) -> None:
    for period in (Period(edge, edge), around(edge, "month")):
        assert period.beside(step) == period


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_of_no_year_of_ours_is_no_day(day: date) -> None:
    with pytest.raises(WrongPeriod) as wrong:
        Period(day, day)
    assert wrong.value.key == "day"


def test_a_day_in_jakarta_begins_seven_hours_before_that_of_greenwich() -> None:
    assert Period(SATURDAY, SATURDAY).stretches("Asia/Jakarta") == (
        Stretch(ms(2026, 11, 20, 17), ms(2026, 11, 21, 17), 7 * HOUR_MS),
    )


def test_a_day_whose_clocks_are_changed_is_two_stretches_without_a_gap() -> None:
    day = Period(date(2026, 10, 25), date(2026, 10, 25))
    first, second = day.stretches("Europe/Berlin")
    assert first == Stretch(ms(2026, 10, 24, 22), ms(2026, 10, 25, 1), 2 * HOUR_MS)
    assert second == Stretch(ms(2026, 10, 25, 1), ms(2026, 10, 25, 23), HOUR_MS)


def test_the_date_there_is_not_that_of_greenwich() -> None:
    assert today(ms(2026, 11, 20, 18), "Asia/Jakarta") == SATURDAY
    assert today(ms(2026, 11, 20, 18), "UTC") == date(2026, 11, 20)


def test_an_hour_counted_from_1970_has_its_date() -> None:
    assert [day_of(hour) for hour in (0, 23, 24)] == [date(1970, 1, 1), date(1970, 1, 1), date(1970, 1, 2)]


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2009, 1, 1), date(2027, 1, 1)),
    length=st.integers(0, 40),
    at=st.integers(-3 * DAY_MS, 44 * DAY_MS),
)
def test_an_instant_is_in_a_period_once_exactly_if_its_local_date_is(
    zone: str, first: date, length: int, at: int
) -> None:
    period = Period(first, first + timedelta(days=length))
    at_ms = ms(first.year, first.month, first.day) + at
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))
    found = [each for each in period.stretches(zone) if each.from_ms <= at_ms < each.to_ms]
    assert len(found) == (period.first <= local.date() <= period.last)
    for each in found:
        assert day_of((at_ms + each.offset_ms) // HOUR_MS) == local.date()
        assert (at_ms + each.offset_ms) // HOUR_MS % 24 == local.hour
