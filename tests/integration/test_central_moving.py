"""A session that an officer moves to another booth: planned, running, or at a booth that is gone; the family keeps its link."""

from typing import Any

import httpx
import pytest

from central.credentials import hashed
from central.staff.moving import keep_moves_once
from central.store import moves, sessions, staff, status
from central.store.sessions import CallSession
from central.store.staff import Role
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import CommandAnswered, CommandOutcome, UsageWritten, VisitState
from tests.central_rig import Booth, MovedClock, Rig, record, synced, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def booths(rig: Rig) -> tuple[Booth, Booth]:
    """Two booths of one facility, and an officer who is logged in."""
    here = await rig.booth("Bilik 1")
    there = await rig.booth("Bilik 2", facility_id=here.facility_id)
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        user = await staff.add_user(tx, name="siti", role=Role.OFFICER, facility_id=None, password_hash="", now_ms=now)
        await staff.add_session(
            tx, id_hash=hashed("cookie"), user_id=user, csrf="c", now_ms=now, expires_at_ms=now + 36_000_000
        )
    return here, there


async def talks(rig: Rig, booth: Booth, session: CallSession) -> None:
    """It has opened its session and says so."""
    await rig.open(booth, session.id)
    await rig.sync(booth, visit=VisitState.TALKING, session_id=session.id, talk_left_ms=250_000, talk_running=True)

    async def is_known() -> bool:
        await rig.central.heartbeats.flush()
        async with rig.central.database.read() as db:
            beat = (await status.latest(db, booth.facility_id)).get(booth.id)
        return beat is not None and beat.status.visit is VisitState.TALKING

    await until(is_known)


async def move(rig: Rig, session_id: str, to: str) -> httpx.Response:
    form = {"csrf": "c", "session": session_id, "to": to}
    return await rig.client.post("/board/acts/move", data=form, headers={"Cookie": "bilik_staff=cookie"})


async def follow_up(rig: Rig, session_id: str) -> CallSession | None:
    await keep_moves_once(rig.central)
    async with rig.central.database.read() as db:
        found = await moves.latest(db, await sessions.get(db, session_id))
    return None if found is None or found.id == session_id else found


async def ends(rig: Rig, booth: Booth, session_id: str, **fields: Any) -> None:
    usage = record(session_id, end_reason=EndReason.MOVED, fault_party=FaultParty.NONE, **fields)
    await rig.events(booth, UsageWritten(usage=usage))


async def test_a_planned_session_is_called_at_the_other_booth(rig: Rig, booths: tuple[Booth, Booth]) -> None:
    here, there = booths
    session = await rig.session(here)
    answer = await move(rig, session.id, there.id)
    assert (answer.status_code, answer.json()["text"]) == (200, "Dipindahkan ke Bilik 2.")
    assert (await rig.stored(session.id)).terminal_id == there.id
    assert await follow_up(rig, session.id) is None


async def test_a_running_call_ends_there_and_what_is_left_goes_on_here_with_the_same_link(
    rig: Rig, booths: tuple[Booth, Booth]
) -> None:
    here, there = booths
    session = await rig.session(here, closing="+7200")
    await talks(rig, here, session)
    await rig.join(session.id)
    async with rig.central.database.write() as tx:
        await sessions.admit(tx, session.id, user="siti", now_ms=rig.central.clock())
    assert (await move(rig, session.id, there.id)).status_code == 200
    (command,) = synced(await rig.sync(here)).commands
    assert (command.kind, command.session_id, command.fault_party) == ("move", session.id, "none")
    assert await follow_up(rig, session.id) is None, "not before it has ended"
    await ends(rig, here, session.id, talk_delivered_ms=200_400)
    fresh = await follow_up(rig, session.id)
    assert fresh is not None
    assert (fresh.terminal_id, fresh.number, fresh.talk_s, fresh.state) == (there.id, "012", 400, "planned")
    assert (fresh.admitted_by, fresh.pinned_by, fresh.closing_at_ms) == ("siti", "siti", session.closing_at_ms)
    assert [one.id for one in (await assigned(rig, there))] == [fresh.id]
    joined = (await rig.join(session.id, claim=False)).json()
    assert (joined["state"], joined["session_id"], joined["talk_s"]) == ("open", fresh.id, 400)
    assert (await rig.open(there, fresh.id)).status_code == 200
    assert await follow_up(rig, session.id) == await rig.stored(fresh.id), "once, however often it is looked at"


async def assigned(rig: Rig, booth: Booth) -> tuple[Any, ...]:
    found = synced(await rig.sync(booth)).assignments
    assert found is not None
    return found.sessions


async def test_with_nothing_left_nothing_goes_on(rig: Rig, booths: tuple[Booth, Booth]) -> None:
    here, there = booths
    session = await rig.session(here)
    await talks(rig, here, session)
    await move(rig, session.id, there.id)
    await ends(rig, here, session.id, talk_delivered_ms=590_000)
    assert await follow_up(rig, session.id) is None


async def test_a_call_that_ended_by_itself_before_the_order_came_goes_on_nowhere(
    rig: Rig, booths: tuple[Booth, Booth]
) -> None:
    here, there = booths
    session = await rig.session(here)
    await talks(rig, here, session)
    await move(rig, session.id, there.id)
    await rig.events(here, UsageWritten(usage=record(session.id)))
    assert await follow_up(rig, session.id) is None


async def test_the_call_of_a_booth_that_is_gone_goes_on_elsewhere_with_what_it_said_last(
    rig: Rig, booths: tuple[Booth, Booth], clock: MovedClock
) -> None:
    here, there = booths
    session = await rig.session(here)
    await talks(rig, here, session)
    clock.move(60)
    assert (await move(rig, session.id, there.id)).json()["text"] == "Dipindahkan ke Bilik 2."
    fresh = await follow_up(rig, session.id)
    assert fresh is not None
    assert fresh.talk_s == 250
    refused = await rig.open(here, session.id, again=True)
    assert refused.status_code == 409, "the old booth does not go on with it when it comes back"
    await rig.events(here, UsageWritten(usage=record(session.id, end_reason=EndReason.CANCELLED)))
    assert await follow_up(rig, session.id) is not None, "its late record leaves the family its way"


async def test_a_booth_that_refuses_keeps_its_call(rig: Rig, booths: tuple[Booth, Booth]) -> None:
    here, there = booths
    session = await rig.session(here)
    await talks(rig, here, session)
    await move(rig, session.id, there.id)
    (command,) = synced(await rig.sync(here)).commands
    await rig.events(
        here, CommandAnswered(command_id=command.id, outcome=CommandOutcome.REFUSED, why="the visit is over")
    )
    assert await follow_up(rig, session.id) is None
    assert (await rig.stored(session.id)).state == "open"


async def test_nothing_moves_to_itself_elsewhere_or_when_it_is_over(rig: Rig, booths: tuple[Booth, Booth]) -> None:
    here, there = booths
    elsewhere = await rig.booth("Bilik 1", facility_id=await rig.facility("Rutan Dua"))
    session = await rig.session(here)
    for to in (here.id, elsewhere.id, "nowhere"):
        assert (await move(rig, session.id, to)).status_code == 409
    assert (await move(rig, "no-session", there.id)).status_code == 409
    await talks(rig, here, session)
    await rig.events(here, UsageWritten(usage=record(session.id)))
    assert (await move(rig, session.id, there.id)).status_code == 409
