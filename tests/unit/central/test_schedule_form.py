"""Opening hours and limits as people type them: what is shown is read back the same, and each wrong field is named."""

import msgspec
import pytest

from central.staff.schedule_form import WrongSchedule, read, shown
from central.store.schedules import Schedule

MORNING = ((540, 690), (780, 900))
KNOWN = Schedule(week=(MORNING,) * 6 + ((),), dates={"2026-12-25": (), "2026-12-24": ((480, 600),)}, floor_s=330)


def typed(**fields: str) -> dict[str, str]:
    return shown(KNOWN, comma=",") | fields


def errors(**fields: str) -> dict[str, str]:
    with pytest.raises(WrongSchedule) as wrong:
        read(typed(**fields), KNOWN)
    return wrong.value.errors


@pytest.mark.parametrize("comma", [",", "."])
def test_what_is_shown_is_read_back_the_same(comma: str) -> None:
    assert read(shown(KNOWN, comma=comma), Schedule()) == KNOWN
    assert shown(KNOWN, comma=comma)["floor_s"] == f"5{comma}5"


@pytest.mark.parametrize(("amount", "text"), [(10, "10 s"), (14, "14 s"), (100, "100 s"), (60, "1"), (90, "1,5")])
def test_a_talk_time_that_is_no_half_minute_is_shown_in_seconds_and_read_back(amount: int, text: str) -> None:
    short = msgspec.structs.replace(KNOWN, floor_s=amount)
    assert shown(short, comma=",")["floor_s"] == text
    assert read(shown(short, comma=","), KNOWN) == short
    assert read(typed(floor_s=f"{amount}dtk"), KNOWN) == short


def test_hours_are_read_as_people_write_them() -> None:
    found = read(typed(week_0=" 9.00 - 11:30 ,13:00\u201315:00", week_1="Tutup", week_2="", registration=""), KNOWN)
    rough = read(typed(week_0="8-11.30, 13 s.d. 15", week_1="9 sampai 10", week_2="8.00sd9.00"), KNOWN)
    assert rough.week[:3] == (((480, 690), (780, 900)), ((540, 600),), ((480, 540),))
    assert found.week[:3] == (((540, 690), (780, 900)), (), ())
    assert not found.registration


@pytest.mark.parametrize(
    ("field", "text", "key"),
    [
        ("week_0", "nine", "hours.wrong.hours"),
        ("week_0", "11.00-09.00", "hours.wrong.hours"),
        ("week_0", "25.00-26.00", "hours.wrong.hours"),
        ("dates", "25/12 tutup", "hours.wrong.dates"),
        ("dates", "2026-12-25 sore", "hours.wrong.dates"),
        (
            "dates",
            "\n".join(f"20{year}-01-01" for year in range(10, 99))
            + "\n"
            + "\n".join(f"20{y}-01-02" for y in range(10, 99)),
            "hours.wrong.dates",
        ),
        ("floor_s", "", "hours.wrong.minutes"),
        ("floor_s", "0", "hours.wrong.minutes"),
        ("floor_s", "9 s", "hours.wrong.minutes"),
        ("ceiling_s", "14401 detik", "hours.wrong.minutes"),
        ("quota_day", "3 s", "hours.wrong.number"),
        ("quota_day", "0,5", "hours.wrong.number"),
        ("keep_days", "9999999", "hours.wrong.number"),
        ("floor_s", "12", "hours.wrong.rise"),
    ],
)
def test_each_wrong_field_is_named(field: str, text: str, key: str) -> None:
    assert errors(**{field: text}) == {"default_s" if key.endswith("rise") else field: key}
