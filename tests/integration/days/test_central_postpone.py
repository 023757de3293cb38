"""Who has no place today is told today and chooses another day; a broken call's family finds its make-up turn."""

import pytest

from central.days.keeper import keep_days_once
from central.store import events, sessions, terminals
from protocol.outcome import EndReason, FaultParty
from tests.central_rig import Rig, record
from tests.day_rig import TODAY, TOMORROW, act, field, log_in, place, registered, session_of, stored

pytestmark = pytest.mark.anyio


async def approved(rig: Rig, csrf: str, **fields: str) -> None:
    await registered(rig, **fields)
    nonce_free = await rig.client.get("/queue?lang=en")
    waiting = field(nonce_free.text, "registration")
    await act(rig, "approve", csrf, registration=waiting, inmate=fields.get("inmate", "Budi Santoso"))
    await act(rig, "sent", csrf, registration=waiting)


async def test_who_loses_the_place_is_to_be_told_today_and_has_it_back_if_the_plan_finds_one(rig: Rig) -> None:
    first, second = await place(rig, count=2, week=(((18 * 60, 18 * 60 + 12),),) * 7, floor_s=600)
    csrf = await log_in(rig)
    await approved(rig, csrf)
    await approved(rig, csrf, inmate="Joko", phone="081200000009")
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        await terminals.revoke(tx, second.id, now_ms=now)
    await keep_days_once(rig.central)
    lost = [each for each in await stored(rig, first) if each.to_tell == "not_today"]
    assert len(lost) == 1
    page = (await rig.client.get("/queue?lang=en")).text
    assert "not on that day" in page
    assert "cannot%20take%20place" in page or "tidak%20dapat%20dilakukan" in page
    third = await rig.booth("Bilik 3", facility_id=first.facility_id)
    await keep_days_once(rig.central)
    (again,) = [each for each in await stored(rig, first) if each.id == lost[0].id]
    assert (again.to_tell, again.state) == ("approved", "approved")
    assert (await session_of(rig, again)).terminal_id == third.id


async def test_once_told_the_session_is_taken_back_and_the_family_chooses_another_day_once(rig: Rig) -> None:
    first, second = await place(rig, count=2, week=(((18 * 60, 18 * 60 + 12),),) * 7, floor_s=600)
    csrf = await log_in(rig)
    await approved(rig, csrf)
    await approved(rig, csrf, inmate="Joko", phone="081200000009")
    async with rig.central.database.write() as tx:
        await terminals.revoke(tx, second.id, now_ms=rig.central.clock())
    await keep_days_once(rig.central)
    (lost,) = [each for each in await stored(rig, first) if each.to_tell == "not_today"]
    await act(rig, "sent", csrf, registration=lost.id)
    (told,) = [each for each in await stored(rig, first) if each.id == lost.id]
    assert (told.state, told.to_tell, (await session_of(rig, told)).state) == ("postponed", None, "cancelled")
    page = (await rig.client.get("/ikuti?lang=en")).text
    assert "No turn on that day" in page
    code = page.partition('action="/ikuti/day')[2].partition('name="code" value="')[2].partition('"')[0]
    for _ in range(2):
        answer = await rig.client.post("/ikuti/day?lang=en", data={"code": code, "day": TOMORROW})
    assert answer.status_code in (303, 409)
    (wish,) = await stored(rig, first, TOMORROW)
    assert (wish.state, wish.visitor_name, wish.phone) == ("waiting", lost.visitor_name, lost.phone)
    assert "choose another day" not in (await rig.client.get("/ikuti?lang=en")).text.partition("Another day")[2]


async def test_a_day_can_only_be_chosen_by_who_was_told_so_and_only_an_open_one(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    await registered(rig)
    (asked,) = await stored(rig, booth)
    page = (await rig.client.get("/ikuti?lang=en")).text
    code = page.partition('<b class="num">')[2].partition("</b>")[0]
    for day, typed, status in ((TOMORROW, code, 409), ("2020-01-01", code, 409), (TOMORROW, "WRONG", 404)):
        answer = await rig.client.post("/ikuti/day", data={"code": typed, "day": day})
        assert answer.status_code == status
    await act(rig, "not_today", csrf, registration=asked.id)
    (told,) = await stored(rig, booth)
    assert (told.state, told.to_tell) == ("postponed", "not_today")
    assert (await rig.client.post("/ikuti/day", data={"code": code, "day": TODAY})).status_code == 409
    assert (await rig.client.post("/ikuti/day", data={"code": code, "day": TOMORROW})).status_code == 303
    assert (await act(rig, "not_today", csrf, registration=asked.id)).status_code == 409
    assert (await stored(rig, booth))[0].to_tell is None


async def test_the_page_of_a_broken_call_leads_to_the_turn_that_makes_up_for_it(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    await approved(rig, csrf)
    (found,) = await stored(rig, booth)
    session = await session_of(rig, found)
    broken = record(
        session.id, end_reason=EndReason.TERMINAL_FAULT, fault_party=FaultParty.TERMINAL, talk_delivered_ms=1000
    )
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, opened_at_ms=session.start_at_ms, state="open")
        await events.store_usage(tx, session.terminal_id, broken, provisional=False, now_ms=rig.central.clock())
    assert "make-up" not in (await rig.client.get("/ikuti?lang=en")).text
    await keep_days_once(rig.central)
    page = (await rig.client.get("/ikuti?lang=en")).text
    assert "broke by our fault" in page
    code = page.partition("broke by our fault")[2].partition('name="code" value="')[2].partition('"')[0]
    assert (await rig.client.post("/ikuti?lang=en", data={"code": code})).status_code == 303
    assert ">002<" in (await rig.client.get("/ikuti?lang=en")).text
