"""Registrations from a file: all rows or none, every mistake by line and column, and no file that can hurt."""

import io
import zipfile
from datetime import date

import httpx
import openpyxl
import pytest

from central.days import table_file
from central.days.table_file import Unreadable
from tests.central_rig import Rig
from tests.day_rig import TODAY, TOMORROW, field, log_in, place, stored

pytestmark = pytest.mark.anyio

ID = "Nama keluarga;Hubungan;Nomor WhatsApp;Nama warga binaan;Hari\n"


async def send(rig: Rig, body: bytes, *, name: str = "daftar.csv", nonce: str = "") -> httpx.Response:
    page = (await rig.client.get("/import?lang=en")).text
    data = {"csrf": field(page, "csrf"), "nonce": nonce or field(page, "nonce"), "day": TODAY}
    return await rig.client.post("/import?lang=en", data=data, files={"file": (name, body)})


def book(*rows: tuple[object, ...]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


async def test_a_file_of_a_spreadsheet_in_indonesian_is_taken_in_its_order_and_only_once(rig: Rig) -> None:
    booth, _ = await place(rig)
    await log_in(rig)
    text = ID + f"Siti Aminah;Suami atau istri;0812 3456 7890;Budi;\n\nWati;;;Joko;{TODAY}\n"
    nonce = "n" * 20
    for _ in range(2):
        assert "2 registrations are in" in (await send(rig, text.encode(), nonce=nonce)).text
    found = await stored(rig, booth)
    assert [(each.number, each.visitor_name, each.phone, each.state) for each in found] == [
        (1, "Siti Aminah", "6281234567890", "waiting"),
        (2, "Wati", "", "waiting"),
    ]
    again = await send(rig, text.encode())
    assert again.status_code == 409
    assert "is registered for that day already" in again.text
    assert len(await stored(rig, booth)) == 2


async def test_a_workbook_with_numbers_and_dates_is_taken(rig: Rig) -> None:
    booth, _ = await place(rig)
    await log_in(rig)
    rows = (("Family name", "WhatsApp number", "Inmate name", "Day"), ("Ani", 81234567890, "Adi", date(2026, 11, 22)))
    assert "1 registrations are in" in (await send(rig, book(*rows), name="a.xlsx")).text
    (found,) = await stored(rig, booth, TOMORROW)
    assert (found.visitor_name, found.phone, found.relation) == ("Ani", "6281234567890", "other")


async def test_every_wrong_cell_is_named_by_line_and_column_and_nothing_is_taken(rig: Rig) -> None:
    booth, _ = await place(rig)
    await log_in(rig)
    text = ID + "Siti;Suami atau istri;0812 3456 7890;Budi;\nX;tetangga;12;;besok\n"
    answer = await send(rig, text.encode())
    assert answer.status_code == 409
    plain = answer.text.replace("<b>", "").replace("</b>", "").replace('<b class="num">', "")
    for column in ("Family name", "Relation", "WhatsApp number", "Inmate name", "Day"):
        assert f"Line 3, {column}" in plain, column
    assert "tetangga" in answer.text
    assert await stored(rig, booth) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "holds no registration"),
        (ID.encode(), "holds no registration"),
        (b"Nama,Umur\nSiti,9\n", "not known"),
        (b"PK\x03\x04 and then nothing", "cannot be read"),
        (b'"never closed\n', "cannot be read"),
        (b"\x00\x01\x02" * 100, "neither CSV nor XLSX"),
        ((ID + "Siti;;;Budi;\n" * 501).encode(), "more than 500 rows"),
    ],
)
async def test_what_is_no_list_is_refused_in_words(rig: Rig, body: bytes, sentence: str) -> None:
    booth, _ = await place(rig)
    await log_in(rig)
    answer = await send(rig, body, name="a.bin")
    assert answer.status_code == 409
    assert sentence in answer.text
    assert await stored(rig, booth) == []


async def test_limits_of_a_phone_and_a_day_hold_for_a_file_too(rig: Rig) -> None:
    booth, _ = await place(rig, most_by_phone=1)
    await log_in(rig)
    text = ID + "Siti;;081234567890;Budi;\nWati;;081234567890;Adi;\n"
    answer = await send(rig, text.encode())
    assert answer.status_code == 409
    assert "Line 3" in answer.text
    assert await stored(rig, booth) == []
    assert (await rig.client.post("/import", data={"csrf": field(answer.text, "csrf")})).status_code == 409


async def test_the_templates_come_back_as_they_were_made(rig: Rig) -> None:
    booth, _ = await place(rig)
    await log_in(rig)
    for name in ("bilik.csv", "bilik.xlsx"):
        answer = await rig.client.get(f"/import/template/{name}?lang=id")
        assert "attachment" in answer.headers["content-disposition"]
        assert "holds no registration" in (await send(rig, answer.content, name=name)).text
    assert (await rig.client.get("/import/template/other.exe")).status_code == 404
    made = openpyxl.load_workbook(io.BytesIO(answer.content))
    made.worksheets[0].append(["Siti", "Anak", "081234567890", "Budi", ""])
    out = io.BytesIO()
    made.save(out)
    assert "1 registrations are in" in (await send(rig, out.getvalue(), name="bilik.xlsx")).text
    assert (await stored(rig, booth))[0].relation == "child"


def test_an_archive_that_unpacks_to_much_is_never_unpacked() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (table_file.UNPACKED_BYTES + 1))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for part in range(table_file.PARTS + 1):
            archive.writestr(f"{part}.xml", b"")
    for body in (bomb.getvalue(), many.getvalue(), b"x" * (table_file.FILE_BYTES + 1)):
        with pytest.raises(Unreadable) as refused:
            table_file.read("a.xlsx", body)
        assert refused.value.why == "large"


def test_a_workbook_whose_sheet_is_damaged_is_broken_and_no_failure_of_ours() -> None:
    whole = book(("Nama keluarga",), ("Siti",))
    for cut in range(0, len(whole), len(whole) // 40):
        damaged = whole[:cut] + b"\xff" * 8 + whole[cut + 8 :]
        try:
            table_file.read("a.xlsx", damaged)
        except Unreadable:
            continue


async def test_what_was_imported_is_approved_at_once_as_far_as_it_is_ticked(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    page = (await send(rig, (ID + "Siti;Istri;;Budi;\nWati;Kakak;;Joko;\nAni;;;Adi;\n").encode())).text
    taken = await stored(rig, booth)
    assert [each.relation for each in taken] == ["spouse", "sibling", "other"]
    ids = [each.id for each in taken]
    assert [f'name="take_{id_}" value="yes" checked' in page for id_ in ids] == [True] * 3
    wanted = {f"take_{id_}": "yes" for id_ in ids[:2]} | {f"inmate_{ids[0]}": "Budi bin Ali", f"inmate_{ids[1]}": ""}
    answer = await rig.client.post("/import/approve?lang=en", data={"csrf": csrf} | wanted)
    assert "1 registrations are approved" in answer.text
    assert "Write the name of the inmate" in answer.text
    found = [(each.state, each.inmate) for each in await stored(rig, booth)]
    assert found == [("approved", "Budi bin Ali"), ("waiting", ""), ("waiting", "")]
    again = await rig.client.post("/import/approve?lang=en", data={"csrf": csrf} | wanted)
    assert "are approved" not in again.text
    assert "has been decided already" in again.text
