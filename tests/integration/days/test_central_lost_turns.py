"""Who did not come, was not heard, was broken off or never opened: what becomes of the turn, and what the family reads."""

import pytest

from central.days.keeper import keep_days_once
from central.days.settle import settle
from central.store import events, sessions
from central.store.registrations import Registration
from protocol.outcome import EndReason, FaultParty
from tests.central_rig import MovedClock, Rig, record
from tests.day_rig import act, field, log_in, place, registered, session_of, stored

pytestmark = pytest.mark.anyio


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


async def test_a_call_that_we_broke_before_its_half_gets_one_make_up_turn_and_only_one(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    exempt = {"exempt_minutes": "45", "exempt_reason": "wali nikah"}
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi", **exempt)

    async def breaks(found: Registration) -> None:
        session = await session_of(rig, found)
        broken = record(
            session.id,
            end_reason=EndReason.TERMINAL_FAULT,
            fault_party=FaultParty.TERMINAL,
            talk_delivered_ms=100_000,
        )
        async with rig.central.database.write() as tx:
            await sessions.changed(tx, session.id, opened_at_ms=session.start_at_ms, state="open")
            await events.store_usage(tx, session.terminal_id, broken, provisional=False, now_ms=rig.central.clock())

    await breaks((await stored(rig, booth))[0])
    for _ in range(2):
        await keep_days_once(rig.central)
    _first, second = await stored(rig, booth)
    assert (second.make_up_of, second.state, second.inmate, second.to_tell) == (
        asked.id,
        "approved",
        "Budi",
        "approved",
    )
    assert (second.exempt_talk_s, second.exempt_reason, (await session_of(rig, second)).talk_s) == (
        2700,
        "wali nikah",
        2700,
    )
    await breaks(second)
    await keep_days_once(rig.central)
    assert len(await stored(rig, booth)) == 2


async def test_a_family_that_did_not_answer_at_its_booth_is_told_and_may_have_a_new_time(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    session = await session_of(rig, (await stored(rig, booth))[0])
    missed = record(session.id, end_reason=EndReason.NO_SHOW_FAMILY, fault_party=FaultParty.FAMILY, talk_delivered_ms=0)
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, opened_at_ms=session.start_at_ms, state="open")
        await events.store_usage(tx, session.terminal_id, missed, provisional=False, now_ms=rig.central.clock())
    await keep_days_once(rig.central)
    (found,) = await stored(rig, booth)
    assert (found.state, found.to_tell) == ("absent", "absent")
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    assert (await stored(rig, booth))[0].state == "approved"


async def test_nobody_is_absent_for_the_time_in_which_the_booth_was_not_free(rig: Rig) -> None:
    (booth,) = await place(rig, count=1, grace_s=120)
    csrf = await log_in(rig)
    for name, inmate in (("Wati", "Joko"), ("Ani", "Budi")):
        nonce = field((await rig.client.get("/queue")).text, "nonce")
        await act(rig, "walk_in", csrf, name=name, inmate=inmate, nonce=nonce)
    first, second = [await session_of(rig, each) for each in await stored(rig, booth)]
    clock = rig.central.clock
    assert isinstance(clock, MovedClock)
    clock.now_ms = second.start_at_ms + 150_000
    long = record(first.id, ended_at_ms=clock.now_ms - 1000)
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, first.id, opened_at_ms=first.start_at_ms, state="open")
        await events.store_usage(tx, first.terminal_id, long, provisional=False, now_ms=clock.now_ms)
    await keep_days_once(rig.central)
    assert [each.state for each in await stored(rig, booth)] == ["approved", "approved"]
    assert (await rig.stored(second.id)).start_at_ms >= clock.now_ms + 88_000
    clock.move(400)
    await keep_days_once(rig.central)
    assert [each.state for each in await stored(rig, booth)] == ["approved", "absent"]


async def test_a_turn_that_no_booth_ever_opened_is_told_and_not_forgotten(rig: Rig) -> None:
    booth, _ = await place(rig)
    await registered(rig)
    csrf = await log_in(rig)
    (asked,) = await stored(rig, booth)
    await act(rig, "approve", csrf, registration=asked.id, inmate="Budi")
    async with rig.central.database.write() as tx:
        session = await session_of(rig, (await stored(rig, booth))[0])
        await sessions.changed(tx, session.id, state="ended", why="unused")
    await keep_days_once(rig.central)
    (found,) = await stored(rig, booth)
    assert (found.state, found.to_tell) == ("absent", "absent")
