"""A central for tests: its parts on a database of its own, in process or behind a real port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

from central.app import create_app, running
from central.context import Central, Options
from central.credentials import Passwords, code_hashed, new_code
from central.planning import plan
from central.server import Server, listen
from central.store import commands, facilities, sessions, terminals, values
from central.store.engine import Database
from central.store.facilities import FacilitySettings, settings_from_words
from central.store.sessions import CallSession
from central.store.upgrade import upgrade
from central.turn import TurnServers
from protocol.call import FromEnd, ToEnd
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import CommandKind, Mode, SyncAnswer, TerminalStatus, VisitState
from tests.databases import lay_out

NOON_MS = 1_795_233_600_000
_to_end = msgspec.json.Decoder(ToEnd)


class MovedClock:
    """Central's clock as a test sets it; with `runs` it is the machine's."""

    def __init__(self, now_ms: int = NOON_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def move(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)


@dataclass
class Booth:
    """An enrolled terminal and the headers it sends."""

    id: str
    facility_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Rig:
    """Central's parts, a client for them, and short ways to what tests need."""

    central: Central
    client: httpx.AsyncClient
    url: str = "http://central.test"
    tokens: dict[str, str] = field(default_factory=dict)

    async def facility(self, name: str = "Rutan Satu", **words: str) -> str:
        async with self.central.database.write() as tx:
            settings = settings_from_words(words) if words else FacilitySettings()
            return await facilities.add(tx, name=name, settings=settings, now_ms=self.central.clock())

    async def code(self, facility_id: str, name: str = "Bilik 1", *, lasts_ms: int = 86_400_000) -> tuple[str, str]:
        code = new_code()
        async with self.central.database.write() as tx:
            now = self.central.clock()
            terminal_id = await terminals.add(tx, name=name, facility_id=facility_id, now_ms=now)
            await terminals.add_code(
                tx, terminal_id=terminal_id, code_hash=code_hashed(code), expires_at_ms=now + lasts_ms
            )
        return terminal_id, code

    async def enrol(self, code: str) -> httpx.Response:
        machine = {"hostname": "pc", "operating_system": "Debian", "machine_key": "k", "agent_version": "1"}
        return await self.client.post("/api/v1/enrolment", json={"protocol": 1, "code": code, "machine": machine})

    async def booth(self, name: str = "Bilik 1", *, facility_id: str | None = None, **words: str) -> Booth:
        place = facility_id or await self.facility(**words)
        terminal_id, code = await self.code(place, name)
        answer = (await self.enrol(code)).json()
        return Booth(terminal_id, place, answer["device_token"])

    async def session(self, booth: Booth, **words: str) -> CallSession:
        """A planned session; its link's token is kept in `tokens`."""
        row = {"terminal": booth.id, "number": "012", "start": "+30", "talk": "600", "inmate": "Budi", "family": "Siti"}
        now = self.central.clock()
        async with self.central.database.write() as tx:
            facility = await facilities.get(tx, booth.facility_id)
            assert facility is not None
            secret = await values.link_secret(tx)
            planned = plan(row | words, {booth.id: facility}, now_ms=now)
            session, token = await planned.session(Passwords(light=True), secret, now_ms=now)
            await sessions.add(tx, [session], now_ms=now)
        self.tokens[session.id] = token
        return session

    async def stored(self, session_id: str) -> CallSession:
        async with self.central.database.read() as db:
            found = await sessions.get(db, session_id)
        assert found is not None
        return found

    async def sync(self, booth: Booth, *, revision: int = 0, hold: bool = False, **status: Any) -> httpx.Response:
        body = {"protocol": 1, "boot_id": "boot", "revision": revision, "hold": hold, "status": beat(**status)}
        return await self.client.post("/api/v1/terminal/sync", json=body, headers=booth.headers)

    async def open(self, booth: Booth, session_id: str, **fields: Any) -> httpx.Response:
        body = {"protocol": 1, "boot_id": "boot"} | fields
        return await self.client.post(f"/api/v1/terminal/sessions/{session_id}/open", json=body, headers=booth.headers)

    async def events(self, booth: Booth, *events: Any, boot: str = "boot", first: int = 1) -> httpx.Response:
        rows = [
            {"seq": seq, "at_ms": self.central.clock(), "event": msgspec.to_builtins(event)}
            for seq, event in enumerate(events, first)
        ]
        body = {"protocol": 1, "boot_id": boot, "rows": rows}
        return await self.client.post("/api/v1/terminal/events", json=body, headers=booth.headers)

    async def issue(self, booth: Booth, kind: CommandKind, **fields: Any) -> str:
        """A command of an officer's; its id."""
        async with self.central.database.write() as tx:
            sent = await commands.issue(
                tx, kind, terminal_id=booth.id, issued_by="sari", now_ms=self.central.clock(), **fields
            )
        return sent.id

    async def became(self, command_id: str) -> str:
        """What became of it."""
        async with self.central.database.read() as db:
            found = await commands.get(db, command_id)
        assert found is not None
        return found.state

    async def join(self, session_id: str, *, claim: bool = True) -> httpx.Response:
        return await self.client.post("/api/v1/join", json={"token": self.tokens[session_id], "claim": claim})


def synced(response: httpx.Response) -> SyncAnswer:
    """What a heartbeat was answered."""
    assert response.status_code == 200, response.text
    return msgspec.json.decode(response.content, type=SyncAnswer)


def beat(**fields: Any) -> Any:
    """A heartbeat's status."""
    return msgspec.to_builtins(TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.NONE)) | fields


def record(session_id: str, **fields: Any) -> UsageRecord:
    """A usage record of a call that went well."""
    values_ = {
        "session_id": session_id,
        "end_reason": EndReason.COMPLETED,
        "fault_party": FaultParty.NONE,
        "planned_start_at_ms": NOON_MS,
        "check_in_at_ms": NOON_MS,
        "ended_at_ms": NOON_MS + 700_000,
        "talk_promised_s": 600,
        "talk_extended_s": 0,
        "talk_delivered_ms": 600_000,
        "interrupted_ms": 0,
        "interruptions": 0,
        "restarts": 0,
    }
    return UsageRecord(**(values_ | fields))


async def stored_session(database: Database, **fields: Any) -> CallSession:
    """A facility, a terminal and a session on it."""
    async with database.write() as tx:
        facility_id = await facilities.add(
            tx, name=f"Rutan {fields.get('id', '')}", settings=FacilitySettings(), now_ms=NOON_MS
        )
        terminal_id = await terminals.add(tx, name="Bilik 1", facility_id=facility_id, now_ms=NOON_MS)
        row: dict[str, Any] = {
            "id": "s-1",
            "facility_id": facility_id,
            "terminal_id": terminal_id,
            "number": "012",
            "start_at_ms": NOON_MS,
            "talk_s": 600,
            "inmate_name": "Budi",
            "family_name": "Siti",
            "created_at_ms": NOON_MS,
            "link_hash": f"hash of {fields.get('id', 's-1')}",
        }
        session = CallSession(**(row | fields))
        await sessions.add(tx, [session], now_ms=NOON_MS)
    return session


async def until(condition: Any, *, within_s: float = 5.0) -> Any:
    """Wait until the condition (a function, or a coroutine function) gives something true; returns it."""
    async with asyncio.timeout(within_s):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)


def heard(raw: str | bytes) -> ToEnd:
    """A message of a signalling socket."""
    return _to_end.decode(raw)


def said(message: FromEnd) -> str:
    """A message for a signalling socket."""
    return msgspec.json.encode(message).decode()


@asynccontextmanager
async def central_parts(
    url: str, *, clock: Any = None, turn: TurnServers | None = None, **options: str
) -> AsyncIterator[Central]:
    """Central's parts on an upgraded database."""
    await lay_out(url)
    database = Database(url)
    try:
        await upgrade(database)
        more = {} if clock is None else {"clock": clock}
        yield Central.build(database, Options(**options), turn=turn, **more)
    finally:
        await database.close()


@asynccontextmanager
async def in_process(tmp_path: Path, **parts: Any) -> AsyncIterator[Rig]:
    """Central without a socket."""
    async with central_parts(f"sqlite:///{tmp_path}/central.sqlite3", **parts) as central:
        app = create_app(central)
        transport = httpx.ASGITransport(app=app)
        async with running(app), httpx.AsyncClient(transport=transport, base_url="http://central.test") as client:
            yield Rig(central, client)


@asynccontextmanager
async def served(url: str, **parts: Any) -> AsyncIterator[Rig]:
    """Central behind a real port, ended in the orderly way."""
    async with central_parts(url, **parts) as central:
        ready = asyncio.Event()

        async def listening() -> None:
            ready.set()

        with listen("127.0.0.1", 0) as sock:
            server = Server(create_app(central), listening=listening)
            task = asyncio.create_task(server.serve(sockets=[sock]))
            await ready.wait()
            base = f"http://127.0.0.1:{sock.getsockname()[1]}"
            try:
                async with httpx.AsyncClient(base_url=base, timeout=40) as client:
                    yield Rig(central, client, base)
            finally:
                server.should_exit = True
                await task
