"""What a waiting family is told: when its turn is expected, that it is called, and the turn that makes up for a broken call."""

from typing import Any

import pytest

from central.credentials import link_token
from central.days.keeper import keep_days_once
from central.store import events, sessions
from protocol.outcome import EndReason, FaultParty
from tests.central_rig import Rig, record
from tests.day_rig import act, field, log_in, place, session_of, stored

pytestmark = pytest.mark.anyio


async def news(rig: Rig, session_id: str) -> Any:
    token = link_token(rig.central.options.link_secret, session_id)
    answer = await rig.client.post("/api/v1/join/news", json={"token": token})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def walk_in(rig: Rig, csrf: str, name: str, inmate: str) -> None:
    nonce = field((await rig.client.get("/queue")).text, "nonce")
    await act(rig, "walk_in", csrf, name=name, inmate=inmate, nonce=nonce)


async def test_the_expected_time_is_the_plans_and_wider_behind_others(rig: Rig) -> None:
    (booth,) = await place(rig, count=1)
    csrf = await log_in(rig)
    for name, inmate in (("Wati", "Joko"), ("Ani", "Budi")):
        await walk_in(rig, csrf, name, inmate)
    first, second = [await session_of(rig, each) for each in await stored(rig, booth)]
    now = rig.central.clock()
    said = await news(rig, first.id)
    assert (said["called"], said["over"], said["ahead"]) == (False, False, 0)
    assert said["from_ms"] == now // 60_000 * 60_000
    said = await news(rig, second.id)
    assert said["ahead"] == 1
    assert said["from_ms"] <= second.start_at_ms <= said["to_ms"]
    assert said["to_ms"] - said["from_ms"] >= 90_000
    await act(rig, "call_next", csrf, terminal=booth.id)
    assert (await news(rig, first.id))["called"]


async def test_without_a_schedule_it_is_the_sessions_own_time_and_a_wrong_link_is_nothing(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth, start="+600")
    answer = await rig.client.post("/api/v1/join/news", json={"token": rig.tokens[session.id]})
    assert answer.json()["from_ms"] == answer.json()["to_ms"] == session.start_at_ms
    assert (await rig.client.post("/api/v1/join/news", json={"token": "wrong-token"})).status_code == 404


async def test_after_a_call_that_we_broke_the_other_turn_is_due_and_then_named_with_its_own_link(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    await walk_in(rig, csrf, "Wati", "Joko")
    (found,) = await stored(rig, booth)
    session = await session_of(rig, found)
    broken = record(
        session.id, end_reason=EndReason.TERMINAL_FAULT, fault_party=FaultParty.TERMINAL, talk_delivered_ms=1000
    )
    async with rig.central.database.write() as tx:
        await sessions.changed(tx, session.id, opened_at_ms=session.start_at_ms, state="open")
        await events.store_usage(tx, session.terminal_id, broken, provisional=False, now_ms=rig.central.clock())
    said = await news(rig, session.id)
    assert (said["over"], said["make_up_due"], said["make_up"]) == (True, True, None)
    await keep_days_once(rig.central)
    said = await news(rig, session.id)
    assert (said["make_up_due"], said["make_up"]["number"]) == (False, "002")
    answer = await rig.client.post("/api/v1/join", json={"token": said["make_up"]["token"], "claim": False})
    assert answer.json()["number"] == "002"
