"""What a running agent tells the doctor at its PC: the findings of a diagnosis, and the line only between calls."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.ports import Rejected
from agent.supervisor import central_line
from agent.supervisor.doctor_answer import DoctorAnswer, encode, read
from protocol.diagnosis import Found
from protocol.shell import KeysFact, ShellHello
from protocol.terminal import VisitState
from tests.agent_rig import Rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path)
    await rig.start()
    await rig.show_window()
    rig.shell.say(ShellHello(version="1.2.3", pid=2, screen="1366x768"))
    rig.shell.say(KeysFact(held=250, missing=()))
    await rig.clock.advance(8)
    yield rig
    await rig.close()


async def examined(rig: Rig) -> dict[str, Found]:
    return {one.finding: one for one in read(await rig.supervisor._technician.examine())}


async def test_everything_is_looked_at_and_the_line_is_measured(rig: Rig) -> None:
    rig.central.relays = ("turn:a:1", "turn:b:2")
    rig.network.there |= {"turn:a:1", "turn:b:2"}
    found = await examined(rig)
    assert found["bandwidth.enough"].gaps == {"down": 9000, "up": 4000}
    assert found["relay.answers"].gaps == {"of": 2}, "no call was needed to know them"
    assert {"agent.runs", "central.reached", "lockdown.held", "keys.held", "camera.works"} <= set(found)


async def test_a_central_that_cannot_measure_leaves_that_line_unknown(rig: Rig) -> None:
    rig.central.line_error = Rejected("not known there", code="http_404")
    found = await examined(rig)
    assert {"bandwidth.unknown", "relay.untried", "central.reached"} <= set(found)


async def test_nothing_is_looked_at_in_a_call(rig: Rig) -> None:
    rig.plan()
    await rig.come_to(VisitState.TALKING)
    assert set(await examined(rig)) == {"agent.in_call"}
    assert rig.central.line_tries == []


async def test_a_measurement_gives_way_to_a_call_that_begins(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(central_line, "LINE_S", 1e9)
    rig.central.line_open.clear()
    asked = asyncio.ensure_future(rig.supervisor._technician.examine())
    async with asyncio.timeout(5):
        while not rig.central.line_tries:
            await rig.clock.advance(0.1)
        rig.plan()
        await rig.come_to(VisitState.TALKING)
        found = {one.finding for one in read(await asked)}
    assert "bandwidth.unknown" in found
    assert rig.state is VisitState.TALKING


async def test_a_measurement_without_end_is_given_up(rig: Rig) -> None:
    rig.central.line_open.clear()
    asked = asyncio.ensure_future(rig.supervisor._technician.examine())
    async with asyncio.timeout(5):
        while not asked.done():
            await rig.clock.advance(5)
            await asyncio.wait([asked], timeout=0.05)
    assert "bandwidth.unknown" in {one.finding for one in read(asked.result())}


def test_a_line_that_only_a_newer_agent_knows_is_left_out() -> None:
    known, newer = Found(finding="agent.runs"), Found(finding="speaker.shrill")
    assert read(encode(DoctorAnswer(found=(known, newer)))) == (known,)


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"refused":"something new"}'])
async def test_an_answer_that_makes_no_sense_is_an_agent_that_is_silent(raw: bytes) -> None:
    assert read(raw) == (Found(finding="agent.silent"),)
