"""An officer decides on registrations, and the day is planned and kept true, through the real pages."""

import re
from urllib.parse import unquote

import pytest

from central.credentials import Passwords
from central.days.keeper import forget, keep_days_once
from central.days.settle import settle
from central.store import sessions, staff, terminals
from central.store.staff import Role
from tests.central_rig import MovedClock, Rig
from tests.day_rig import PASSWORD, TOMORROW, act, field, log_in, place, registered, session_of, stored

pytestmark = pytest.mark.anyio


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
    picture = await rig.client.get(f"/queue/codes/{found.id}")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert (await rig.client.get("/queue/codes/unknown")).status_code == 404
    page = (await rig.client.get("/ikuti?lang=en")).text
    assert "Approved" in page
    assert booth.id not in page
    assert "Bilik 1" in page
    await act(rig, "sent", csrf, registration=found.id)
    assert (await stored(rig, booth))[0].to_tell is None


async def test_who_is_elsewhere_gets_no_time_before_the_message_can_be_read_and_who_is_here_gets_one_at_once(
    rig: Rig,
) -> None:
    booth, _ = await place(rig, lead_s=600)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    nonce = field((await rig.client.get("/queue")).text, "nonce")
    await act(rig, "walk_in", csrf, name="Wati", inmate="Joko", nonce=nonce)
    elsewhere, here = [(await session_of(rig, each)).start_at_ms for each in await stored(rig, booth)]
    now = rig.central.clock()
    assert (now + 600_000 <= elsewhere < now + 660_000, now <= here < now + 60_000) == (True, True)


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
    assert (await rig.client.get("/queue")).headers["location"] == "/login"


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


async def test_looking_after_days_writes_nothing_where_nothing_changed(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    heard: list[str] = []
    rig.central.database.committed = heard.extend
    clock = rig.central.clock
    assert isinstance(clock, MovedClock)
    for _ in range(3):
        await keep_days_once(rig.central)
        clock.move(70)
    assert heard == []
    clock.move(200)
    await keep_days_once(rig.central)
    assert (await stored(rig, booth))[0].state == "absent"
    assert f"facility:{booth.facility_id}" in heard


async def test_names_are_gone_after_the_days_that_were_promised(rig: Rig) -> None:
    booth, _ = await place(rig, keep_days=3)
    await registered(rig)
    clock = rig.central.clock
    assert isinstance(clock, MovedClock)
    clock.move(3 * 86_400)
    assert await forget(rig.central) == 0
    clock.move(86_400)
    assert await forget(rig.central) == 1
    assert "001" not in (await rig.client.get("/ikuti")).text
    assert (await stored(rig, booth))[0].visitor_name == ""


async def test_booths_that_are_off_before_the_doors_open_are_counted_on_and_missed_a_minute_after(rig: Rig) -> None:
    booth, second = await place(rig, week=(((13 * 60, 22 * 60),),) * 7)
    clock = rig.central.clock
    assert isinstance(clock, MovedClock)
    for each in (booth, second):
        await rig.sync(each, mode="locked")
    await rig.central.heartbeats.flush()
    clock.move(3600)
    csrf = await log_in(rig)
    nonce = field((await rig.client.get("/queue")).text, "nonce")
    assert "has its turn at 13:00" in (await act(rig, "walk_in", csrf, name="Wati", inmate="Joko", nonce=nonce)).text
    for seconds in (1800, 1890):
        clock.move(seconds)
        page = (await rig.client.get("/queue?lang=en")).text
    assert "0 booths work" in page
