"""What officers decide from the board: who is turned away, who may take a link over, which of two PCs is real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect

from central.clones import Boot
from central.credentials import Passwords
from central.store import boots, staff, status
from central.store.staff import Role
from central.store.tables import audit
from protocol.call import Bye, FamilyReady
from protocol.join import JoinState
from tests.central_rig import Booth, Rig, heard, said, served, until

pytestmark = pytest.mark.anyio
PASSWORD = "lima-belas-langkah"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3") as found:
        yield found


class Officer:
    """A login of the staff, and the form of an act."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client = client
        self.csrf = csrf

    async def does(self, act: str, **form: str) -> tuple[int, str]:
        answer = await self.client.post(
            f"/board/acts/{act}", data=form, headers={"x-csrf-token": self.csrf, "accept": "application/json"}
        )
        return answer.status_code, str(answer.json()["text"])

    async def sees(self, language: str = "en") -> str:
        return (await self.client.get(f"/board?lang={language}", headers={"accept": "text/html"})).text


@asynccontextmanager
async def officer(rig: Rig, *, name: str = "sari", role: Role = Role.OFFICER, facility_id: str | None = None) -> Any:
    async with rig.central.database.write() as tx:
        hashed_ = await Passwords(light=True).hash(PASSWORD)
        now = rig.central.clock()
        await staff.add_user(tx, name=name, role=role, facility_id=facility_id, password_hash=hashed_, now_ms=now)
    async with httpx.AsyncClient(base_url=rig.url) as client:
        await client.post("/login", data={"name": name, "password": PASSWORD}, headers={"accept": "text/html"})
        page = (await client.get("/board?lang=en", headers={"accept": "text/html"})).text
        yield Officer(client, page.split('name="csrf" value="')[1].split('"')[0])


class Phone:
    """One browser of a family: its own cookie."""

    def __init__(self, rig: Rig, session_id: str) -> None:
        self.rig = rig
        self.session_id = session_id
        self.cookie = ""

    async def asks(self, *, claim: bool = True) -> JoinState:
        body = {"token": self.rig.tokens[self.session_id], "claim": claim}
        self.rig.client.cookies.clear()
        headers = {"cookie": f"bilik_family={self.cookie}"} if self.cookie else {}
        answer = await self.rig.client.post("/api/v1/join", json=body, headers=headers)
        self.cookie = answer.cookies.get("bilik_family") or self.cookie
        self.rig.client.cookies.clear()
        return JoinState(answer.json()["state"])

    @asynccontextmanager
    async def waiting_room(self) -> AsyncIterator[ClientConnection]:
        async with connect(
            f"{self.rig.url.replace('http', 'ws')}/api/v1/calls/{self.session_id}",
            additional_headers={"Cookie": f"bilik_family={self.cookie}"},
            origin=self.rig.url,  # type: ignore[arg-type]  # websockets asks for a NewType of str
        ) as socket:
            await socket.send(said(FamilyReady(camera=True, microphone=True)))
            await until(lambda: self.rig.central.rooms.view(self.session_id).family_ready)
            yield socket


async def bye_of(socket: ClientConnection) -> str:
    async with asyncio.timeout(5):
        while True:
            message = heard(await socket.recv())
            if isinstance(message, Bye):
                return message.why


async def audited(rig: Rig) -> list[tuple[str, str, str]]:
    async with rig.central.database.read() as db:
        rows = await db.all(select(audit).order_by(audit.c.id))
    return [(row.user, row.act, row.subject) for row in rows if row.act not in ("login", "logout")]


async def waiting(rig: Rig) -> tuple[Booth, str, Phone]:
    booth = await rig.booth()
    session = await rig.session(booth)
    phone = Phone(rig, session.id)
    assert await phone.asks() is JoinState.OPEN
    return booth, session.id, phone


async def test_who_is_turned_away_hears_it_and_cannot_come_back_but_the_right_family_can(rig: Rig) -> None:
    _booth, session_id, wrong = await waiting(rig)
    async with officer(rig) as sari, wrong.waiting_room() as socket:
        board = await sari.sees()
        assert "Turn away" in board
        assert "Tolak" in await sari.sees("id")
        assert await sari.does("refuse", session=session_id) == (200, "Keluarga ditolak.")
        assert await bye_of(socket) == "refused"
        assert (await sari.does("refuse", session=session_id))[0] == 409
    assert await wrong.asks() is JoinState.REFUSED
    assert await wrong.asks(claim=False) is JoinState.REFUSED
    right = Phone(rig, session_id)
    assert await right.asks() is JoinState.OPEN
    stored = await rig.stored(session_id)
    assert (stored.state, stored.admitted_at_ms) == ("planned", None)
    assert await audited(rig) == [("sari", "refuse", session_id)]


async def test_who_was_let_in_is_not_turned_away_but_ended(rig: Rig) -> None:
    _booth, session_id, phone = await waiting(rig)
    async with officer(rig) as sari, phone.waiting_room() as _socket:
        assert (await sari.does("admit", session=session_id))[0] == 200
        assert (await sari.does("refuse", session=session_id))[0] == 409
    assert (await rig.stored(session_id)).claim_hash is not None


async def test_an_officer_gives_the_link_to_another_device_at_once_which_is_admitted_anew(rig: Rig) -> None:
    _booth, session_id, old = await waiting(rig)
    new = Phone(rig, session_id)
    async with officer(rig) as sari, old.waiting_room() as socket:
        await sari.does("admit", session=session_id)
        assert await new.asks() is JoinState.IN_USE
        assert "Change device" in await sari.sees()
        assert (await sari.does("release", session=session_id))[0] == 200
        assert await bye_of(socket) == "taken_over"
        assert await new.asks() is JoinState.OPEN
    assert await old.asks() is JoinState.IN_USE
    assert (await rig.stored(session_id)).admitted_at_ms is None
    async with new.waiting_room():
        pass
    assert [act for _user, act, _subject in await audited(rig)] == ["admit", "release"]


async def test_who_was_turned_away_by_mistake_may_come_back_when_the_officer_says_so(rig: Rig) -> None:
    _booth, session_id, phone = await waiting(rig)
    async with officer(rig) as sari:
        await sari.does("refuse", session=session_id)
        assert await phone.asks() is JoinState.REFUSED
        await sari.does("release", session=session_id)
    assert await phone.asks() is JoinState.OPEN


async def test_an_officer_chooses_one_of_two_computers(rig: Rig) -> None:
    booth = await rig.booth()
    now = rig.central.clock()
    both = [
        Boot(boot_id=name, began_at_ms=now - age_s * 1000, first_at_ms=now) for name, age_s in (("a", 900), ("b", 60))
    ]
    await rig.sync(booth)
    await until(lambda: _has_beat(rig, booth))
    async with rig.central.database.write() as tx:
        await boots.mark_cloned(tx, booth.id, both, now_ms=now)
    async with officer(rig) as sari:
        board = await sari.sees()
        assert "Two computers use the same enrolment." in board
        assert board.count("The one switched on") == len(both)
        assert (await sari.does("approve", terminal=booth.id, boot="c"))[0] == 409
        assert (await sari.does("approve", terminal=booth.id, boot="b"))[0] == 200
        assert (await sari.does("approve", terminal=booth.id, boot="b"))[0] == 409
        assert "Two computers" not in await sari.sees()
    async with rig.central.database.read() as db:
        refused = {each.boot_id for each in await boots.of_terminal(db, booth.id) if each.refused_at_ms is not None}
    assert refused == {"a"}
    assert await audited(rig) == [("sari", "approve", booth.id)]


async def _has_beat(rig: Rig, booth: Booth) -> bool:
    async with rig.central.database.read() as db:
        return booth.id in await status.latest(db)


async def test_reports_that_could_not_count_alarm_until_somebody_has_looked(rig: Rig) -> None:
    booth = await rig.booth()
    await rig.sync(booth)
    await until(lambda: _has_beat(rig, booth))
    body = {"protocol": 1, "boot_id": "b", "rows": [{"seq": 1, "at_ms": None, "event": {"type": "hologram"}}]}
    await rig.client.post("/api/v1/terminal/events", content=msgspec.json.encode(body), headers=booth.headers)
    async with officer(rig) as sari:
        assert "could not read a report" in await sari.sees()


@pytest.mark.parametrize("act", ["refuse", "release", "approve"])
async def test_viewers_and_officers_of_another_facility_decide_nothing(rig: Rig, act: str) -> None:
    booth, session_id, phone = await waiting(rig)
    elsewhere = await rig.facility("Rutan Dua")
    async with officer(rig, name="lihat", role=Role.VIEWER) as viewer:
        assert (await viewer.does(act, session=session_id, terminal=booth.id))[0] == 403
    async with officer(rig, name="jauh", facility_id=elsewhere) as other:
        assert (await other.does(act, session=session_id, terminal=booth.id))[0] == 409
    assert await phone.asks() is JoinState.OPEN
    assert await audited(rig) == []
