"""A technician at a booth of fakes: from the shell's chord to the login and back, over kills and a broken disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.ports import PageHeard, Unreachable
from protocol.maintenance import (
    Diagnosis,
    Maintenance,
    MaintenanceAsked,
    MaintenanceDeed,
    TechnicianCalled,
    TechnicianPin,
    TechnicianPinTyped,
)
from protocol.page import CheckIn, Idle
from protocol.shell import ChordFact, KeysFact, ShellHello
from protocol.terminal import (
    Command,
    CommandAnswered,
    CommandOutcome,
    DiagnosisMade,
    Mode,
    TechnicianSeen,
    VisitState,
)
from tests.agent_rig import Rig

pytestmark = pytest.mark.anyio
PIN = "90817263"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path)
    rig.pins.pin = PIN
    await rig.start()
    await rig.show_window()
    yield rig
    await rig.close()


async def say(rig: Rig, message: PageHeard) -> None:
    rig.page.say(message)
    await rig.clock.advance(0.1)


async def chord(rig: Rig) -> None:
    rig.shell.say(ChordFact())
    await rig.clock.advance(0.1)


async def come_in(rig: Rig) -> Maintenance:
    await chord(rig)
    await say(rig, TechnicianPinTyped(pin=PIN))
    await rig.clock.advance(0.5)
    assert isinstance(rig.shown.screen, Maintenance)
    return rig.shown.screen


def mode(rig: Rig) -> Mode:
    return rig.supervisor.loop.booth.mode


def told(rig: Rig) -> list[str]:
    return [event.kind for event in rig.journal.events() if isinstance(event, TechnicianSeen)]


async def test_chord_pin_and_what_was_found(rig: Rig) -> None:
    rig.shell.say(ShellHello(version="0.9", pid=2, screen="1366x768"))
    rig.shell.say(KeysFact(held=250, missing=("Print",)))
    await chord(rig)
    assert rig.shown.screen == TechnicianPin()
    await say(rig, TechnicianPinTyped(pin=PIN))
    await rig.clock.advance(0.5)
    screen = rig.shown.screen
    assert isinstance(screen, Maintenance)
    found = screen.diagnosis
    assert isinstance(found, Diagnosis)
    assert (found.agent_version, found.shell_version, found.screen) == ("1.2.3", "0.9", "1366x768")
    assert (found.keys_held, found.keys_missing, found.window_starts) == (250, ("Print",), 1)
    assert (found.central, found.clock_age_s) == ("reached", 0)
    assert found.central_ms is not None
    assert found.disk_free_bytes > 0
    assert told(rig) == ["entered"]


async def test_a_booth_by_touch_alone_is_entered_by_its_corners(rig: Rig) -> None:
    await say(rig, TechnicianCalled())
    assert isinstance(rig.shown.screen, TechnicianPin)
    assert rig.supervisor.status().escape_attempts == {"technician_corners": 1}


async def test_while_central_is_away_the_test_says_so(rig: Rig) -> None:
    await come_in(rig)
    rig.central.error = Unreachable("central cannot be reached")
    await rig.clock.advance(40)
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.DIAGNOSE))
    screen = rig.shown.screen
    assert isinstance(screen, Maintenance)
    assert screen.diagnosis is not None
    assert (screen.diagnosis.central, screen.diagnosis.central_ms) == ("unreachable", None)
    assert (screen.diagnosis.clock_age_s or 0) >= 30
    assert "JAR-1" in screen.faults


async def test_the_relays_of_the_last_call_are_asked(rig: Rig) -> None:
    rig.plan(talk_s=20)
    await rig.come_to(VisitState.TALKING)
    rig.supervisor._technician.used_relays(["turn:a:1", "turn:b:2", "turn:a:1"])
    rig.network.there.add("turn:b:2")
    await rig.finish()
    screen = await come_in(rig)
    assert screen.diagnosis is not None
    assert [(one.address, one.answered) for one in screen.diagnosis.relays] == [("turn:a:1", False), ("turn:b:2", True)]


async def test_a_kill_of_the_agent_keeps_the_wait_and_gives_no_try_away(rig: Rig) -> None:
    await chord(rig)
    for _ in range(4):
        await say(rig, TechnicianPinTyped(pin="55667788"))
    rig.pins.hold()
    await say(rig, TechnicianPinTyped(pin="55667788"))
    assert rig.pins.looks == 5
    await rig.crash()
    rig.pins.release()
    await rig.start()
    await rig.show_window()
    await chord(rig)
    screen = rig.shown.screen
    assert isinstance(screen, TechnicianPin)
    assert 55 <= screen.retry_s <= 60
    await say(rig, TechnicianPinTyped(pin=PIN))
    assert rig.pins.looks == 5, "the right PIN is not even looked at before the wait is over"
    await rig.clock.advance(61)
    await come_in(rig)
    assert told(rig) == ["wrong"] * 4 + ["entered"]


async def test_a_full_disk_keeps_no_technician_out(rig: Rig) -> None:
    rig.journal.failing = True
    await chord(rig)
    await say(rig, TechnicianPinTyped(pin="55667788"))
    await rig.clock.advance(1)
    assert "JRN-1" in rig.supervisor.loop.booth.faults
    await come_in(rig)
    assert rig.supervisor.loop.booth.faults


async def test_a_call_goes_on_whatever_is_pressed(rig: Rig) -> None:
    rig.plan()
    await rig.come_to(VisitState.TALKING)
    before = rig.shown.screen
    await chord(rig)
    await say(rig, TechnicianPinTyped(pin=PIN))
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.EXIT))
    assert type(rig.shown.screen) is type(before)
    assert rig.pins.looks == 0
    assert rig.state is VisitState.TALKING
    assert rig.supervisor.status().escape_attempts == {"technician_in_call": 1}


async def test_buttons_reach_shell_and_service_manager(rig: Rig) -> None:
    await come_in(rig)
    restarts = len(rig.shell.orders())
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.RESTART_WINDOW))
    assert len(rig.shell.orders()) == restarts + 1
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.REBOOT))
    assert rig.services.told[-1] == "reboot"
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.FINISH))
    assert isinstance(rig.shown.screen, Idle | CheckIn)
    assert told(rig) == ["entered", "left"]


async def test_the_login_keeps_the_screen_until_the_shell_is_back(rig: Rig) -> None:
    await come_in(rig)
    rig.services.hands_over = True
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.EXIT))
    assert "hand_over" in rig.services.told
    rig.page.leave()
    rig.shell.leave()
    await rig.clock.advance(120)
    assert "restart_kiosk" not in rig.services.told, "the kiosk session is not put over the technician's login"
    assert mode(rig) is Mode.MAINTENANCE
    await rig.show_window()
    assert mode(rig) is Mode.IN_SERVICE
    assert told(rig) == ["entered", "handed_over", "left"]


async def test_a_login_that_cannot_be_opened_leaves_the_booth_locked(rig: Rig) -> None:
    await come_in(rig)
    await say(rig, MaintenanceAsked(deed=MaintenanceDeed.EXIT))
    screen = rig.shown.screen
    assert isinstance(screen, Maintenance)
    assert screen.said == "exit_failed"


async def test_staff_who_ask_from_afar_get_every_line_and_then_the_answer(rig: Rig) -> None:
    rig.shell.say(ShellHello(version="1.2.3", pid=2, screen="1366x768"))
    rig.shell.say(KeysFact(held=250, missing=()))
    rig.central.give(Command(id="c-1", kind="run_diagnosis", expires_at_ms=4_000_000_000_000))
    await rig.clock.advance(8)
    told = [event for event in rig.journal.events() if isinstance(event, DiagnosisMade | CommandAnswered)]
    assert [type(event).__name__ for event in told] == ["DiagnosisMade", "CommandAnswered"]
    made, answered = told
    assert isinstance(made, DiagnosisMade)
    assert isinstance(answered, CommandAnswered)
    assert (made.command_id, answered.command_id, answered.outcome) == ("c-1", "c-1", CommandOutcome.DONE)
    found = {one.finding: one.gaps for one in made.found}
    assert found["keys.held"] == {"held": 250}
    assert found["versions.same"] == {"agent": "1.2.3"}
    assert {"central.reached", "journal.written", "window.up", "token.kept"} <= set(found)
