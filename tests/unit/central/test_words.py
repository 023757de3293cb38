"""Times as people here write them, and sentences with their gaps."""

import pytest

from central.staff.words import preferred, words, zone

AT = 1_780_886_400_000  # 2026-06-08 02:40 UTC


@pytest.mark.parametrize(
    ("ms", "indonesian", "english"),
    [
        (522_000, "8.42", "8:42"),
        (521_001, "8.42", "8:42"),
        (0, "0.00", "0:00"),
        (-5, "0.00", "0:00"),
        (5_400_000, "90.00", "90:00"),
        (6_061_000, "1.41.01", "1:41:01"),
    ],
)
def test_time_left_is_rounded_up_to_whole_seconds(ms: int, indonesian: str, english: str) -> None:
    assert (words("id").left(ms), words("en").left(ms)) == (indonesian, english)


def test_the_time_of_day_is_the_facilitys() -> None:
    assert words("id").time(AT, "Asia/Jakarta") == "09.40"
    assert words("en").time(AT, "Asia/Jakarta", seconds=True) == "09:40:00"
    assert words("id").time(AT, "Asia/Jayapura") == "11.40"


def test_the_date_is_written_as_people_say_it() -> None:
    assert words("id").date(AT, "Asia/Jakarta") == "Senin 8 Juni"
    assert words("en").date(AT, "Asia/Jakarta") == "Monday 8 June"


def test_a_zone_is_called_by_the_name_people_know() -> None:
    assert [zone(AT, name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC")] == [
        "WIB",
        "WITA",
        "WIT",
        "UTC",
    ]


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 dtk"),
        (-1, "0 dtk"),
        (119_999, "119 dtk"),
        (120_000, "2 mnt"),
        (7_199_000, "119 mnt"),
        (7_200_000, "2 jam"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_fitting_unit(ms: int, said: str) -> None:
    assert words("id").ago(ms) == said


def test_gaps_are_filled_and_an_unknown_sentence_is_shown_by_its_key() -> None:
    assert words("en").say("board.queue.count", n=7) == "7 waiting"
    assert words("en").say("no.such.sentence") == "no.such.sentence"
    assert not words("en").has("no.such.sentence")


def test_an_unknown_language_is_indonesian() -> None:
    assert words("fr").language == "id"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "id"), ("en-GB,en;q=0.9", "en"), ("fr, en;q=0.5", "en"), ("id-ID,id;q=0.9,en;q=0.8", "id"), ("de", "id")],
)
def test_the_browsers_first_language_that_we_have_is_taken(header: str, language: str) -> None:
    assert preferred(header) == language
