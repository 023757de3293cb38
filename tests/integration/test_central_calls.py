"""Signalling through a real server: who may sit at an end, what each hears, and the end of both."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from central.store import commands, sessions
from protocol.call import (
    Answer,
    Bye,
    Candidate,
    Clock,
    CallPhase,
    FamilyReady,
    IceGiven,
    IceWanted,
    Offer,
    Peer,
    Still,
    Welcome,
)
from protocol.terminal import CommandKind, UsageWritten
from tests.central_rig import Booth, Rig, heard, record, said, served, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as found:
        yield found


async def next_of(socket: ClientConnection, kind: type, *, within_s: float = 5.0) -> Any:
    async with asyncio.timeout(within_s):
        while True:
            message = heard(await socket.recv())
            if isinstance(message, kind):
                return message


@asynccontextmanager
async def kiosk(rig: Rig, booth: Booth, session_id: str) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"{rig.url.replace('http', 'ws')}/api/v1/calls/{session_id}", additional_headers=booth.headers
    ) as found:
        yield found


@asynccontextmanager
async def family(
    rig: Rig, session_id: str, *, cookie: str | None = None, origin: str | None = None
) -> AsyncIterator[ClientConnection]:
    claimed = cookie or (await rig.join(session_id)).cookies["bilik_family"]
    async with connect(
        f"{rig.url.replace('http', 'ws')}/api/v1/calls/{session_id}",
        additional_headers={"Cookie": f"bilik_family={claimed}"},
        origin=origin or rig.url,  # type: ignore[arg-type]  # websockets asks for a NewType of str
    ) as found:
        yield found


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
