"""The waiting block's screen: opened by its code, numbers and no names, live, and dark when revoked."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from central.days.waiting_block import CALLED_MS, shown
from central.store import sessions
from tests.central_rig import NOON_MS, Booth, MovedClock, Rig, served
from tests.day_rig import act, field, log_in, place

pytestmark = pytest.mark.anyio


async def code_of(rig: Rig, csrf: str) -> str:
    answer = await rig.client.post("/displays/acts/add?lang=en", data={"csrf": csrf, "name": "Blok A"})
    assert "Screen Blok A is ready" in answer.text
    return answer.text.partition('Code of the screen: <b class="num">')[2].partition("</b>")[0]


async def test_a_screen_needs_its_code_shows_no_name_and_is_dark_when_revoked(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    nonce = field((await rig.client.get("/queue")).text, "nonce")
    await act(rig, "walk_in", csrf, name="Wati Lestari", inmate="Joko Widodo", nonce=nonce)
    assert (await rig.client.post("/display?lang=en", data={"code": "AAAA-BBBB-CCCC"})).status_code == 404
    code = await code_of(rig, csrf)
    assert (await rig.client.post("/display", data={"code": code.lower()})).status_code == 303
    page = (await rig.client.get("/display?lang=en")).text
    assert "No number is called yet" in page
    assert ">001<" in page
    await act(rig, "call_next", csrf, terminal=booth.id)
    page = (await rig.client.get("/display?lang=en")).text
    assert "Bilik 1" in page
    for name in ("Wati", "Lestari", "Joko", "Widodo"):
        assert name not in page
    listed = (await rig.client.get("/displays")).text
    await rig.client.post("/displays/acts/revoke", data={"csrf": csrf, "display": field(listed, "display")})
    assert "Code of the screen" in (await rig.client.get("/display?lang=en")).text
    assert (await rig.client.get("/display/events")).status_code == 404


async def test_a_screen_needs_a_name_and_an_officer(rig: Rig) -> None:
    await place(rig)
    csrf = await log_in(rig)
    assert (await rig.client.post("/displays/acts/add", data={"csrf": csrf, "name": " "})).status_code == 409
    for act_, found in (("revoke", "unknown"), ("paint", "")):
        answer = await rig.client.post(f"/displays/acts/{act_}", data={"csrf": csrf, "display": found})
        assert answer.status_code == 404
    await rig.client.post("/logout", data={"csrf": csrf})
    assert (await rig.client.get("/displays")).headers["location"] == "/login"


async def test_a_call_is_on_the_screen_within_a_second_and_a_revoked_screen_is_told(tmp_path: Path) -> None:
    async with served(f"sqlite:///{tmp_path}/central.sqlite3", clock=MovedClock()) as rig:
        rig.client.headers["accept"] = "text/html"
        booth, _ = await place(rig)
        csrf = await log_in(rig)
        nonce = field((await rig.client.get("/queue")).text, "nonce")
        await act(rig, "walk_in", csrf, name="Wati", inmate="Joko", nonce=nonce)
        code = await code_of(rig, csrf)
        await rig.client.post("/display", data={"code": code})
        async with rig.client.stream("GET", "/display/events") as stream:
            lines = stream.aiter_lines()
            assert (await told(lines))["calls"] == []
            await act(rig, "call_next", csrf, terminal=booth.id)
            async with asyncio.timeout(1.0):
                calls = (await told(lines))["calls"]
            assert [(each["number"], each["booth"]) for each in calls] == [("001", "Bilik 1")]


async def told(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line.startswith("data: {") and "now_ms" in line:
            return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_what_is_called_leaves_when_the_talk_begins_or_nobody_comes(rig: Rig) -> None:
    booth: Booth = (await place(rig, count=1))[0]
    names = {booth.id: "Bilik 1"}
    first, second = await rig.session(booth, number="001"), await rig.session(booth, number="002", start="+900")
    async with rig.central.database.write() as tx:
        waits = await sessions.changed(tx, first.id, visit_state="check_in")
        talks = await sessions.changed(tx, second.id, visit_state="talking", state="open", called_at_ms=NOON_MS)
    assert waits is not None
    assert talks is not None
    found = shown([waits, talks], names, now_ms=NOON_MS)
    assert [each.number for each in found.calls] == ["001"]
    async with rig.central.database.write() as tx:
        called = await sessions.changed(tx, second.id, visit_state="none", state="planned", called_at_ms=NOON_MS)
        over = await sessions.changed(tx, first.id, state="ended")
    assert called is not None
    assert over is not None
    assert [each.number for each in shown([over, called], names, now_ms=NOON_MS).calls] == ["002"]
    late = shown([over, called], names, now_ms=NOON_MS + CALLED_MS)
    assert ([each.number for each in late.calls], [each.number for each in late.next]) == ([], ["002"])
