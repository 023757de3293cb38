"""A session that is moved while its booth is offline is opened by one of the two only: real agents, both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.adapters.central_client import HttpCentral
from agent.ports import Rejected
from central.store import rejected, sessions
from central.store.impossible import Impossible
from protocol import page
from protocol.terminal import OpenRequest
from tests.central_rig import Booth, Rig, served, until
from tests.two_pcs import Pc

pytestmark = pytest.mark.anyio
ROUNDS = 6


@pytest.fixture
async def rig(upgraded_url: str) -> AsyncIterator[Rig]:
    async with served(upgraded_url) as found:
        yield found


async def move(rig: Rig, session_id: str, to: Booth) -> bool:
    try:
        async with rig.central.database.write() as tx:
            await sessions.move(tx, session_id, to.id)
    except Impossible:
        return False
    return True


async def test_the_booth_that_was_offline_finds_it_gone_and_the_other_one_has_it(rig: Rig, tmp_path: Path) -> None:
    booth = await rig.booth(admit="automatic", check_in_early_s="5")
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    async with (
        Pc.enrolled(tmp_path / "one", "boot-1", rig, booth).on() as first,
        Pc.enrolled(tmp_path / "two", "boot-2", rig, other).on() as second,
    ):
        await first.shows(page.Idle)
        session = await rig.session(booth, start="+1")
        assert (await first.shows(page.CheckIn)).number == session.number
        first.cable.is_cut = True
        assert await move(rig, session.id, other)
        assert (await second.shows(page.CheckIn)).number == session.number
        first.booth.press_start()
        second.booth.press_start()
        await second.shows(page.Rules)
        first.cable.is_cut = False
        await until(lambda: is_told_no(first), within_s=30)
        assert not first.booth.view_open
        assert not any(isinstance(seen.show.screen, page.Rules) for seen in first.booth.seen)
    stored = await rig.stored(session.id)
    assert (stored.terminal_id, stored.state, stored.boot_id) == (other.id, "open", "boot-2")
    async with rig.central.database.read() as db:
        assert await rejected.every(db) == []


async def test_a_number_that_is_moved_while_it_is_called_leaves_the_glass_by_itself(rig: Rig, tmp_path: Path) -> None:
    booth = await rig.booth(admit="automatic", check_in_early_s="5", farewell_s="2")
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    async with (
        Pc.enrolled(tmp_path / "one", "boot-1", rig, booth).on() as first,
        Pc.enrolled(tmp_path / "two", "boot-2", rig, other).on() as second,
    ):
        await first.shows(page.Idle)
        session = await rig.session(booth, start="+1")
        await first.shows(page.CheckIn)
        assert await move(rig, session.id, other)
        assert (await second.shows(page.CheckIn)).number == session.number
        await first.shows(page.Farewell)
        await first.shows(page.Idle)
        second.booth.press_start()
        await second.shows(page.Rules)
    stored = await rig.stored(session.id)
    assert (stored.terminal_id, stored.state, stored.boot_id) == (other.id, "open", "boot-2")
    async with rig.central.database.read() as db:
        assert await rejected.every(db) == []


def is_told_no(pc: Pc) -> bool:
    """The inmate presses Start until the booth has asked central: it holds what it knew of while it was offline."""
    if isinstance(pc.booth.screen, page.CheckIn) and not pc.booth.screen.busy:
        pc.booth.press_start()
    return isinstance(pc.booth.screen, page.Idle | page.Farewell)


class Asker:
    """The agent's own client to central, without the agent."""

    def __init__(self, rig: Rig, booth: Booth) -> None:
        self.client = HttpCentral(rig.url, version="1", boot_s=lambda: 0.0)
        self.client.use_token(booth.token)

    async def opens(self, session_id: str) -> bool:
        try:
            await self.client.open_session(session_id, OpenRequest(protocol=1, boot_id="boot-1"))
        except Rejected as error:
            if error.code not in ("moved", "open_elsewhere"):
                raise
            return False
        return True


async def test_a_move_and_two_terminals_that_ask_at_the_same_moment_leave_one_that_has_it(rig: Rig) -> None:
    booth = await rig.booth(admit="automatic")
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    old, new = Asker(rig, booth), Asker(rig, other)
    for round_ in range(ROUNDS):
        session = await rig.session(booth, start="+1", number=f"{round_:03d}")
        asked = [old.opens(session.id), move(rig, session.id, other), new.opens(session.id)]
        turned = asked[round_ % 3 :] + asked[: round_ % 3]
        found = await asyncio.gather(*turned)
        found = found[3 - round_ % 3 :] + found[: 3 - round_ % 3]
        has_old, is_moved, has_new = found
        assert has_old is not is_moved, "either it was opened where it was, or it went"
        assert not (has_old and has_new)
        assert await new.opens(session.id) is is_moved
        assert await old.opens(session.id) is has_old
        stored = await rig.stored(session.id)
        assert (stored.state, stored.terminal_id) == ("open", (other if is_moved else booth).id)
    await old.client.close()
    await new.client.close()
