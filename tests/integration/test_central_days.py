"""A family registers and follows its registration, an officer decides, and the day is planned: through the real pages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from central.credentials import Passwords
from central.days.settle import settle
from central.store import registrations, schedules, sessions, staff, terminals
from central.store.registrations import Registration
from central.store.schedules import Schedule
from central.store.sessions import CallSession
from central.store.staff import Role
from tests.central_rig import Booth, MovedClock, Rig, in_process

pytestmark = pytest.mark.anyio

PASSWORD = "lima-belas-langkah"
TODAY, TOMORROW = "2026-11-21", "2026-11-22"
OPEN = ((8 * 60, 22 * 60),)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with in_process(tmp_path, clock=MovedClock(), public_url="https://bilik.example") as found:
        found.client.headers["accept"] = "text/html"
        found.client.base_url = httpx.URL("https://central.test")
        yield found


async def place(rig: Rig, *, count: int = 2, **fields: object) -> list[Booth]:
    """A facility that is open every day, and its booths."""
    first = await rig.booth()
    booths = [first, *[await rig.booth(f"Bilik {n}", facility_id=first.facility_id) for n in range(2, count + 1)]]
    async with rig.central.database.write() as tx:
        await schedules.put(tx, first.facility_id, Schedule(**({"week": (OPEN,) * 7} | fields)))  # type: ignore[arg-type]  # its fields
    return booths


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


def wish(nonce: str, **fields: str) -> dict[str, str]:
    known = {"name": "Siti Aminah", "relation": "spouse", "phone": "0812 3456-7890", "inmate": "Budi Santoso"}
    return known | {"day": TODAY, "consent": "yes", "nonce": nonce} | fields


async def registered(rig: Rig, **fields: str) -> httpx.Response:
    page = await rig.client.get("/daftar?lang=en")
    return await rig.client.post("/daftar?lang=en", data=wish(field(page.text, "nonce"), **fields))


async def stored(rig: Rig, booth: Booth, day: str = TODAY) -> list[Registration]:
    async with rig.central.database.read() as db:
        return await registrations.of_day(db, booth.facility_id, day)


async def session_of(rig: Rig, found: Registration) -> CallSession:
    assert found.session_id is not None
    return await rig.stored(found.session_id)


async def log_in(rig: Rig) -> str:
    """An officer logs in; the token of the forms."""
    hashed = await Passwords(light=True).hash(PASSWORD)
    async with rig.central.database.write() as tx:
        await staff.add_user(
            tx, name="sari", role=Role.OFFICER, facility_id=None, password_hash=hashed, now_ms=rig.central.clock()
        )
    assert (await rig.client.post("/login", data={"name": "sari", "password": PASSWORD})).status_code == 303
    return field((await rig.client.get("/queue")).text, "csrf")


async def act(rig: Rig, name: str, csrf: str, /, **fields: str) -> httpx.Response:
    return await rig.client.post(f"/queue/acts/{name}?lang=en", data={"csrf": csrf} | fields)


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
    assert "schedule set" in (await rig.client.get("/queue")).text


async def test_an_officer_approves_and_the_family_reads_time_and_booth_and_gets_a_ready_message(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    answer = await act(rig, "approve", csrf, registration=asked.id, inmate="BUDI SANTOSO bin Ali")
    assert "has its turn at" in answer.text
    (found,) = await stored(rig, booth)
    session = await session_of(rig, found)
    assert (session.number, session.inmate_name, session.family_name) == ("001", "BUDI SANTOSO bin Ali", "Siti Aminah")
    assert found.told_start_at_ms == session.start_at_ms >= rig.central.clock()
    chat = unquote(re.findall(r'href="(https://wa\.me/[^"]+)"', answer.text)[0])
    assert chat.startswith("https://wa.me/6281234567890?text=")
    assert "https://bilik.example/ikuti#" in chat
    assert "001" in chat
    assert "data:image/svg+xml" in answer.text
    page = (await rig.client.get("/ikuti?lang=en")).text
    assert "Approved" in page
    assert booth.id not in page
    assert "Bilik 1" in page
    await act(rig, "sent", csrf, registration=found.id)
    assert (await stored(rig, booth))[0].to_tell is None


async def test_a_refusal_needs_a_reason_and_the_family_reads_it(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    assert (await act(rig, "refuse", csrf, registration=asked.id)).status_code == 409
    await act(rig, "refuse", csrf, registration=asked.id, reason="Bukan keluarga inti")
    assert "Bukan keluarga inti" in (await rig.client.get("/ikuti")).text
    assert (await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")).status_code == 409


async def test_a_walk_in_is_one_act_and_has_the_next_number_and_a_turn(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    nonce = field((await rig.client.get("/queue")).text, "nonce")
    for _ in range(2):
        await act(rig, "walk_in", csrf, name="Wati", inmate="Joko", nonce=nonce)
    (found,) = await stored(rig, booth)
    assert (found.state, found.visitor_name, found.inmate, found.phone) == ("approved", "Wati", "Joko", "")
    assert (await session_of(rig, found)).state == "planned"
    assert (await act(rig, "walk_in", csrf, name="W", inmate="", nonce=nonce)).status_code == 409


async def test_a_quota_and_a_full_day_are_said_before_anybody_is_told_a_time(rig: Rig) -> None:
    booth, _ = await place(rig, week=(((480, 900),),) * 7, floor_s=14_400, default_s=14_400, ceiling_s=14_400)
    csrf = await log_in(rig)

    async def walk_in(inmate: str) -> str:
        nonce = field((await rig.client.get("/queue")).text, "nonce")
        return (await act(rig, "walk_in", csrf, name="Wati", inmate=inmate, nonce=nonce)).text

    assert "has its turn" in await walk_in("Joko")
    assert "quota" in await walk_in("joko ")
    assert "has its turn" in await walk_in("Budi")
    assert "no turn left" in await walk_in("Adi")
    assert len(await stored(rig, booth)) == 2


async def test_an_exemption_is_kept_with_name_and_reason_and_without_both_is_none(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    half = {"registration": asked.id, "inmate": "Budi", "exempt_minutes": "45"}
    assert (await act(rig, "approve", csrf, **half)).status_code == 409
    await act(rig, "approve", csrf, **half, exempt_reason="wali nikah")
    (found,) = await stored(rig, booth)
    assert (found.exempt_talk_s, found.exempt_by, found.exempt_reason) == (2700, "sari", "wali nikah")
    assert (await session_of(rig, found)).talk_s == 2700


async def test_a_booth_that_is_lost_gives_its_turn_to_another_and_nobody_is_moved_in_time(rig: Rig) -> None:
    first, second = await place(rig)
    csrf = await log_in(rig)
    for inmate in ("Joko", "Budi"):
        nonce = field((await rig.client.get("/queue")).text, "nonce")
        await act(rig, "walk_in", csrf, name="Wati", inmate=inmate, nonce=nonce)
    clock = rig.central.clock
    assert isinstance(clock, MovedClock)
    before = {each.id: await session_of(rig, each) for each in await stored(rig, first)}
    assert {session.terminal_id for session in before.values()} == {first.id, second.id}

    async with rig.central.database.write() as tx:
        await terminals.revoke(tx, second.id, now_ms=clock())
        assert await settle(tx, first.facility_id, now_ms=clock()) > 0
    after = {each.id: await session_of(rig, each) for each in await stored(rig, first)}
    assert {session.terminal_id for session in after.values()} == {first.id}
    assert all(after[id_].start_at_ms >= before[id_].start_at_ms for id_ in before)
    moved = [each for each in await stored(rig, first) if each.reason == "moved"]
    assert len(moved) == 1


async def test_who_does_not_come_within_the_grace_is_absent_and_can_be_given_a_new_time(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    clock = rig.central.clock
    assert isinstance(clock, MovedClock)
    clock.move(400)
    async with rig.central.database.write() as tx:
        assert await settle(tx, booth.facility_id, now_ms=clock()) == 1
    (found,) = await stored(rig, booth)
    ended = await session_of(rig, found)
    assert (found.state, found.to_tell, ended.state, ended.why) == ("absent", "absent", "ended", "no_show")
    assert "not lost" in (await rig.client.get("/ikuti?lang=en")).text
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    (again,) = await stored(rig, booth)
    assert (again.state, again.session_id != found.session_id) == ("approved", True)


async def test_officers_of_another_facility_and_viewers_decide_nothing(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    (asked,) = await stored(rig, booth)
    other = await rig.facility("Lapas Dua")
    hashed = await Passwords(light=True).hash(PASSWORD)
    async with rig.central.database.write() as tx:
        for name, role, theirs in (("jauh", Role.OFFICER, other), ("lihat", Role.VIEWER, None)):
            await staff.add_user(tx, name=name, role=role, facility_id=theirs, password_hash=hashed, now_ms=0)
    for name in ("jauh", "lihat"):
        await rig.client.post("/login", data={"name": name, "password": PASSWORD})
        csrf = field((await rig.client.get("/board")).text, "csrf")
        answer = await act(rig, "refuse", csrf, registration=asked.id, reason="x")
        assert answer.status_code in (403, 409)
        await rig.client.post("/logout", data={"csrf": csrf})
    assert (await stored(rig, booth))[0].state == "waiting"
    assert (await rig.client.get("/queue")).headers["location"] == "/login?again=1"


async def test_the_plan_of_tomorrow_begins_when_the_doors_open(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig, day=TOMORROW)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth, TOMORROW)
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    (found,) = await stored(rig, booth, TOMORROW)
    session = await session_of(rig, found)
    assert (session.start_at_ms // 3_600_000 % 24, session.talk_s) == (1, 600)
    assert "08.00" in (await rig.client.get(f"/queue?day={TOMORROW}&lang=id")).text
    async with rig.central.database.read() as db:
        assert len(await sessions.between(db, session.start_at_ms, session.start_at_ms + 1)) == 1
