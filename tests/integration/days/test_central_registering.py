"""A family registers and follows its registration, through the real pages, without any script."""

import re

import pytest

from central.credentials import Passwords
from central.store import staff
from central.store.staff import Role
from tests.central_rig import Rig
from tests.day_rig import PASSWORD, field, log_in, place, registered, stored, wish

pytestmark = pytest.mark.anyio


async def test_a_family_registers_and_sees_its_number_without_any_script_and_without_a_secret_in_an_address(
    rig: Rig,
) -> None:
    booth, _ = await place(rig)
    answer = await registered(rig)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ikuti?lang=en")
    page = (await rig.client.get("/ikuti?lang=en")).text
    code = re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){2}", page)
    assert code is not None
    assert "001" in page
    assert "Waiting for an officer" in page
    (found,) = await stored(rig, booth)
    assert (found.phone, found.inmate_said, found.inmate, found.state) == (
        "6281234567890",
        "Budi Santoso",
        "",
        "waiting",
    )
    assert code.group() not in str(answer.request.url)
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Path=/ikuti", "SameSite=lax", "Secure"))


async def test_the_page_says_the_same_whoever_is_asked_for(rig: Rig) -> None:
    await place(rig)
    pages = []
    for inmate in ("Budi Santoso", "Tidak Ada"):
        await registered(rig, inmate=inmate)
        pages.append(
            re.sub(r"[2-9A-Z]{4}-[2-9A-Z-]{9}|00\d", "", (await rig.client.get("/ikuti")).text).partition("</article>")[
                0
            ]
        )
        rig.client.cookies.clear()
    assert pages[0] == pages[1]
    assert "Budi" not in pages[0]


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(rig: Rig) -> None:
    booth, _ = await place(rig)
    answer = await registered(rig, phone="12", name="x", relation="?", day="2020-01-01", consent="", inmate="Budi <b>")
    assert answer.status_code == 400
    assert len(re.findall(r'class="wrong"', answer.text)) == 5
    assert 'value="Budi &lt;b&gt;"' in answer.text
    assert await stored(rig, booth) == []


async def test_a_form_sent_twice_counts_once(rig: Rig) -> None:
    booth, _ = await place(rig)
    nonce = field((await rig.client.get("/daftar")).text, "nonce")
    for _ in range(2):
        assert (await rig.client.post("/daftar", data=wish(nonce))).status_code == 303
    assert len(await stored(rig, booth)) == 1


async def test_nobody_fills_a_day_alone(rig: Rig) -> None:
    booth, _ = await place(rig)
    assert [(await registered(rig)).status_code for _ in range(3)] == [303, 303, 409]
    codes = [(await registered(rig, phone=f"08120000{n:04}")).status_code for n in range(40)]
    assert (codes.count(303), codes[-1]) == (28, 429)
    assert len(await stored(rig, booth)) == 30


async def test_a_code_opens_the_page_elsewhere_and_wrong_ones_are_slowed_down(rig: Rig) -> None:
    await place(rig)
    await registered(rig)
    code = re.search(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){2}", (await rig.client.get("/ikuti")).text)
    assert code is not None
    rig.client.cookies.clear()
    assert "001" not in (await rig.client.get("/ikuti")).text
    assert (await rig.client.post("/ikuti", data={"code": code.group().lower().replace("-", " ")})).status_code == 303
    assert "001" in (await rig.client.get("/ikuti")).text
    wrong = [(await rig.client.post("/ikuti", data={"code": f"K7QF-M2XD-9RT{n}"})).status_code for n in range(25)]
    assert (wrong[0], wrong[-1]) == (404, 429)


async def test_another_site_cannot_register_for_anybody(rig: Rig) -> None:
    booth, _ = await place(rig)
    nonce = field((await rig.client.get("/daftar")).text, "nonce")
    answer = await rig.client.post("/daftar", data=wish(nonce), headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, await stored(rig, booth)) == (403, [])


async def test_without_a_schedule_nobody_can_register_and_the_queue_says_how_to_make_one(rig: Rig) -> None:
    await rig.booth()
    assert "ditutup" in (await rig.client.get("/daftar")).text
    answer = await rig.client.post("/daftar", data=wish("x" * 20))
    assert answer.status_code == 404
    hashed = await Passwords(light=True).hash(PASSWORD)
    async with rig.central.database.write() as tx:
        await staff.add_user(tx, name="sari", role=Role.OFFICER, facility_id=None, password_hash=hashed, now_ms=0)
    await rig.client.post("/login", data={"name": "sari", "password": PASSWORD})
    assert 'href="/schedule?facility=' in (await rig.client.get("/queue")).text.split("<main>")[1]


ODD = (
    b"",
    b"%00",
    b"%ff%fe",
    b"%ed%a0%80",
    b"a" * 70_000,
    b"%0d%0aSet-Cookie:%20x=1",
    b"%F0%9F%8E%89",
    b"{{7*7}}",
    b"%E2%80%AE",
)
FIELDS = (b"name", b"relation", b"phone", b"inmate", b"day", b"consent", b"nonce", b"code", b"registration", b"reason")
PATHS = (
    "/daftar",
    "/ikuti",
    *(f"/queue/acts/{act}" for act in ("approve", "refuse", "sent", "walk_in", "anew", "%00")),
)


async def test_forms_and_addresses_of_any_content_are_answered_in_words(rig: Rig) -> None:
    await place(rig)
    csrf = (await log_in(rig)).encode()
    head = {"content-type": "application/x-www-form-urlencoded"}
    failed = []
    for odd in ODD:
        body = b"&".join((b"csrf=" + csrf, *(field_ + b"=" + odd for field_ in FIELDS)))
        for path in PATHS:
            answer = await rig.client.post(path, content=body, headers=head)
            failed += [(path, odd[:20], answer.status_code)] if answer.status_code >= 500 else []
            assert "x=1" not in answer.headers.get("set-cookie", "")
        query = odd[:200].decode()
        for path in ("/daftar", "/ikuti", "/queue"):
            cookie = {"cookie": f"bilik_ikuti={query.replace('%', '.')}"} if path == "/ikuti" else {}
            answer = await rig.client.get(f"{path}?facility={query}&day={query}&lang={query}", headers=cookie)
            failed += [(path, query, answer.status_code)] if answer.status_code >= 500 else []
    assert not failed
