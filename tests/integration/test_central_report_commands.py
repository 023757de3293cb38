"""Reports and retention for people without a browser: text, JSON, files, and what is wrong in words."""

import asyncio
import csv
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from central.store.engine import Database
from tests.report_rig import House
from tests.typed import Typed

NOVEMBER = ("usage", "report", "--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    found = Typed(tmp_path_factory.mktemp("central"))
    found.data("facility", "add", "Rutan Kosong")

    async def filled() -> None:
        database = Database(found.database)
        try:
            house = House(database)
            place = await house.facility("Rutan Satu", booths=2)
            for booth in (0, 1, 1):
                await house.held(await house.session(place, booth=booth, admitted_by="sari"))
        finally:
            await database.close()

    asyncio.run(filled())
    return found


def place(typed: Typed, name: str) -> str:
    return next(str(each["id"]) for each in typed.data("facility", "list") if each["name"] == name)


def test_a_report_is_text_that_people_read_and_names_no_family(typed: Typed) -> None:
    said = typed.run(*NOVEMBER, "--facility", place(typed, "Rutan Satu")).stdout
    assert said.startswith("November 2026\n")
    assert "Waktu bicara diberikan: 30,0 menit (dari 30,0 yang dijanjikan dan 0,0 tambahan)" in said
    assert "\nBilik 2          2" in said
    assert "sari" in said
    assert not [name for name in ("Budi", "Siti") if name in said]
    assert "Talk time delivered: 30.0 minutes" in typed.run(*NOVEMBER, "--language", "en").stdout


def test_a_report_is_json_for_programs(typed: Typed) -> None:
    report = typed.data(*NOVEMBER)
    assert report["total"]["delivered_ms"] == 1_800_000
    assert report["period"] == {"first": "2026-11-01", "last": "2026-11-30"}
    assert [line["figures"]["records"] for line in report["by_facility"]] == [3]


def test_a_report_is_written_to_files(typed: Typed, tmp_path: Path) -> None:
    text, book = tmp_path / "r.csv", tmp_path / "r.xlsx"
    assert typed.run(*NOVEMBER, "--csv", str(text), "--xlsx", str(book)).returncode == 0
    rows = list(csv.DictReader(io.StringIO(text.read_text(encoding="utf-8"))))
    assert [row["records"] for row in rows if row["table"] == "total"] == ["3"]
    assert load_workbook(book)["Menurut bilik"].max_row == 3


def test_a_place_without_a_call_says_so(typed: Typed) -> None:
    said = typed.run(*NOVEMBER, "--facility", place(typed, "Rutan Kosong")).stdout
    assert "Tidak ada panggilan yang tercatat pada masa ini." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-11-02", "--to", "2026-11-01"), "--to is before --from"),
        (("--from", "November"), "2026-11-21"),
        (("--from", "2020-01-01", "--to", "2026-01-01"), "at most 800 days"),
        (("--facility", "f-x"), "there is no facility f-x"),
        (("--csv", "/nowhere/r.csv"), "cannot be written"),
    ],
)
def test_what_cannot_be_reported_is_told_in_words(typed: Typed, words: tuple[str, ...], said: str) -> None:
    assert said in typed.refused("usage", "report", *words)


def test_how_long_rows_are_kept_is_shown_changed_and_held_within_bounds(typed: Typed) -> None:
    assert typed.data("retention", "show")["names_days"] == 30
    assert typed.data("retention", "set", "names_days=7", "audit_days=365")["names_days"] == 7
    assert "names_days=7\n" in typed.run("retention", "show").stdout
    assert "names_days=0" in typed.refused("retention", "set", "names_days=0")
    assert "KEY=DAYS" in typed.refused("retention", "set", "names_days")
