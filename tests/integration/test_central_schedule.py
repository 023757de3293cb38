"""Opening hours on the command line."""

from pathlib import Path

import pytest

from tests.typed import typed


def test_opening_hours_are_typed_and_shown_and_nonsense_is_refused_in_words(tmp_path: Path) -> None:
    database = ["--database", f"sqlite:///{tmp_path}/central.sqlite3"]
    facility = typed([*database, "facility", "add", "Rutan"], "").stdout.strip()
    hours = ["--open", "mon-fri,sun=09:00-12:00,13:00-15:00", "--date", "2026-12-25=closed", "--set", "default_s=480"]
    assert typed([*database, "schedule", "set", facility, *hours], "").returncode == 0
    again = typed([*database, "schedule", "set", facility, "--date", "2026-12-24=09.00-10.00"], "").stdout
    for line in (
        "mon: 09:00-12:00,13:00-15:00",
        "sat: closed",
        "2026-12-24: 09:00-10:00",
        "2026-12-25: closed",
        "default_s=480",
    ):
        assert line in again.splitlines()
    assert typed([*database, "schedule", "show", facility], "").stdout == again
    back = typed([*database, "schedule", "set", facility, "--date", "2026-12-25=weekday"], "").stdout
    assert "2026-12-25" not in back


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--open", "mon"], "write it as in"),
        (["--open", "day=09:00-10:00"], "no weekday"),
        (["--open", "mon=9-10"], "no hours"),
        (["--open", "mon=10:00-09:00"], "earlier to a later"),
        (["--date", "x=closed"], "no date"),
        (["--set", "week=1"], "no setting"),
        (["--set", "floor_s=x"], "floor_s=x"),
        (["--set", "floor_s=900"], "contradicts itself"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    database = ["--database", f"sqlite:///{tmp_path}/central.sqlite3"]
    facility = typed([*database, "facility", "add", "Rutan"], "").stdout.strip()
    done = typed([*database, "schedule", "set", facility, *words], "")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert typed([*database, "schedule", "show", facility], "").returncode == 2
