"""Reports as staff ask for them: who sees which facility, no inmate's or family's name anywhere, files, and what is wrong in words."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from central.credentials import hashed
from central.store import staff
from central.store.facilities import Facility
from central.store.staff import Role
from central.store.tables import audit
from protocol.outcome import EndReason
from tests.central_rig import NOON_MS, Rig, in_process
from tests.report_rig import House

pytestmark = pytest.mark.anyio
LATER_MS = 10**9
DAYS = "from=2026-11-21&to=2026-11-21"


@dataclass
class Office:
    """A central whose two facilities had a day."""

    rig: Rig
    house: House
    one: Facility
    two: Facility

    async def get(self, path: str, role: Role, place: Facility | None = None) -> str:
        answer = await self.answer(path, role, place)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def answer(self, path: str, role: Role, place: Facility | None = None):
        """As somebody of this role, of this facility or of all."""
        name = f"{role.value} {place.id if place else 'all'}"
        cookie = name.ljust(40, "x")
        central = self.rig.central
        async with central.database.write() as tx:
            if await staff.by_name(tx, name) is None:
                id_ = await staff.add_user(
                    tx, name=name, role=role, facility_id=place.id if place else None, password_hash="x", now_ms=NOON_MS
                )
                await staff.add_session(
                    tx, id_hash=hashed(cookie), user_id=id_, csrf="c", now_ms=NOON_MS, expires_at_ms=NOON_MS + LATER_MS
                )
        headers = {"cookie": f"bilik_staff={cookie}", "accept": "text/html"}
        return await self.rig.client.get(path, headers=headers)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with in_process(tmp_path, clock=lambda: NOON_MS) as rig:
        house = House(rig.central.database)
        one, two = await house.facility("Rutan Satu", booths=2), await house.facility("=Lapas+Dua")
        admitted = {"admitted_by": "petugas-sari", "admitted_at_ms": NOON_MS}
        await house.held(await house.session(one, **admitted), end_reason=EndReason.ENDED_BY_FAMILY)
        await house.held(await house.session(one, booth=1, **admitted))
        await house.held(await house.session(two))
        yield Office(rig, house, one, two)


async def test_a_viewer_sees_the_own_facility_whatever_is_asked_for(office: Office) -> None:
    for asked in ("", f"?facility={office.two.id}", "?facility=all", "?facility=x"):
        page = await office.get(f"/reports{asked}", Role.VIEWER, office.one)
        assert "Rutan Satu" in page
        assert "Lapas" not in page.replace("Rutan atau Lapas", "").replace("Rutan dan Lapas", "")


async def test_who_sees_all_facilities_may_choose_one_or_all(office: Office) -> None:
    every = await office.get("/reports?facility=all&lang=en", Role.VIEWER)
    assert "By facility" in every
    assert "=Lapas+Dua" in every
    one = await office.get(f"/reports?facility={office.one.id}&lang=en", Role.VIEWER)
    assert "By booth" in one
    assert "Bilik 2" in one


@pytest.mark.parametrize("path", ["/reports", "/reports/print", "/reports/laporan.csv"])
async def test_officers_are_named_to_supervisors_alone_and_families_to_nobody(office: Office, path: str) -> None:
    for role in Role:
        page = await office.get(f"{path}?{DAYS}&facility={office.one.id}", role)
        assert ("petugas-sari" in page) == (role in (Role.SUPERVISOR, Role.ADMIN)), role
        assert not [name for name in ("Budi", "Santoso", "Siti", "Aminah") if name in page]


async def test_a_day_without_a_session_says_so_on_the_page_and_on_paper(office: Office) -> None:
    for path in ("/reports", "/reports/print"):
        page = await office.get(f"{path}?from=2026-11-01&to=2026-11-01&lang=en", Role.VIEWER)
        assert "There are no sessions in this period." in page
        assert "<table" not in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-11-21&to=2026-11-01", "The last day is before the first."),
        ("from=2020-01-01&to=2026-11-01", "at most 800 days"),
        ("from=2026-01-01&to=2026-11-01&facility=all", "at most 100 days"),
        ("from=yesterday&to=2026-11-01", "That date cannot be read."),
        ("from=0001-01-01&to=0001-01-02", "That date cannot be read."),
        ("to=2026-11-01", "That date cannot be read."),
    ],
)
async def test_a_period_that_is_none_is_told_in_words_and_this_month_is_shown(
    office: Office, query: str, said: str
) -> None:
    page = await office.get(f"/reports?lang=en&{query}", Role.VIEWER)
    assert said in page
    assert 'value="2026-11-01"' in page


async def test_the_csv_file_has_a_line_for_each_line_and_no_formula(office: Office) -> None:
    answer = await office.answer(f"/reports/laporan.csv?facility=all&{DAYS}", Role.SUPERVISOR)
    assert answer.headers["content-disposition"] == 'attachment; filename="laporan-2026-11-21_2026-11-21.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["records"] for row in rows if row["table"] == "total"] == ["3"]
    assert sorted(row["name"] for row in rows if row["table"] == "by_facility") == ["'=Lapas+Dua", "Rutan Satu"]
    assert [row["key"] for row in rows if row["table"] == "by_officer"] == ["petugas-sari"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


async def test_the_workbook_holds_times_that_add_up_and_no_formula(office: Office) -> None:
    answer = await office.answer(f"/reports/laporan.xlsx?facility=all&{DAYS}&lang=en", Role.SUPERVISOR)
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book["By booth"]
    assert [cell.value for cell in sheet[1]][:4] == ["Booth", "Calls", "Promised", "Added"]
    names = {str(row[0].value): row for row in sheet.iter_rows(min_row=2)}
    assert names.keys() == {"Rutan Satu: Bilik 1", "Rutan Satu: Bilik 2", "=Lapas+Dua: Bilik 1"}
    assert all(row[0].data_type == "s" for row in names.values())
    assert sum((row[4].value for row in names.values()), timedelta()) == timedelta(minutes=30)
    assert [cell.value for cell in book["What officers did"][2]] == ["petugas-sari", 2, 0, 0, 0]


async def test_who_took_a_file_is_in_the_audit_trail(office: Office) -> None:
    await office.answer(f"/reports/laporan.csv?facility={office.one.id}&{DAYS}", Role.VIEWER, office.one)
    async with office.rig.central.database.read() as db:
        rows = await db.all(audit.select().where(audit.c.act == "report"))
    assert [(row.user, row.subject) for row in rows] == [(f"viewer {office.one.id}", office.one.id)]


async def test_nobody_sees_a_report_without_a_login(office: Office) -> None:
    for path in ("/reports", "/reports/print", "/reports/laporan.csv", "/reports/laporan.xlsx"):
        answer = await office.rig.client.get(path, headers={"accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
