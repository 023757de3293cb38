"""An officer hears a call, through a real server: whose right it is, what the booth is asked, and what is noted of it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from central.calls import listening
from central.credentials import hashed
from central.store import facilities, listens, staff
from central.store.facilities import settings_from_words
from central.store.staff import Role
from central.store.tables import audit
from protocol.call import Answer, Bye, IceGiven, IceWanted, Listened, Offer, Welcome
from protocol.terminal import CommandAnswered, CommandOutcome, UsageWritten
from tests.central_rig import Booth, Rig, record, said, served, synced, until
from tests.signalling_ends import family, kiosk, next_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as found:
        yield found


async def logged_in(rig: Rig, name: str = "siti", role: Role = Role.OFFICER, facility: str | None = None) -> str:
    """The cookie of somebody who has just logged in."""
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        user = await staff.add_user(tx, name=name, role=role, facility_id=facility, password_hash="", now_ms=now)
        cookie = f"cookie-of-{name}"
        await staff.add_session(
            tx, id_hash=hashed(cookie), user_id=user, csrf="c", now_ms=now, expires_at_ms=now + 3_600_000
        )
    return cookie


@asynccontextmanager
async def ear(rig: Rig, session_id: str, cookie: str, *, origin: str | None = None) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"{rig.url.replace('http', 'ws')}/api/v1/calls/{session_id}?listen=1",
        additional_headers={"Cookie": f"bilik_staff={cookie}"},
        origin=origin or rig.url,  # type: ignore[arg-type]  # websockets asks for a NewType of str
    ) as found:
        yield found


class Call:
    """A call that is open, its booth's end and its family's in the room."""

    def __init__(self, rig: Rig, booth: Booth, session_id: str, kiosk_end: ClientConnection) -> None:
        self.rig, self.booth, self.id, self.kiosk = rig, booth, session_id, kiosk_end
        self.seq = 0

    async def asked(self, level: int) -> Any:
        """The command to listen, or to listen no more."""

        async def found() -> Any:
            commands = synced(await self.rig.sync(self.booth)).commands
            return next((one for one in commands if one.kind == "listen" and one.level == level), None)

        return await until(found)

    async def answer(self, command: Any, outcome: CommandOutcome = CommandOutcome.DONE) -> None:
        self.seq += 1
        event = CommandAnswered(command_id=command.id, outcome=outcome, why=None)
        assert (await self.rig.events(self.booth, event, first=self.seq)).status_code == 200

    async def agree(self) -> None:
        await self.answer(await self.asked(1))

    async def notes(self, act: str, user: str = "siti") -> list[dict[str, Any]]:
        async with self.rig.central.database.read() as db:
            rows = await db.all(select(audit).where(audit.c.act == act, audit.c.subject == self.id))
        assert {row.user for row in rows} <= {user}
        return [json.loads(row.detail) for row in rows]


@pytest.fixture
async def call(rig: Rig) -> AsyncIterator[Call]:
    booth = await rig.booth()
    session = await rig.session(booth)
    assert (await rig.open(booth, session.id)).status_code == 200
    async with AsyncExitStack() as ends:
        kiosk_end = await ends.enter_async_context(kiosk(rig, booth, session.id))
        await ends.enter_async_context(family(rig, session.id))
        yield Call(rig, booth, session.id, kiosk_end)


async def test_the_booth_is_asked_first_and_then_its_page_offers_to_the_officer_alone(rig: Rig, call: Call) -> None:
    async with ear(rig, call.id, await logged_in(rig)) as officer:
        asked = await call.asked(1)
        assert (asked.session_id, asked.issued_by, asked.level) == (call.id, "siti", 1)
        await call.answer(asked)
        welcome = await next_of(officer, Welcome)
        assert (welcome.role, welcome.peer_present) == ("listener", True)
        told = await next_of(call.kiosk, Listened)
        offer = Offer(call_id=f"{told.listen_id}-1", sdp="x")
        await call.kiosk.send(said(offer))
        assert await next_of(officer, Offer) == offer
        await officer.send(said(Answer(call_id=offer.call_id, sdp="y")))
        assert (await next_of(call.kiosk, Answer)).sdp == "y"
        await officer.send(said(IceWanted()))
        assert isinstance(await next_of(officer, IceGiven), IceGiven)
    assert (await next_of(call.kiosk, Listened)).listen_id is None
    await call.asked(0)


async def test_the_audit_says_who_when_and_how_long(rig: Rig, call: Call) -> None:
    async with ear(rig, call.id, await logged_in(rig)) as officer:
        await call.agree()
        await next_of(officer, Welcome)
        (begun,) = await call.notes("listen")
        async with rig.central.database.read() as db:
            (row,) = await listens.open_at(db, call.booth.facility_id)
        assert (row.id, row.user, row.heard_at_ms is not None) == (begun["listen"], "siti", True)
    (over,) = await until(lambda: call.notes("listen_end"))
    assert (over["listen"], over["why"]) == (begun["listen"], "left")
    assert over["heard_s"] >= 0


async def test_a_booth_that_refuses_is_not_heard(rig: Rig, call: Call) -> None:
    async with ear(rig, call.id, await logged_in(rig)) as officer:
        await call.answer(await call.asked(1), CommandOutcome.REFUSED)
        assert (await next_of(officer, Bye)).why == "refused"
    (over,) = await until(lambda: call.notes("listen_end"))
    assert (over["why"], over["heard_s"]) == ("refused", 0)


async def test_the_end_of_the_call_is_the_end_of_listening(rig: Rig, call: Call) -> None:
    async with ear(rig, call.id, await logged_in(rig)) as officer:
        await call.agree()
        await next_of(officer, Welcome)
        await rig.events(call.booth, UsageWritten(usage=record(call.id)), first=9)
        assert (await next_of(officer, Bye)).why == "ended"
    (over,) = await until(lambda: call.notes("listen_end"))
    assert over["why"] == "ended"
    assert not [one for one in synced(await rig.sync(call.booth)).commands if one.level == 0], "nothing is left to end"


async def test_one_officer_at_a_time_hears_a_call(rig: Rig, call: Call) -> None:
    async with ear(rig, call.id, await logged_in(rig)) as officer:
        await call.agree()
        await next_of(officer, Welcome)
        async with ear(rig, call.id, await logged_in(rig, "wati")) as second:
            assert (await next_of(second, Bye)).why == "busy"
        await officer.send(said(IceWanted()))
        await next_of(officer, IceGiven)


async def test_an_officers_own_second_page_takes_the_first_ones_place(rig: Rig, call: Call) -> None:
    cookie = await logged_in(rig)
    async with ear(rig, call.id, cookie) as first:
        await call.agree()
        await next_of(first, Welcome)
        async with ear(rig, call.id, cookie) as second:
            await call.agree()
            await next_of(second, Welcome)
            assert (await next_of(first, Bye)).why == "taken_over"
    whys = sorted([one["why"] for one in await until(lambda: two(call))])
    assert whys == ["left", "taken_over"]


async def two(call: Call) -> list[dict[str, Any]]:
    found = await call.notes("listen_end")
    return found if len(found) == 2 else []


@pytest.mark.parametrize(
    ("role", "right", "may"),
    [
        (Role.VIEWER, "officer", False),
        (Role.OFFICER, "officer", True),
        (Role.OFFICER, "supervisor", False),
        (Role.SUPERVISOR, "supervisor", True),
        (Role.ADMIN, "nobody", False),
    ],
)
async def test_the_facility_says_whose_right_it_is(rig: Rig, call: Call, role: Role, right: str, may: bool) -> None:
    async with rig.central.database.write() as tx:
        await facilities.change_settings(tx, call.booth.facility_id, settings_from_words({"listen": right}))
    cookie = await logged_in(rig, role=role)
    if may:
        async with ear(rig, call.id, cookie):
            await call.asked(1)
    else:
        with pytest.raises(InvalidStatus):
            await ear(rig, call.id, cookie).__aenter__()
        assert await call.notes("listen") == []


async def test_nobody_hears_the_calls_of_another_facility_or_from_another_page(rig: Rig, call: Call) -> None:
    elsewhere = await logged_in(rig, "wati", facility=await rig.facility("Rutan Dua"))
    with pytest.raises(InvalidStatus):
        await ear(rig, call.id, elsewhere).__aenter__()
    with pytest.raises(InvalidStatus):
        await ear(rig, call.id, await logged_in(rig), origin="https://evil.example").__aenter__()
    with pytest.raises(InvalidStatus):
        await ear(rig, call.id, "no cookie of ours").__aenter__()


async def test_a_login_that_is_ended_hears_no_more(rig: Rig, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "SEEN_S", 0.05)
    cookie = await logged_in(rig)
    async with ear(rig, call.id, cookie) as officer:
        await call.agree()
        await next_of(officer, Welcome)
        async with rig.central.database.write() as tx:
            await staff.end_session(tx, hashed(cookie))
        assert (await next_of(officer, Bye)).why == "logged_out"


async def test_a_listener_may_say_nothing_but_its_own_part(rig: Rig, call: Call) -> None:
    async with ear(rig, call.id, await logged_in(rig)) as officer:
        await call.agree()
        await next_of(officer, Welcome)
        await officer.send(said(Offer(call_id="listen-x-1", sdp="x")))
        with pytest.raises(ConnectionClosed):
            await next_of(officer, Bye)
    (over,) = await until(lambda: call.notes("listen_end"))
    assert over["why"] == "left"


async def test_listening_that_central_died_with_is_ended_by_the_next(rig: Rig, call: Call) -> None:
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        found, _over = await listens.begin(tx, call.id, user="siti", now_ms=now - listens.LOST_MS)
    async with rig.central.database.read() as db:
        assert [each.id for each in await listens.lost(db, now_ms=now)] == [found.id]
    await listening.finish(rig.central, found.id, "lost")
    await call.asked(0)
    (over,) = await call.notes("listen_end")
    assert over["why"] == "lost"
