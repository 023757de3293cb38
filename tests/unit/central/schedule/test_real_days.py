"""The days that the sources describe, as this plan lays them out; hours that no source gives are those common among them."""

from datetime import date

import pytest

from central.schedule.model import Bound, Day, Exemption, Limits, Rules, Waiting
from central.schedule.plan import plan
from central.schedule.windows import Hours, Opening
from tests.unit.central.schedule.days import booths, check, people, turn_of

MORNING, AFTERNOON = Hours(9 * 60, 12 * 60), Hours(13 * 60, 15 * 60)
MONDAY, SATURDAY, SUNDAY = date(2026, 6, 8), date(2026, 6, 13), date(2026, 6, 14)


def opening(*hours: Hours, days: int = 6, timezone: str = "Asia/Jakarta") -> Opening:
    return Opening(timezone=timezone, week=dict.fromkeys(range(days), hours))


def real_day(hours: Opening, when: date, count: int, waiting: tuple[Waiting, ...], **fields: object) -> Day:
    windows = hours.windows(when)
    now = windows[0].from_ms if windows else 0
    return Day(now_ms=now, windows=windows, booths=booths(count), waiting=waiting, **fields)  # type: ignore[arg-type]  # the fields of a day


@pytest.mark.parametrize(
    ("name", "count", "hours", "waiting", "talk_s", "bound", "served"),
    [
        ("Temanggung's first 36, who counted no change-over", 2, (MORNING,), 36, 510, Bound.SHARED, 36),
        ("Temanggung with the two booths it planned", 4, (MORNING,), 36, 900, Bound.CEILING, 36),
        ("Pekalongan, four booths, a quiet day", 4, (MORNING, AFTERNOON), 40, 900, Bound.CEILING, 40),
        ("Pekalongan, four booths, a full day", 4, (MORNING, AFTERNOON), 110, 540, Bound.SHARED, 110),
        ("Pekalongan, four booths, a holiday's rush", 4, (MORNING, AFTERNOON), 200, 300, Bound.FLOOR, 180),
        ("Purwokerto, three booths", 3, (MORNING, AFTERNOON), 70, 630, Bound.SHARED, 70),
        ("Porong's 40 of an ordinary day, were it four booths", 4, (MORNING,), 40, 900, Bound.CEILING, 40),
        ("Porong's 100 at Lebaran, were it four booths", 4, (MORNING,), 100, 330, Bound.SHARED, 100),
    ],
)
def test_a_day_of_the_sources(
    name: str, count: int, hours: tuple[Hours, ...], waiting: int, talk_s: int, bound: Bound, served: int
) -> None:
    day = real_day(opening(*hours), MONDAY, count, people(waiting))
    found = plan(day)
    check(day, found)
    assert (found.why.talk_s, found.why.bound, len(found.turns)) == (talk_s, bound, served), name


def test_madiun_serves_its_58_a_block_only_with_as_many_booths_as_it_must_have_had() -> None:
    blocks = opening(Hours(9 * 60, 11 * 60), Hours(13 * 60 + 30, 15 * 60))
    exact = Rules(limits=Limits(floor_s=600, default_s=600, ceiling_s=600))
    assert len(plan(real_day(blocks, MONDAY, 5, people(110), rules=exact)).turns) == 5 * (10 + 7)
    assert len(plan(real_day(blocks, MONDAY, 7, people(110), rules=exact)).turns) == 110


def test_purwokerto_is_open_from_monday_to_saturday() -> None:
    hours = opening(MORNING, days=6)
    assert len(plan(real_day(hours, SATURDAY, 3, people(5))).turns) == 5
    closed = plan(real_day(hours, SUNDAY, 3, people(5)))
    assert (len(closed.turns), {each.reason.value for each in closed.not_today}) == (0, {"closed"})


def test_a_wedding_at_cirebon_has_its_hour_and_the_rest_share_what_is_left() -> None:
    wedding = Waiting(id="wedding", exemption=Exemption(talk_s=3600, by="Sari", reason="wali nikah"))
    day = real_day(opening(MORNING), MONDAY, 3, (*people(20), wedding, *(Waiting(id=f"q{at}") for at in range(20))))
    found = plan(day)
    check(day, found)
    assert turn_of(found, "wedding").talk_s == 3600
    assert (len(found.turns), found.why.exempt) == (41, 1)
    assert found.why.talk_s < plan(real_day(opening(MORNING), MONDAY, 3, people(40))).why.talk_s


@pytest.mark.parametrize(
    ("zone", "hour_utc"), [("Asia/Jakarta", 2), ("Asia/Pontianak", 2), ("Asia/Makassar", 1), ("Asia/Jayapura", 0)]
)
def test_nine_o_clock_is_nine_o_clock_there(zone: str, hour_utc: int) -> None:
    first = opening(MORNING, timezone=zone).windows(MONDAY)[0]
    assert first.from_ms // 3_600_000 % 24 == hour_utc
    assert first.to_ms - first.from_ms == 3 * 3_600_000
