"""The trail of the staff can be read, filtered and taken along by who may."""

import csv
import io
import re

import pytest
from sqlalchemy import insert

from central.routes.audit import PIECE
from central.staff.audit_view import plain
from central.store import staff, tables
from central.store.staff import Role
from tests.central_rig import Rig
from tests.day_rig import TODAY, place
from tests.staff_rig import enters, member

pytestmark = pytest.mark.anyio


async def test_the_trail_is_filtered_by_who_what_booth_and_day(rig: Rig) -> None:
    first, second = await place(rig)
    admin, officer = await member(rig, Role.ADMIN), await member(rig, Role.OFFICER, name="sari")
    await officer.post("/board/acts/lock", terminal=first.id)
    rig.central.clock.move(86_400)  # type: ignore[attr-defined]  # the rig's clock is one that tests move
    admin, officer = await enters(rig, "admin"), await enters(rig, "sari")
    await officer.post("/board/acts/unlock", terminal=second.id)

    async def shown(query: str) -> list[str]:
        page = await admin.sees(f"/audit{query}")
        return re.findall(r"<td>(?:admin|sari)</td><td>([^<]*)</td>", page)

    assert "Close booth" in await shown("?who=sari")
    assert set(await shown("?who=admin")) == {"Logged in"}
    assert await shown("?what=lock") == ["Close booth"]
    assert await shown(f"?terminal={second.id}") == ["Open booth"]
    assert "Open booth" not in await shown(f"?day={TODAY}")
    assert await shown("?who=nobody") == []
    assert len(await shown("?day=no-day&before=x")) == len(await shown(""))


async def test_older_lines_are_a_press_away(rig: Rig) -> None:
    booth = await rig.booth()
    admin = await member(rig, Role.ADMIN)
    async with rig.central.database.write() as tx:
        for at_ms in range(110):
            await staff.note(tx, user="sari", act="lock", subject=booth.id, detail={}, now_ms=at_ms)
    page = await admin.sees("/audit?what=lock")
    assert page.count("Close booth</td>") == 100
    older = re.search(r'href="(/audit\?[^"]*before=[0-9]+)"', page)
    assert older is not None
    assert (await admin.sees(older.group(1).replace("&amp;", "&"))).count("Close booth</td>") == 10


async def test_a_supervisor_of_one_facility_reads_of_that_one_alone(rig: Rig) -> None:
    here = await rig.booth()
    there = await rig.booth("Bilik 9", facility_id=await rig.facility("Rutan Dua"))
    admin, supervisor = await member(rig, Role.ADMIN), await member(rig, Role.SUPERVISOR, here.facility_id)
    await admin.post("/board/acts/lock", terminal=here.id)
    await admin.post("/board/acts/unlock", terminal=there.id)
    page = await supervisor.sees("/audit")
    assert "Close booth" in page
    assert "Open booth" not in page
    assert there.id not in (await supervisor.get("/audit/jejak.csv")).text
    assert there.id in (await admin.get("/audit/jejak.csv")).text


async def test_the_file_has_every_line_and_none_that_a_spreadsheet_would_run(rig: Rig) -> None:
    booth = await rig.booth()
    admin = await member(rig, Role.ADMIN, name="=cmd|x")
    await admin.post(f"/terminals/{booth.id}/acts/rename", name="@Bilik")
    answer = await admin.get("/audit/jejak.csv?lang=en")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0] == ["When", "Who", "What", "About", "Details"]
    renamed = next(row for row in rows if row[2] == "Renamed a booth")
    assert renamed[1] == "'=cmd|x"
    assert renamed[0].startswith(TODAY)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


async def test_the_file_has_every_line_however_many_pieces_it_is_read_in(rig: Rig) -> None:
    booth = await rig.booth()
    admin = await member(rig, Role.ADMIN)
    row = {"user": "sari", "act": "lock", "subject": booth.id, "detail": "{}"}
    many = 2 * PIECE + 1
    async with rig.central.database.write() as tx:
        await tx.execute(insert(tables.audit), [row | {"at_ms": at_ms} for at_ms in range(many)])
    rows = list(csv.reader(io.StringIO((await admin.get("/audit/jejak.csv?what=lock")).text.lstrip("\ufeff"))))
    assert len(rows) == 1 + many
    assert rows[1] > rows[-1]
    assert f"{many}" in await admin.sees("/audit?what=audit_export")


@pytest.mark.parametrize("cell", ["=1+1", "+62812", "-3", "@x", "\tx"])
def test_a_cell_that_could_be_a_formula_is_text(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain("Bilik 1") == "Bilik 1"
