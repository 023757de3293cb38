"""An officer moves turns by hand and calls the next, through the real pages."""

import pytest

from central.days.by_hand import CannotMove, move_session
from central.days.settle import settle
from central.store import sessions, terminals
from central.store.registrations import Registration
from central.store.sessions import CallSession
from tests.central_rig import Booth, Rig
from tests.day_rig import act, field, log_in, place, session_of, stored

pytestmark = pytest.mark.anyio


async def walk_in(rig: Rig, csrf: str, name: str, inmate: str) -> None:
    nonce = field((await rig.client.get("/queue")).text, "nonce")
    await act(rig, "walk_in", csrf, name=name, inmate=inmate, nonce=nonce)


async def of(rig: Rig, booth: Booth, name: str) -> tuple[Registration, CallSession]:
    found = next(each for each in await stored(rig, booth) if each.visitor_name == name)
    return found, await session_of(rig, found)


async def told_everybody(rig: Rig, booth: Booth, csrf: str) -> None:
    for each in await stored(rig, booth):
        await act(rig, "sent", csrf, registration=each.id)


async def test_a_turn_goes_to_another_booth_without_any_message_and_stays_there(rig: Rig) -> None:
    first, second = await place(rig)
    csrf = await log_in(rig)
    await walk_in(rig, csrf, "Wati", "Joko")
    await told_everybody(rig, first, csrf)
    _, before = await of(rig, first, "Wati")
    other = second if before.terminal_id == first.id else first
    answer = await act(rig, "move", csrf, session=before.id, terminal=other.id, time="")
    assert "Nobody has to be told" in answer.text
    assert "put here by sari" in answer.text
    assert "officers put in place, left where they are: 1" in answer.text
    async with rig.central.database.write() as tx:
        assert await settle(tx, first.facility_id, now_ms=rig.central.clock(), anew=True) == 0
    found, after = await of(rig, first, "Wati")
    assert (after.terminal_id, after.start_at_ms, after.pinned_by) == (other.id, before.start_at_ms, "sari")
    assert found.to_tell is None
    assert "follows the plan again" in (await act(rig, "unpin", csrf, session=before.id)).text
    assert (await of(rig, first, "Wati"))[1].pinned_by is None


async def test_a_new_time_is_a_message_to_its_family_and_to_those_who_have_to_make_way(rig: Rig) -> None:
    (booth,) = await place(rig, count=1)
    csrf = await log_in(rig)
    for name, inmate in (("Wati", "Joko"), ("Ani", "Budi")):
        await walk_in(rig, csrf, name, inmate)
    await told_everybody(rig, booth, csrf)
    _, wati = await of(rig, booth, "Wati")
    _, ani = await of(rig, booth, "Ani")
    at_hand = "19:" + f"{(ani.start_at_ms // 60_000) % 60:02}"
    answer = await act(rig, "move", csrf, session=wati.id, terminal=booth.id, time=at_hand)
    assert "Families to be told: 2" in answer.text or "Families to be told: 1" in answer.text
    found, wati = await of(rig, booth, "Wati")
    other, ani = await of(rig, booth, "Ani")
    assert (found.to_tell, found.told_start_at_ms) == ("moved", wati.start_at_ms)
    assert not wati.start_at_ms <= ani.start_at_ms < wati.start_at_ms + (wati.talk_s + 90) * 1000
    assert other.told_start_at_ms == ani.start_at_ms
    assert "moved" in (await rig.client.get("/queue?lang=en")).text or "new time" in answer.text


@pytest.mark.parametrize(
    ("time", "sentence"),
    [("07:00", "has passed"), ("23:30", "closed at that time"), ("ten", "like 09:40")],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(rig: Rig, time: str, sentence: str) -> None:
    (booth,) = await place(rig, count=1)
    csrf = await log_in(rig)
    await walk_in(rig, csrf, "Wati", "Joko")
    _, before = await of(rig, booth, "Wati")
    answer = await act(rig, "move", csrf, session=before.id, terminal=booth.id, time=time)
    assert answer.status_code == 409
    assert sentence in answer.text
    assert (await of(rig, booth, "Wati"))[1] == before


async def test_nobody_loses_a_turn_by_what_an_officer_does_by_hand(rig: Rig) -> None:
    hours = (((19 * 60, 19 * 60 + 22),),) * 7
    (booth,) = await place(rig, count=1, week=hours, floor_s=600)
    csrf = await log_in(rig)
    for name, inmate in (("Wati", "Joko"), ("Ani", "Budi")):
        await walk_in(rig, csrf, name, inmate)
    _, wati = await of(rig, booth, "Wati")
    answer = await act(rig, "move", csrf, session=wati.id, terminal=booth.id, time="19:07")
    assert "another family would lose its turn" in answer.text
    assert (await of(rig, booth, "Wati"))[1] == wati


async def test_a_revoked_booth_and_a_session_that_is_over_are_refused(rig: Rig) -> None:
    first, second = await place(rig)
    csrf = await log_in(rig)
    await walk_in(rig, csrf, "Wati", "Joko")
    _, wati = await of(rig, first, "Wati")
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        await terminals.revoke(tx, second.id, now_ms=now)
    for terminal, why in ((second.id, "no_terminal"), (wati.terminal_id, "same"), ("unknown", "no_terminal")):
        with pytest.raises(CannotMove) as refused:
            async with rig.central.database.write() as tx:
                await move_session(tx, wati.id, terminal_id=terminal, by="sari", now_ms=now)
        assert refused.value.why == why
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, wati.id, state="ended")
    for name in ("move", "unpin"):
        answer = await act(rig, name, csrf, session=wati.id, terminal=first.id)
        assert "Load the page again" in answer.text


async def test_a_facility_without_a_schedule_moves_the_session_itself(rig: Rig) -> None:
    booth = await rig.booth()
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    session = await rig.session(booth)
    async with rig.central.database.write() as tx:
        put = await move_session(tx, session.id, terminal_id=other.id, by="sari", now_ms=rig.central.clock())
    assert (put.session.terminal_id, put.told, put.others) == (other.id, False, 0)


async def test_the_next_number_is_called_when_its_time_is_near_or_its_family_is_there(rig: Rig) -> None:
    (booth,) = await place(rig, count=1, notice_s=0)
    csrf = await log_in(rig)
    assert "Nobody waits" in (await act(rig, "call_next", csrf, terminal=booth.id)).text
    for name, inmate in (("Wati", "Joko"), ("Ani", "Budi")):
        await walk_in(rig, csrf, name, inmate)
    assert "Number 001 is called" in (await act(rig, "call_next", csrf, terminal=booth.id)).text
    _, wati = await of(rig, booth, "Wati")
    assert wati.called_at_ms == rig.central.clock()
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, wati.id, state="ended")
    assert "no family is there" in (await act(rig, "call_next", csrf, terminal=booth.id)).text
    _, ani = await of(rig, booth, "Ani")
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, ani.id, claimed_at_ms=rig.central.clock(), claim_hash="x")
    assert "Number 002 is called" in (await act(rig, "call_next", csrf, terminal=booth.id)).text
    _, ani = await of(rig, booth, "Ani")
    assert ani.start_at_ms <= rig.central.clock() + 30_000
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, ani.id, state="open", opened_at_ms=rig.central.clock())
    assert "still in use" in (await act(rig, "call_next", csrf, terminal=booth.id)).text
    assert (await act(rig, "call_next", csrf, terminal="other")).status_code == 409
