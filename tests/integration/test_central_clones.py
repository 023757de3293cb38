"""Two PCs with one enrolment: found by their heartbeats, kept from opening anything, decided by an officer."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from central.store import boots
from protocol.terminal import UsageWritten
from tests.central_rig import Booth, MovedClock, Rig, beat, in_process, record, until

pytestmark = pytest.mark.anyio
REFUSED = 401


class Pc:
    """A PC that was switched on at a moment of central's clock and says its age with every heartbeat."""

    def __init__(self, rig: Rig, booth: Booth, boot_id: str, clock: MovedClock, *, age_s: int = 40) -> None:
        self.rig = rig
        self.booth = booth
        self.boot_id = boot_id
        self.clock = clock
        self.on_at_ms = clock.now_ms - age_s * 1000

    def heartbeat(self, *, hold: bool = False, revision: int = 0) -> dict[str, Any]:
        status = beat(uptime_s=(self.clock.now_ms - self.on_at_ms) // 1000)
        return {"protocol": 1, "boot_id": self.boot_id, "revision": revision, "hold": hold, "status": status}

    async def says(self, body: dict[str, Any]) -> httpx.Response:
        return await self.rig.client.post("/api/v1/terminal/sync", json=body, headers=self.booth.headers)

    async def sync(self) -> httpx.Response:
        return await self.says(self.heartbeat())

    async def faults(self) -> list[str]:
        return list((await self.sync()).json()["faults"])

    async def open(self, session_id: str, **fields: Any) -> httpx.Response:
        return await self.rig.open(self.booth, session_id, boot_id=self.boot_id, **fields)


async def two(rig: Rig, clock: MovedClock) -> tuple[Booth, Pc, Pc]:
    """A PC that is known, and one with a copy of its disk."""
    booth = await rig.booth()
    first = Pc(rig, booth, "boot-a", clock)
    await first.sync()
    clock.move(60)
    second = Pc(rig, booth, "boot-b", clock)
    assert await second.faults() == []
    clock.move(5)
    return booth, first, second


async def approve(rig: Rig, booth: Booth, boot_id: str | None) -> None:
    async with rig.central.database.write() as tx:
        await boots.approve(tx, booth.id, boot_id, now_ms=rig.central.clock())


async def test_two_pcs_that_take_turns_are_told_and_neither_opens_anything(rig: Rig, clock: MovedClock) -> None:
    booth, first, second = await two(rig, clock)
    session = await rig.session(booth)
    assert await first.faults() == ["KLN-1"]
    assert await second.faults() == ["KLN-1"]
    for pc in (first, second):
        refused = await pc.open(session.id)
        assert (refused.status_code, refused.json()["code"]) == (409, "cloned")
    assert (await rig.stored(session.id)).state == "planned"


async def test_a_held_request_hears_of_the_clone_at_once(rig: Rig, clock: MovedClock) -> None:
    _booth, first, second = await two(rig, clock)
    revision = (await second.sync()).json()["revision"]
    held = asyncio.create_task(second.says(second.heartbeat(hold=True, revision=revision)))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{first.booth.id}"))
    await first.sync()
    assert (await held).json()["faults"] == ["KLN-1"]


async def test_a_reboot_loop_is_no_clone_even_if_old_requests_are_answered_late(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    late: list[tuple[Pc, dict[str, Any]]] = []
    for number in range(12):
        pc = Pc(rig, booth, f"boot-{number}", clock)
        for _ in range(3):
            assert await pc.faults() == []
            clock.move(4)
        late.append((pc, pc.heartbeat()))
        clock.move(50)
        for old, body in late[-6:]:
            assert (await old.says(body)).json()["faults"] == [], f"{old.boot_id} after {number}"


async def test_a_request_held_since_before_the_reboot_is_no_clone(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    before = Pc(rig, booth, "boot-a", clock)
    revision = (await before.sync()).json()["revision"]
    held = asyncio.create_task(before.says(before.heartbeat(hold=True, revision=revision)))
    await until(lambda: rig.central.bus.is_waited_for(f"terminal:{booth.id}"))
    clock.move(60)
    after = Pc(rig, booth, "boot-b", clock)
    await rig.session(booth)
    assert await after.faults() == []
    assert (await held).json()["faults"] == []
    assert await after.faults() == []


async def test_a_call_that_runs_goes_on_and_its_record_counts(rig: Rig, clock: MovedClock) -> None:
    booth, first, second = await two(rig, clock)
    session = await rig.session(booth)
    assert (await first.open(session.id)).status_code == 200
    assert await first.faults() == ["KLN-1"]
    assert (await first.open(session.id, again=True)).status_code == 200
    assert (await second.open(session.id, again=True)).json()["code"] == "cloned"
    await approve(rig, booth, "boot-b")
    assert (await first.sync()).status_code == REFUSED
    answer = await rig.events(booth, UsageWritten(usage=record(session.id)), boot="boot-a")
    assert answer.json()["acknowledged_through"] == 1
    assert (await rig.stored(session.id)).why == "completed"


@pytest.mark.parametrize("chosen", ["boot-a", "boot-b"])
async def test_the_chosen_pc_goes_on_and_the_other_has_to_be_enrolled(rig: Rig, clock: MovedClock, chosen: str) -> None:
    booth, first, second = await two(rig, clock)
    session = await rig.session(booth)
    await first.sync()
    await approve(rig, booth, chosen)
    goes_on, refused = (first, second) if chosen == "boot-a" else (second, first)
    for _ in range(3):
        clock.move(5)
        answer = await refused.sync()
        assert (answer.status_code, answer.json()["code"]) == (REFUSED, "refused_clone")
        assert await goes_on.faults() == []
    assert (await refused.open(session.id)).status_code == REFUSED
    assert (await goes_on.open(session.id)).status_code == 200


async def test_the_refused_pc_tries_no_line(rig: Rig, clock: MovedClock) -> None:
    booth, first, _second = await two(rig, clock)
    await first.sync()
    await approve(rig, booth, "boot-a")
    for boot, status in (("boot-a", 200), ("boot-b", REFUSED)):
        line = "/api/v1/terminal/line"
        me = {"headers": booth.headers, "params": {"boot_id": boot}}
        assert (await rig.client.post(line, content=b"x", **me)).status_code == status
        assert (await rig.client.get(f"{line}/bytes", **me)).status_code == status


async def test_the_refused_pc_is_found_again_when_it_comes_back_under_a_new_boot(rig: Rig, clock: MovedClock) -> None:
    booth, first, _second = await two(rig, clock)
    await first.sync()
    await approve(rig, booth, None)
    assert await first.faults() == []
    clock.move(60)
    third = Pc(rig, booth, "boot-c", clock)
    assert await third.faults() == []
    clock.move(5)
    assert await first.faults() == ["KLN-1"]


async def test_what_was_heard_before_central_was_killed_still_tells_a_clone(tmp_path: Path, clock: MovedClock) -> None:
    async with in_process(tmp_path, clock=clock) as rig:
        _booth, first, _second = await two(rig, clock)
    async with in_process(tmp_path, clock=clock) as after:
        first.rig = after
        assert await first.faults() == ["KLN-1"]
