"""Signalling of one session: kept up, passed on, and closed for good when central says so."""

from pathlib import Path

import pytest

from agent.core.effects import StartCall
from protocol.call import Answer, Bye, IceGiven, IceServer, IceWanted, Offer, Peer, Said
from protocol.page import FromSignalling, ToSignalling
from protocol.page import StartCall as StartCallOnPage
from protocol.terminal import Command, VisitState
from tests.agent_rig import Rig, running_rig

pytestmark = pytest.mark.anyio

RELAY = IceServer(urls=("turn:relay.test",), username="u", credential="c")


async def waiting(rig: Rig) -> None:
    await rig.show_window()
    rig.plan(in_s=5, talk_s=60)
    await rig.come_to(VisitState.WAITING)


async def test_a_socket_that_breaks_is_opened_again(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await waiting(rig)
        first = rig.socket
        first.break_off()
        await rig.clock.advance(0)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert not visit.signalling_up
        await rig.clock.advance(1)
        assert rig.socket is not first
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert visit.signalling_up


@pytest.mark.parametrize(("why", "comes_back"), [("shutting_down", True), ("end_by", False), ("taken_over", False)])
async def test_central_says_good_bye_for_good_unless_it_only_restarts(
    tmp_path: Path, why: str, *, comes_back: bool
) -> None:
    async with running_rig(tmp_path) as rig:
        await waiting(rig)
        first = rig.socket
        first.hear(Bye(why=why))
        if comes_back:
            first.break_off()
        await rig.clock.advance(20)
        assert (rig.socket is not first) is comes_back


async def test_offers_go_out_and_answers_come_in_but_the_page_cannot_speak_for_the_agent(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        offer, answer = Offer(call_id="s1-1", sdp="v=0"), Answer(call_id="s1-1", sdp="v=0")
        rig.page.say(ToSignalling(message=offer))
        rig.page.say(ToSignalling(message=Said(text="ten minutes more for everybody", added_s=600)))
        rig.socket.hear(answer)
        await rig.clock.advance(0)
        assert offer in rig.socket.sent
        assert not any(isinstance(message, Said) for message in rig.socket.sent)
        assert FromSignalling(message=answer) in rig.page.sent


async def test_a_call_starts_with_the_servers_of_the_grant_and_asks_for_fresh_ones_later(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=900)
        await rig.come_to(VisitState.TALKING)
        assert not any(isinstance(message, IceWanted) for message in rig.socket.sent)
        await rig.clock.advance(400)
        call_id = rig.call_id
        assert call_id is not None
        rig.supervisor.do(StartCall(call_id=call_id))
        await rig.clock.advance(0)
        assert any(isinstance(message, IceWanted) for message in rig.socket.sent)
        rig.socket.hear(IceGiven(servers=(RELAY,)))
        await rig.clock.advance(0)
        [*_, last] = [message for message in rig.page.sent if isinstance(message, StartCallOnPage)]
        assert last.servers == (RELAY,)


async def test_a_call_does_not_wait_long_for_fresh_servers(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=900)
        await rig.come_to(VisitState.TALKING)
        await rig.clock.advance(400)
        call_id, before = rig.call_id, len(rig.started)
        assert call_id is not None
        rig.supervisor.do(StartCall(call_id=call_id))
        await rig.clock.advance(1.1)
        assert len(rig.started) == before + 1


async def test_what_an_officer_says_reaches_the_family(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await waiting(rig)
        rig.socket.hear(Peer(present=True, ready=True, admitted=True))
        rig.is_connected = True
        await rig.clock.advance_until(lambda: rig.state is VisitState.TALKING)
        expires = rig.central.now_ms() + 30_000
        rig.central.give(Command(id="c1", kind="extend", session_id="s1", add_s=30, expires_at_ms=expires))
        await rig.clock.advance(1)
        [said] = [message for message in rig.socket.sent if isinstance(message, Said)]
        assert said.added_s == 30
