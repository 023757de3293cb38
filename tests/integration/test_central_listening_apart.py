"""An officer whose socket is at one instance hears a call whose booth is at the other; the trail is one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from protocol.call import Answer, Candidate, Listened, Offer, Welcome
from protocol.terminal import CommandAnswered, CommandOutcome
from tests.central_rig import Rig, said, served, synced, until
from tests.databases import copy_of_model
from tests.integration.test_central_listening import ear, logged_in
from tests.postgres import Postgres
from tests.signalling_ends import family, kiosk, next_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pair(server: Postgres) -> AsyncIterator[tuple[Rig, Rig]]:
    url = await copy_of_model(server)
    async with served(url) as here, served(url) as there:
        await until(lambda: here.central.bus.is_following and there.central.bus.is_following)
        yield here, there


async def test_booth_and_officer_at_two_instances_reach_each_other_and_the_family_hears_nothing_of_it(
    pair: tuple[Rig, Rig],
) -> None:
    here, there = pair
    booth = await here.booth()
    session = await here.session(booth)
    assert (await here.open(booth, session.id)).status_code == 200
    cookie = (await here.join(session.id)).cookies["bilik_family"]
    login = await logged_in(here)
    async with kiosk(here, booth, session.id) as booth_end, family(there, session.id, cookie=cookie) as family_end:
        await next_of(family_end, Welcome)
        async with ear(there, session.id, login) as officer:

            async def asked() -> object:
                return next((one for one in synced(await here.sync(booth)).commands if one.kind == "listen"), None)

            command = await until(asked)
            done = CommandAnswered(command_id=command.id, outcome=CommandOutcome.DONE)
            await here.events(booth, done)
            assert (await next_of(officer, Welcome)).role == "listener"
            told = await next_of(booth_end, Listened)
            offer = Offer(call_id=f"{told.listen_id}-1", sdp="x")
            await booth_end.send(said(offer))
            assert await next_of(officer, Offer) == offer
            await officer.send(said(Answer(call_id=offer.call_id, sdp="y")))
            assert (await next_of(booth_end, Answer)).sdp == "y"
        assert (await next_of(booth_end, Listened)).listen_id is None
        await booth_end.send(said(offer))
        await booth_end.send(said(Candidate(call_id="c1", candidate="the family's")))
        heard = await asyncio.wait_for(next_of(family_end, Offer | Candidate), 5)  # type: ignore[arg-type]  # a union of types
        assert heard == Candidate(call_id="c1", candidate="the family's")
