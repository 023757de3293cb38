"""Trying camera, microphone and loudspeaker through the page: only while nobody is called, and given up when somebody is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from agent.supervisor.doctor_answer import read
from protocol.devices import Speaker, TryDevices
from protocol.maintenance import MaintenanceAsked, MaintenanceDeed, TechnicianCalled, TechnicianPinTyped
from protocol.terminal import Mode, VisitState
from tests.agent_rig import Rig
from tests.fakes import MEASURED

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path)
    await rig.start()
    await rig.show_window()
    await rig.clock.advance(8)
    yield rig
    await rig.close()


async def examined(rig: Rig) -> set[str]:
    return {one.finding for one in read(await rig.supervisor._technician.examine())}


def asked(rig: Rig) -> list[TryDevices]:
    return [message for message in rig.page.sent if isinstance(message, TryDevices)]


async def test_an_idle_booth_opens_its_devices_plays_the_tone_and_tells_what_was_measured(rig: Rig) -> None:
    assert {"camera.works", "microphone.works", "speaker.heard"} <= await examined(rig)
    assert [one.tone for one in asked(rig)] == [True]
    rig.page.tries = msgspec.structs.replace(MEASURED, brightness=0.0, level_db=-200.0, tone_db=0.0)
    assert {"camera.black", "microphone.silent", "speaker.played"} <= await examined(rig)
    assert len({one.try_id for one in asked(rig)}) == 2


async def test_nothing_is_opened_once_a_number_is_called(rig: Rig) -> None:
    rig.plan()
    await rig.come_to(VisitState.CHECK_IN)
    assert {"camera.found", "microphone.found", "speaker.untried"} <= await examined(rig)
    assert asked(rig) == []


async def test_a_number_that_is_called_meanwhile_ends_the_wait_at_once(rig: Rig) -> None:
    rig.page.tries = None
    looking = asyncio.ensure_future(examined(rig))
    await rig.clock.advance_until(lambda: bool(asked(rig)))
    rig.plan()
    await rig.clock.advance_until(lambda: rig.state is VisitState.CHECK_IN)
    await rig.clock.advance(0.4)
    assert "speaker.untried" in await asyncio.wait_for(looking, 5)


async def test_a_page_that_does_not_answer_is_given_up_and_its_late_answer_dropped(rig: Rig) -> None:
    rig.page.tries = None
    looking = asyncio.ensure_future(examined(rig))
    await rig.clock.advance_until(lambda: bool(asked(rig)))
    await rig.clock.advance(12)
    assert {"camera.found", "speaker.untried"} <= await asyncio.wait_for(looking, 5)
    rig.page.say(msgspec.structs.replace(MEASURED, try_id=asked(rig)[0].try_id))
    rig.page.say(msgspec.structs.replace(MEASURED, try_id="another"))
    rig.page.tries = msgspec.structs.replace(MEASURED, brightness=0.0)
    assert "camera.black" in await examined(rig)


async def test_without_a_page_nothing_is_asked(rig: Rig) -> None:
    rig.page.leave()
    await rig.clock.advance(1)
    assert {"camera.unknown", "speaker.untried"} <= await examined(rig)


async def test_in_maintenance_no_tone_is_played_by_itself_and_the_technicians_answer_counts(rig: Rig) -> None:
    await rig.pins.write("90817263")
    rig.page.say(TechnicianCalled())
    rig.page.say(TechnicianPinTyped(pin="90817263"))
    await rig.clock.advance_until(lambda: rig.supervisor.loop.booth.mode is Mode.MAINTENANCE)
    await rig.clock.advance_until(lambda: bool(asked(rig)))
    assert "speaker.untried" in await examined(rig)
    rig.page.say(msgspec.structs.replace(MEASURED, tone_db=0.0, confirmed=True))
    assert "speaker.confirmed" in await examined(rig)
    assert {one.tone for one in asked(rig)} == {False}
    rig.page.say(MaintenanceAsked(deed=MaintenanceDeed.FINISH))
    await rig.clock.advance(1)
    rig.page.tries = msgspec.structs.replace(MEASURED, tone_db=None)
    assert "speaker.played" in await examined(rig)
    assert MEASURED.speaker is Speaker.PLAYED
