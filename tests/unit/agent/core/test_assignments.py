"""What of a schedule and of settings makes sense."""

import msgspec
import pytest

from agent.core.assignments import check, sane
from protocol.terminal import AssignedSession, TerminalSettings

NOW_MS = 1_800_000_000_000
ROW = AssignedSession(id="a", number="1", start_at_ms=NOW_MS, talk_s=600)


def but(**fields: object) -> AssignedSession:
    return msgspec.structs.replace(ROW, **fields)


@pytest.mark.parametrize(
    "row",
    [
        but(talk_s=-600),
        but(talk_s=9),
        but(talk_s=14_401),
        but(closing_at_ms=NOW_MS - 1),
        but(closing_at_ms=NOW_MS),
        but(start_at_ms=-1),
        but(start_at_ms=NOW_MS + 49 * 3_600_000),
        but(start_at_ms=NOW_MS - 49 * 3_600_000),
        but(id=""),
        but(id="a/../b"),
        but(id="x" * 65),
        but(number=""),
        but(number="1" * 33),
        but(call_kind="carrier pigeon"),
    ],
    ids=str,
)
def test_a_row_that_makes_no_sense_costs_only_itself(row: AssignedSession) -> None:
    good = but(id="good", start_at_ms=NOW_MS + 3_600_000)
    checked = check((row, good), NOW_MS)
    assert checked.kept == (good,)
    assert checked.rejected == 1


@pytest.mark.parametrize("row", [but(talk_s=10), but(talk_s=14_400), but(closing_at_ms=NOW_MS + 1)], ids=str)
def test_a_row_at_its_bounds_is_kept(row: AssignedSession) -> None:
    assert check((row,), NOW_MS).kept == (row,)


def test_of_two_rows_with_one_id_the_first_is_kept() -> None:
    later = but(start_at_ms=NOW_MS + 3_600_000)
    checked = check((later, ROW), NOW_MS)
    assert (checked.kept, checked.rejected) == ((ROW,), 1)


def test_of_two_sessions_at_once_the_first_is_kept() -> None:
    checked = check((ROW, but(id="b"), but(id="c", start_at_ms=NOW_MS + 60_000)), NOW_MS)
    assert ([row.id for row in checked.kept], checked.rejected) == (["a", "c"], 1)


def test_turns_as_short_as_can_be_may_follow_each_other_at_once() -> None:
    rows = tuple(but(id=f"s{n}", talk_s=10, start_at_ms=NOW_MS + n * 10_000) for n in range(4))
    assert check(rows, NOW_MS).kept == rows
    nearer = but(id="near", start_at_ms=NOW_MS + 9_999)
    assert check((rows[0], nearer), NOW_MS).rejected == 1


def test_rows_are_put_in_order_of_start() -> None:
    late = but(id="b", start_at_ms=NOW_MS + 600_000)
    assert check((late, ROW), NOW_MS).kept == (ROW, late)


def test_rows_long_past_are_left_out_without_a_word() -> None:
    checked = check((but(start_at_ms=NOW_MS - 13 * 3_600_000),), NOW_MS)
    assert (checked.kept, checked.rejected) == ((), 0)


def test_without_a_map_the_distance_from_now_is_not_judged() -> None:
    assert check((but(start_at_ms=5),), None).kept == (but(start_at_ms=5),)


def test_ten_thousand_rows_keep_the_earliest_two_hundred() -> None:
    rows = [but(id=f"s{n}", start_at_ms=NOW_MS + n * 100_000) for n in range(10_000)]
    checked = check(rows, NOW_MS)
    assert ([row.id for row in checked.kept], checked.rejected) == ([f"s{n}" for n in range(200)], 9_800)


def test_settings_are_moved_inside_their_bounds() -> None:
    wild = TerminalSettings(
        terminal_name="B",
        facility_name="R",
        language="xx",
        check_in_early_s=-1,
        no_show_inmate_s=10**9,
        join_grace_s=-5,
        credit_s=10**6,
        farewell_s=9999,
        warn_at_s=(60, 300, 60, -1, 0, 10**6),
        volume_percent=900,
    )
    tame = sane(wild)
    assert (tame.language, tame.check_in_early_s, tame.no_show_inmate_s) == ("id", 0, 7200)
    assert (tame.join_grace_s, tame.credit_s, tame.farewell_s, tame.volume_percent) == (0, 3600, 120, 100)
    assert tame.warn_at_s == (300, 60)


def test_sound_settings_stay_as_they_are() -> None:
    settings = TerminalSettings(terminal_name="B", facility_name="R", language="en")
    assert sane(settings) == settings
