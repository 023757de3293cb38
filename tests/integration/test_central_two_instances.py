"""Two centrals on one PostgreSQL: a call whose ends sit on different instances is one call, and a job is done once."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection

from central.keeper import keep_once
from central.staff.board_rows import board_rows
from central.store import call_ends, call_tables, sessions
from central.store.alone import alone
from central.store.engine import Database
from central.store.facilities import Facility, FacilitySettings
from protocol.call import Answer, Bye, CallPhase, Candidate, Clock, FamilyReady, Offer, Peer, Still, Welcome
from protocol.terminal import CommandAnswered, CommandKind, CommandOutcome, UsageWritten
from tests.central_rig import Booth, Rig, record, said, served, synced, until
from tests.databases import copy_of_model
from tests.postgres import Postgres
from tests.signalling_ends import family, kiosk, next_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def url(server: Postgres) -> str:
    return await copy_of_model(server)


@pytest.fixture
async def pair(url: str) -> AsyncIterator[tuple[Rig, Rig]]:
    async with served(url) as here, served(url) as there:
        await until(lambda: here.central.bus.is_following and there.central.bus.is_following)
        yield here, there


async def opened(rig: Rig, **words: str) -> tuple[Booth, str]:
    booth = await rig.booth(**words)
    session = await rig.session(booth)
    assert (await rig.open(booth, session.id)).status_code == 200
    return booth, session.id


async def claimed(rig: Rig, session_id: str) -> str:
    return (await rig.join(session_id)).cookies["bilik_family"]


async def present(socket: ClientConnection) -> Peer:
    while not (peer := await next_of(socket, Peer)).present:
        pass
    return peer


async def test_a_command_given_to_one_instance_ends_the_request_that_the_other_holds(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth = await here.booth()
    session = await here.session(booth)
    assert (await there.open(booth, session.id)).status_code == 200
    revision = (await there.sync(booth)).json()["revision"]
    held = asyncio.create_task(there.sync(booth, revision=revision, hold=True))
    await until(lambda: there.central.bus.is_waited_for(f"terminal:{booth.id}"))
    command_id = await here.issue(booth, CommandKind.END)
    assert [each["id"] for each in (await held).json()["commands"]] == [command_id]
    answered = CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE)
    sent = await here.events(booth, answered, UsageWritten(usage=record(session.id)))
    assert sent.json() == {"acknowledged_through": 2, "set_aside": []}
    assert (await there.stored(session.id)).state == "ended"


async def test_a_board_that_is_looked_at_here_lets_booths_be_heard_that_the_other_holds_for_long(
    pair: tuple[Rig, Rig],
) -> None:
    here, there = pair
    booth = await here.booth()
    revision = synced(await there.sync(booth)).revision
    held = asyncio.create_task(there.sync(booth, revision=revision, hold=True))
    await until(lambda: there.central.bus.is_waited_for(f"terminal:{booth.id}"))
    with here.central.bus.waiting(f"facility:{booth.facility_id}"):
        await here.central.watching.begin(booth.facility_id)
        async with asyncio.timeout(4):
            answer = synced(await held)
        assert answer.revision == revision
        assert synced(await there.sync(booth, revision=revision)).hold_s == 5
        assert there.central.watching.is_watched(booth.facility_id)
        assert not there.central.watching.is_watched("f-other")


async def test_a_booth_that_hung_up_at_the_other_instance_is_known_here(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth = await here.booth()
    revision = synced(await there.sync(booth)).revision
    held = asyncio.create_task(there.sync(booth, revision=revision, hold=True))
    await until(lambda: there.central.bus.is_waited_for(f"terminal:{booth.id}"))
    held.cancel()
    facility = Facility(id=booth.facility_id, name="", settings=FacilitySettings())

    async def is_known() -> bool:
        (row,) = (await board_rows(here.central, facility, here.central.clock())).terminals
        return row.dropped_at_ms is not None

    assert await until(is_known)


async def test_what_time_brings_is_written_by_one_instance_at_a_time(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth = await here.booth(join_grace_s="0", credit_s="0")
    third = Database(there.central.database.url.render_as_string(hide_password=False).replace("+asyncpg", ""))
    tried: list[str] = []

    async def missed_while_another_has_the_job() -> bool:
        async with alone(third, "keeper") as is_ours:
            if is_ours:
                session = await here.session(booth, start="+0", talk="10")
                async with here.central.database.write() as tx:
                    await sessions.changed(tx, session.id, start_at_ms=here.central.clock() - 60_000)
                await keep_once(here.central)
                await keep_once(there.central)
                assert (await here.stored(session.id)).state == "planned"
                tried.append(session.id)
        return bool(tried)

    assert await until(missed_while_another_has_the_job)

    async def is_closed() -> bool:
        return (await there.stored(tried[0])).state == "ended"

    assert await until(is_closed)
    await third.close()


async def test_two_ends_on_two_instances_meet_and_hear_each_other_in_order(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth, session_id = await opened(here)
    cookie = await claimed(here, session_id)
    async with kiosk(here, booth, session_id) as booth_end, family(there, session_id, cookie=cookie) as family_end:
        assert (await next_of(booth_end, Welcome)).role == "kiosk"
        assert (await next_of(family_end, Welcome)).role == "family"
        await present(booth_end)
        await until(lambda: there.central.rooms.view(session_id).kiosk_present)
        await family_end.send(said(FamilyReady(camera=True, microphone=False)))
        assert (await next_of(booth_end, FamilyReady)).microphone is False
        assert await until(lambda: here.central.rooms.view(session_id).family_ready)
        async with here.central.database.write() as tx:
            assert await sessions.admit(tx, session_id, user="sari", now_ms=here.central.clock())
        while not (await next_of(family_end, Peer)).admitted:
            pass
        await booth_end.send(said(Offer(call_id="c1", sdp="v=0")))
        assert (await next_of(family_end, Offer)).sdp == "v=0"
        await family_end.send(said(Answer(call_id="c1", sdp="v=1")))
        assert (await next_of(booth_end, Answer)).sdp == "v=1"
        for number in range(40):
            await booth_end.send(said(Candidate(call_id="c1", candidate=str(number))))
        heard = [(await next_of(family_end, Candidate)).candidate for _ in range(40)]
        assert heard == [str(number) for number in range(40)]
        await booth_end.send(said(Clock(phase=CallPhase.TALKING, left_ms=1000, running=True, talk_s=600)))
        assert (await next_of(family_end, Clock)).left_ms == 1000
    await until(lambda: not here.central.rooms.view(session_id).family_present)
    await until(lambda: not there.central.rooms.view(session_id).kiosk_present)
    async with here.central.database.read() as db:
        assert await db.all(call_tables.call_messages.select()) == []


async def test_a_newcomer_on_the_other_instance_takes_the_place_of_its_role(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth, session_id = await opened(here)
    async with kiosk(here, booth, session_id) as first:
        await next_of(first, Welcome)
        await until(lambda: there.central.rooms.view(session_id).kiosk_present)
        async with kiosk(there, booth, session_id) as second:
            await next_of(second, Welcome)
            assert (await next_of(first, Bye)).why == "taken_over"
            async with family(here, session_id) as family_end:
                await next_of(family_end, Welcome)
                await present(second)
                await family_end.send(said(FamilyReady(camera=True, microphone=True)))
                assert await next_of(second, FamilyReady)
        await until(lambda: not here.central.rooms.view(session_id).kiosk_present)


async def test_the_board_of_any_instance_sees_the_family_that_waits_and_no_picture_stays_behind(
    pair: tuple[Rig, Rig],
) -> None:
    here, there = pair
    booth = await here.booth()
    session = await here.session(booth)
    cookie = await claimed(here, session.id)
    async with family(there, session.id, cookie=cookie) as family_end:
        await family_end.send(said(FamilyReady(camera=True, microphone=True)))
        await family_end.send(said(Still(jpeg=base64.b64encode(b"a face").decode())))
        assert await until(lambda: here.central.rooms.view(session.id).still == b"a face")
        view = here.central.rooms.view(session.id)
        assert view.family_ready
        assert (view.camera, view.microphone) == (True, True)
        in_use = await here.client.post("/api/v1/join", json={"token": here.tokens[session.id], "claim": False})
        assert in_use.json()["state"] == "open"
        here.client.cookies.clear()
        stranger = await here.client.post("/api/v1/join", json={"token": here.tokens[session.id], "claim": False})
        assert stranger.json()["state"] == "in_use"
        async with here.central.database.write() as tx:
            assert await sessions.admit(tx, session.id, user="sari", now_ms=here.central.clock())

        async def pictures() -> int:
            async with here.central.database.read() as db:
                return len(await db.all(call_tables.call_stills.select()))

        async def gone() -> bool:
            return await pictures() == 0

        await until(gone)
    await until(lambda: not here.central.rooms.view(session.id).family_present)
    assert here.central.rooms.family_left_ms(session.id) is not None


async def test_the_ends_of_an_instance_that_shows_itself_no_more_have_left(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth, session_id = await opened(here)
    dead = call_ends.Place(
        session_id=session_id, role="family", end_id="e", instance_id="gone", turn=0, about="{}", is_there=True
    )
    async with kiosk(here, booth, session_id) as booth_end:
        await next_of(booth_end, Welcome)
        async with there.central.database.write() as tx:
            await call_ends.show(tx, "gone")
            await call_ends.enter(tx, dead, is_new=True)
            await tx.publish(f"call:{session_id}")
        await present(booth_end)
        async with there.central.database.write() as tx:
            mine = call_tables.instances.c.id == "gone"
            await tx.execute(call_tables.instances.update().where(mine).values(seen_at_ms=1))
        while (await next_of(booth_end, Peer)).present:
            pass


async def test_an_instance_that_was_given_up_by_mistake_says_again_who_is_there(pair: tuple[Rig, Rig]) -> None:
    here, there = pair
    booth, session_id = await opened(here)
    async with kiosk(here, booth, session_id) as booth_end:
        await next_of(booth_end, Welcome)
        await until(lambda: there.central.rooms.view(session_id).kiosk_present)
        async with there.central.database.write() as tx:
            left = await call_ends.take_leave(tx, here.central.database.origin)
            assert left == {session_id}
            await tx.publish(f"call:{session_id}")
        await until(lambda: not there.central.rooms.view(session_id).kiosk_present)
        await until(lambda: there.central.rooms.view(session_id).kiosk_present)


async def test_after_postgresql_was_away_the_call_goes_on_between_the_instances(server: Postgres, url: str) -> None:
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(served(url)) for _ in range(2)]
        await until(lambda: here.central.bus.is_following and there.central.bus.is_following)
        booth, session_id = await opened(here)
        cookie = await claimed(here, session_id)
        booth_end = await stack.enter_async_context(kiosk(here, booth, session_id))
        family_end = await stack.enter_async_context(family(there, session_id, cookie=cookie))
        await present(booth_end)
        await until(lambda: there.central.rooms.view(session_id).kiosk_present)
        await asyncio.to_thread(server.stop)
        await booth_end.send(said(Clock(phase=CallPhase.TALKING, left_ms=7, running=True, talk_s=600)))
        await asyncio.to_thread(server.start)
        assert (await next_of(family_end, Clock, within_s=20)).left_ms == 7
        assert there.central.rooms.view(session_id).kiosk_present
        await family_end.send(said(Candidate(call_id="c", candidate="after")))
        assert (await next_of(booth_end, Candidate, within_s=20)).candidate == "after"
