"""Signalling through a real server: who may sit at an end, what each hears, and the end of both."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from central.store import commands, sessions
from protocol.call import (
    Answer,
    Bye,
    CallPhase,
    Candidate,
    Clock,
    FamilyReady,
    IceGiven,
    IceWanted,
    Offer,
    Peer,
    Still,
    Welcome,
)
from protocol.terminal import CommandKind, UsageWritten
from tests.central_rig import Rig, record, said, served, until
from tests.signalling_ends import family, kiosk, next_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as found:
        yield found


async def flood(socket: ClientConnection) -> None:
    """Speak until the socket is closed."""
    while True:
        await socket.send(said(Candidate(call_id="c", candidate="x")))


async def test_two_ends_meet_and_hear_each_other(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    assert (await rig.open(booth, session.id)).status_code == 200
    async with kiosk(rig, booth, session.id) as booth_end:
        welcome = await next_of(booth_end, Welcome)
        assert (welcome.role, welcome.peer_present, welcome.admitted) == ("kiosk", False, False)
        async with family(rig, session.id) as family_end:
            assert (await next_of(family_end, Welcome)).peer_present
            await next_of(booth_end, Peer)
            await family_end.send(said(FamilyReady(camera=True, microphone=True)))
            assert await next_of(booth_end, FamilyReady)
            assert await until(lambda: rig.central.rooms.view(session.id).family_ready)
            async with rig.central.database.write() as tx:
                assert await sessions.admit(tx, session.id, user="sari", now_ms=rig.central.clock())
            while not (await next_of(family_end, Peer)).admitted:
                pass
            await booth_end.send(said(Offer(call_id="c1", sdp="v=0")))
            assert (await next_of(family_end, Offer)).sdp == "v=0"
            await family_end.send(said(Answer(call_id="c1", sdp="v=1")))
            assert (await next_of(booth_end, Answer)).sdp == "v=1"
            await family_end.send(said(Candidate(call_id="c1", candidate="")))
            assert await next_of(booth_end, Candidate)
            await booth_end.send(said(Clock(phase=CallPhase.TALKING, left_ms=1000, running=True, talk_s=600)))
            assert (await next_of(family_end, Clock)).left_ms == 1000
            await family_end.send(said(Still(jpeg=base64.b64encode(b"jpeg").decode())))
            assert await until(lambda: rig.central.rooms.view(session.id).still == b"jpeg")
            clock = rig.central.rooms.view(session.id).clock
            assert clock is not None
            assert clock.left_ms == 1000
            await family_end.send(said(IceWanted()))
            assert (await next_of(family_end, IceGiven)).servers == ()
        peer = await next_of(booth_end, Peer)
        while peer.present:
            peer = await next_of(booth_end, Peer)
        assert not peer.ready


async def test_the_newest_end_of_a_role_wins(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    async with kiosk(rig, booth, session.id) as first:
        await next_of(first, Welcome)
        async with kiosk(rig, booth, session.id) as second:
            await next_of(second, Welcome)
            assert (await next_of(first, Bye)).why == "taken_over"
            with pytest.raises(ConnectionClosed):
                await first.recv()
            assert rig.central.rooms.view(session.id).kiosk_present


async def test_a_booth_that_has_not_opened_the_session_is_refused(rig: Rig) -> None:
    booth = await rig.booth()
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    session = await rig.session(booth)
    with pytest.raises(InvalidStatus):
        async with kiosk(rig, booth, session.id):
            pass
    await rig.open(booth, session.id)
    with pytest.raises(InvalidStatus):
        async with kiosk(rig, other, session.id):
            pass


@pytest.mark.parametrize(("cookie", "origin"), [("wrong", None), (None, "https://elsewhere.example")])
async def test_a_family_needs_its_own_cookie_and_our_own_page(rig: Rig, cookie: str | None, origin: str | None) -> None:
    session = await rig.session(await rig.booth())
    with pytest.raises(InvalidStatus):
        async with family(rig, session.id, cookie=cookie, origin=origin):
            pass


@pytest.mark.parametrize(
    "message",
    [
        said(Offer(call_id="c", sdp="v=0")),
        said(Clock(phase=CallPhase.TALKING, left_ms=1, running=True, talk_s=60)),
        "{",
        '{"type":"unheard_of"}',
        '{"type":"ready","camera":true,"microphone":true,"more":1}',
    ],
)
async def test_what_a_family_may_not_say_ends_its_socket(rig: Rig, message: str) -> None:
    session = await rig.session(await rig.booth())
    async with family(rig, session.id) as family_end:
        await family_end.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await next_of(family_end, Bye)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_a_family_that_floods_is_cut_off_and_the_booth_is_not(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    async with kiosk(rig, booth, session.id) as booth_end, family(rig, session.id) as family_end:
        with pytest.raises(ConnectionClosed) as closed:
            await flood(family_end)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert await until(lambda: not rig.central.rooms.view(session.id).family_present)
        await booth_end.send(said(IceWanted()))
        assert await next_of(booth_end, IceGiven)


async def test_admission_follows_the_family_where_the_facility_wants_no_officer(rig: Rig) -> None:
    booth = await rig.booth(admit="automatic")
    session = await rig.session(booth)
    async with family(rig, session.id) as family_end:
        await family_end.send(said(FamilyReady(camera=False, microphone=True)))
        while not (await next_of(family_end, Peer)).admitted:
            pass
    assert (await rig.stored(session.id)).admitted_by == "automatic"


async def test_both_ends_are_told_when_the_record_is_in(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    async with kiosk(rig, booth, session.id) as booth_end, family(rig, session.id) as family_end:
        assert (await rig.events(booth, UsageWritten(usage=record(session.id)))).status_code == 200
        assert (await next_of(booth_end, Bye)).why == "ended"
        assert (await next_of(family_end, Bye)).why == "ended"


async def test_a_cancelled_session_says_good_bye(rig: Rig) -> None:
    session = await rig.session(await rig.booth())
    async with family(rig, session.id) as family_end:
        async with rig.central.database.write() as tx:
            await sessions.cancel(tx, session.id)
        assert (await next_of(family_end, Bye)).why == "cancelled"


async def test_the_hard_stop_ends_both_ends(rig: Rig) -> None:
    booth = await rig.booth(join_grace_s="0", credit_s="0")
    session = await rig.session(booth, start="+0", talk="10")
    await rig.open(booth, session.id)
    async with kiosk(rig, booth, session.id) as booth_end, family(rig, session.id) as family_end:
        async with rig.central.database.write() as tx:
            await sessions.changed(tx, session.id, end_by_ms=rig.central.clock() + 300)
        assert (await next_of(booth_end, Bye)).why == "end_by"
        assert (await next_of(family_end, Bye)).why == "end_by"


async def test_time_that_is_promised_but_not_confirmed_yet_puts_the_good_bye_off(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    async with kiosk(rig, booth, session.id) as booth_end:
        async with rig.central.database.write() as tx:
            now = rig.central.clock()
            await commands.issue(tx, CommandKind.EXTEND, terminal_id=booth.id, issued_by="sari", now_ms=now, add_s=1)
            await sessions.changed(tx, session.id, end_by_ms=now)
        assert (await next_of(booth_end, Bye)).why == "end_by"
        assert rig.central.clock() - now >= 1400


async def test_central_says_good_bye_when_it_stops(tmp_path: Path) -> None:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as rig:
        session = await rig.session(await rig.booth())
        claim = (await rig.join(session.id)).cookies["bilik_family"]
        socket = await connect(
            f"{rig.url.replace('http', 'ws')}/api/v1/calls/{session.id}",
            additional_headers={"Cookie": f"bilik_family={claim}"},
            origin=rig.url,  # type: ignore[arg-type]  # websockets asks for a NewType of str
        )
        await next_of(socket, Welcome)
    assert (await next_of(socket, Bye)).why == "shutting_down"
    with pytest.raises(ConnectionClosed) as closed:
        await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
