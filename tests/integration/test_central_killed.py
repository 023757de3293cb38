"""Central killed at every point of a delivery: what was acknowledged is there, what was not is there wholly or not at all."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from central.store import events, status, tables
from protocol.terminal import FaultChanged, UsageWritten, VisitMoved, VisitState
from tests.central_rig import Booth, Rig, beat, in_process, record, until
from tests.fused_central import POINTS
from tests.length import IS_LONG
from tests.stage.network import free_tcp_port
from tests.stage.processes import Running

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.shortened]
NEVER = ("nothing", "never")
BEATS = 4


@asynccontextmanager
async def running_central(tmp_path: Path, table: str, point: str) -> AsyncIterator[tuple[Running, str]]:
    """A process on the database of the rigs of this test, with its fuse."""
    port = free_tcp_port()
    database = f"sqlite:///{tmp_path}/central.sqlite3"
    command = [sys.executable, "-m", "tests.fused_central", table, point, "--database", database]
    process = Running("central", [*command, "serve", "--host", "127.0.0.1", "--port", str(port)], logs=tmp_path)
    try:
        await asyncio.to_thread(process.wait_for_line, '"listening"')
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.alive:
            process.kill()


def batch(session_id: str, *numbers: int) -> dict[str, Any]:
    """A visit in three rows, or some of them."""
    said = {
        1: VisitMoved(session_id=session_id, state=VisitState.TALKING),
        2: UsageWritten(usage=record(session_id)),
        3: FaultChanged(code="KAM-1", raised=True),
    }
    rows = [{"seq": seq, "at_ms": None, "event": msgspec.to_builtins(said[seq])} for seq in numbers or said]
    return {"protocol": 1, "boot_id": "boot", "rows": rows}


async def stored(rig: Rig) -> list[int]:
    async with rig.central.database.read() as db:
        rows = [row.seq for row in await db.all(tables.events.select().order_by(tables.events.c.seq))]
        assert len(await events.usage_records(db)) == (1 if rows else 0)
    return rows


async def send(url: str, booth: Booth, body: dict[str, Any]) -> int | None:
    """What was acknowledged; None if nobody answered."""
    async with httpx.AsyncClient(base_url=url) as client:
        try:
            answer = await client.post("/api/v1/terminal/events", json=body, headers=booth.headers)
        except httpx.HTTPError:
            return None
    return int(answer.json()["acknowledged_through"])


async def prepared(tmp_path: Path) -> tuple[Booth, str]:
    async with in_process(tmp_path) as rig:
        booth = await rig.booth()
        session = await rig.session(booth)
        assert (await rig.open(booth, session.id)).status_code == 200
    return booth, session.id


@pytest.mark.parametrize("point", POINTS if IS_LONG else POINTS[1:])
async def test_a_delivery_is_stored_wholly_or_not_at_all_and_counts_once_when_it_is_sent_again(
    tmp_path: Path, point: str
) -> None:
    booth, session_id = await prepared(tmp_path)
    async with running_central(tmp_path, "events", point) as (process, url):
        assert await send(url, booth, batch(session_id)) is None
        await until(lambda: not process.alive)
    async with in_process(tmp_path) as rig:
        assert await stored(rig) == ([1, 2, 3] if point == "committed" else [])
        for again in (batch(session_id, 2), batch(session_id, 1, 2, 3), batch(session_id, 1), batch(session_id, 3)):
            answer = await rig.client.post("/api/v1/terminal/events", json=again, headers=booth.headers)
            assert answer.json() == {"acknowledged_through": again["rows"][-1]["seq"], "set_aside": []}
        assert await stored(rig) == [1, 2, 3]
        assert (await rig.stored(session_id)).why == "completed"


async def test_what_was_acknowledged_outlives_a_kill_in_the_same_breath(tmp_path: Path) -> None:
    booth, session_id = await prepared(tmp_path)
    async with running_central(tmp_path, *NEVER) as (process, url):
        assert await send(url, booth, batch(session_id)) == 3
        process.kill()
    async with in_process(tmp_path) as rig:
        assert await stored(rig) == [1, 2, 3]


@pytest.mark.parametrize("point", [*POINTS, "never"] if IS_LONG else ["done"])
async def test_at_most_the_last_heartbeat_is_lost(tmp_path: Path, point: str) -> None:
    booth, _session_id = await prepared(tmp_path)
    async with in_process(tmp_path) as rig:
        for volume in range(BEATS):
            assert (await rig.sync(booth, volume_percent=volume)).status_code == 200

        async def are_written() -> bool:
            async with rig.central.database.read() as db:
                found = (await status.latest(db)).get(booth.id)
            return found is not None and found.count == BEATS

        await until(are_written)
    async with running_central(tmp_path, "terminal_status", point) as (process, url):
        async with httpx.AsyncClient(base_url=url) as client:
            body = {
                "protocol": 1,
                "boot_id": "boot",
                "revision": 0,
                "hold": False,
                "status": beat(volume_percent=BEATS),
            }
            answer = await client.post("/api/v1/terminal/sync", json=body, headers=booth.headers)
            assert answer.status_code == 200
        if point == "never":
            process.kill()
        else:
            await until(lambda: not process.alive)
    async with in_process(tmp_path) as rig, rig.central.database.read() as db:
        last = (await status.latest(db))[booth.id]
    assert last.count >= BEATS
    assert last.status.volume_percent == last.count - 1
