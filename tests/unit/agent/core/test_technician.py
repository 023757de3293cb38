"""A technician's way in and out: who may come when, and what the maintenance screen can ask."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core import policy
from agent.core.effects import Diagnose, HandOver, Reboot, RestartAgent, RestartWindow
from protocol.maintenance import Diagnosis, Maintenance, MaintenanceDeed, TechnicianPin
from protocol.outcome import EndReason, FaultParty
from protocol.page import Call, Farewell, Idle, NotEnrolled, OutOfService
from protocol.terminal import CommandOutcome, Mode, VisitState
from tests.unit.agent.core.desk import SESSION, T0_MS, Desk
from tests.unit.agent.core.technician_desk import PIN, ask, come, inside, let_in, seen, try_pin

FOUND = Diagnosis(
    agent_version="1.2.3",
    uptime_s=60,
    memory_bytes=50_000_000,
    disk_free_bytes=10**9,
    central="reached",
    clock_age_s=4,
)


# ---- the way in ---------------------------------------------------------------------------------------------------


def test_chord_then_pin_then_maintenance() -> None:
    desk = Desk().open()
    assert come(desk) == TechnicianPin(busy=False, said=None, retry_s=0)
    desk.feed(ev.TechnicianPinEntered, pin=PIN)
    assert desk.screen == TechnicianPin(busy=True, said=None, retry_s=0)
    effects = desk.feed(ev.TechnicianPinChecked, outcome="right")
    assert desk.booth.mode is Mode.MAINTENANCE
    assert desk.screen == Maintenance(faults=(), diagnosis=None, busy=True, said=None)
    assert Diagnose() in effects
    assert seen(desk) == ["entered"]


def test_a_pin_without_the_chord_is_not_even_looked_at() -> None:
    desk = Desk().open()
    assert try_pin(desk, "right") == 0
    assert desk.booth.mode is Mode.IN_SERVICE
    desk.feed(ev.TechnicianPinChecked, outcome="right")
    assert desk.booth.mode is Mode.IN_SERVICE, "an answer that nobody waits for lets nobody in"


def test_the_pin_screen_goes_away_by_itself_or_when_asked() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, start_at_ms=T0_MS + 9_000_000)).open()
    come(desk)
    assert desk.wake == desk.at + policy.TECHNICIAN_ASKED_S
    desk.tick(policy.TECHNICIAN_ASKED_S)
    assert isinstance(desk.screen, Idle)
    come(desk)
    ask(desk, MaintenanceDeed.CANCEL)
    assert isinstance(desk.screen, Idle)


def test_nothing_is_cancelled_or_typed_while_a_pin_is_looked_at() -> None:
    desk = Desk().open()
    come(desk)
    desk.feed(ev.TechnicianPinEntered, pin=PIN)
    ask(desk, MaintenanceDeed.CANCEL)
    assert desk.feed(ev.TechnicianPinEntered, pin=PIN) == []
    assert desk.booth.technician.wrong == 1
    assert isinstance(desk.screen, TechnicianPin)


def test_a_booth_in_any_mode_lets_a_technician_in() -> None:
    unenrolled = Desk()
    unenrolled.feed(ev.Started, clean=True, same_boot=False, enrolled=False)
    assert isinstance(unenrolled.screen, NotEnrolled)
    let_in(unenrolled)
    assert unenrolled.booth.mode is Mode.MAINTENANCE
    ask(unenrolled, MaintenanceDeed.FINISH)
    assert unenrolled.booth.mode is Mode.UNENROLLED

    locked = Desk().open()
    locked.command("lock")
    let_in(locked)
    ask(locked, MaintenanceDeed.FINISH)
    assert locked.booth.mode is Mode.LOCKED

    broken = Desk().open()
    broken.feed(ev.DevicesReported, camera=True, microphone=False)
    assert isinstance(broken.screen, OutOfService)
    let_in(broken)
    assert broken.screen == Maintenance(faults=("MIK-1",), diagnosis=None, busy=True, said=None)


def test_a_booth_that_is_forgotten_while_a_technician_is_in_stays_with_the_technician() -> None:
    desk = inside()
    desk.feed(ev.TokenRefused)
    assert not desk.booth.enrolled
    assert desk.booth.mode is Mode.MAINTENANCE
    ask(desk, MaintenanceDeed.FINISH)
    assert desk.booth.mode is Mode.UNENROLLED


def test_the_window_that_was_given_up_is_started_for_the_technician() -> None:
    desk = Desk().open()
    desk.feed(ev.PageChanged, up=False)
    desk.feed(ev.WindowChanged, shell_up=True, window_up=False, given_up=True)
    assert RestartWindow() in desk.feed(ev.TechnicianCame, how="chord")


def test_the_chord_inside_only_says_that_somebody_is_there() -> None:
    desk = inside()
    desk.at += 300
    assert desk.feed(ev.TechnicianCame, how="chord") == []
    assert desk.booth.technician.inside_until_s == desk.at + policy.MAINTENANCE_IDLE_S
    assert desk.booth.technician.asked_until_s is None


# ---- calls --------------------------------------------------------------------------------------------------------

OPEN = (VisitState.RULES, VisitState.WAITING, VisitState.TALKING, VisitState.INTERRUPTED)


@pytest.mark.parametrize("state", OPEN)
def test_a_call_keeps_a_technician_out(state: VisitState) -> None:
    desk = Desk().to(state)
    before = desk.screen
    assert desk.feed(ev.TechnicianCame, how="chord") == []
    assert try_pin(desk, "right") == 0
    assert (desk.booth.state, desk.screen) == (state, before)
    assert desk.booth.escape_attempts == {"technician_in_call": 1}


@pytest.mark.parametrize("state", OPEN)
def test_an_officer_lets_a_call_be_ended_for_a_technician(state: VisitState) -> None:
    desk = Desk().to(state)
    assert desk.command("let_technician_in", session_id="s1").outcome is CommandOutcome.DONE
    assert desk.booth.state is state, "the leave alone ends nothing"
    desk.feed(ev.TechnicianCame, how="chord")
    assert isinstance(desk.screen, Farewell)
    (pending,) = desk.booth.pending
    assert (pending.record.end_reason, pending.record.fault_party) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    desk.tick(12.0)
    assert isinstance(desk.screen, TechnicianPin)


def test_the_leave_holds_for_one_call_and_only_for_one_that_is_open() -> None:
    desk = Desk().open()
    assert desk.command("let_technician_in").why == "the command names no session"
    desk = Desk().to(VisitState.CHECK_IN)
    answer = desk.command("let_technician_in", session_id="s1")
    assert (answer.outcome, answer.why) == (CommandOutcome.REFUSED, "there is no call: a technician needs no leave")
    desk = Desk().to(VisitState.TALKING)
    desk.command("let_technician_in", session_id="s1")
    assert desk.booth.technician.let_in_during == "s1"


def test_a_number_that_was_called_does_not_keep_a_technician_out() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    let_in(desk)
    assert desk.booth.mode is Mode.MAINTENANCE


def test_a_visit_that_opens_meanwhile_takes_the_screen_and_the_technician_waits_for_its_end() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    come(desk)
    desk.feed(ev.TechnicianPinEntered, pin=PIN)
    desk.walk_to(VisitState.RULES)
    desk.feed(ev.TechnicianPinChecked, outcome="right")
    assert desk.booth.state is VisitState.RULES
    assert desk.booth.mode is Mode.IN_SERVICE
    desk.walk_to(VisitState.WAITING)
    desk.walk_to(VisitState.TALKING)
    assert isinstance(desk.screen, Call)
    desk.feed(ev.InmateEnded)
    desk.tick(12.0)
    assert desk.booth.mode is Mode.MAINTENANCE


def test_a_visit_of_the_boot_before_keeps_no_technician_out_while_the_network_is_away() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.crash(30.0, same_boot=False, has_map=False)
    assert desk.booth.adrift
    let_in(desk)
    assert [pending.record.end_reason for pending in desk.booth.pending] or desk.usage()
    desk.tick(12.0)
    assert desk.booth.mode is Mode.MAINTENANCE


# ---- inside -------------------------------------------------------------------------------------------------------


def test_what_was_found_is_shown_and_looked_for_again_when_asked() -> None:
    desk = inside()
    assert ask(desk, MaintenanceDeed.DIAGNOSE) == [], "one look at a time"
    desk.feed(ev.Diagnosed, diagnosis=FOUND)
    assert desk.screen == Maintenance(faults=(), diagnosis=FOUND, busy=False, said=None)
    assert ask(desk, MaintenanceDeed.DIAGNOSE) == [Diagnose]
    ask(desk, MaintenanceDeed.FINISH)
    desk.feed(ev.Diagnosed, diagnosis=FOUND)
    assert desk.booth.technician.diagnosis is None, "it came too late"


@pytest.mark.parametrize(
    ("deed", "effect"),
    [
        (MaintenanceDeed.RESTART_WINDOW, RestartWindow),
        (MaintenanceDeed.RESTART_AGENT, RestartAgent),
        (MaintenanceDeed.REBOOT, Reboot),
        (MaintenanceDeed.EXIT, HandOver),
    ],
)
def test_a_button_does_what_it_says_and_only_inside(deed: MaintenanceDeed, effect: type) -> None:
    assert ask(inside(), deed) == [effect]
    assert ask(Desk().open(), deed) == []
    asked = Desk().open()
    come(asked)
    assert ask(asked, deed) == []


def test_a_technician_who_touches_nothing_is_taken_as_gone() -> None:
    desk = inside()
    desk.tick(policy.MAINTENANCE_IDLE_S - 1)
    ask(desk, MaintenanceDeed.STAY)
    desk.tick(policy.MAINTENANCE_IDLE_S - 1)
    assert desk.booth.mode is Mode.MAINTENANCE
    desk.tick(1)
    assert desk.booth.mode is Mode.IN_SERVICE
    assert seen(desk) == ["entered", "timed_out"]


def test_a_restart_of_the_agent_keeps_the_technician_in_and_a_reboot_locks() -> None:
    desk = inside()
    desk.feed(ev.Diagnosed, diagnosis=FOUND)
    assert Diagnose() in desk.crash(3.0)
    assert desk.booth.mode is Mode.MAINTENANCE
    desk.crash(30.0, same_boot=False, has_map=False)
    assert desk.booth.mode is Mode.IN_SERVICE


# ---- the way out --------------------------------------------------------------------------------------------------


def handed_over() -> Desk:
    desk = inside()
    desk.feed(ev.WindowChanged, shell_up=True, window_up=True)
    ask(desk, MaintenanceDeed.EXIT)
    desk.feed(ev.HandOverAnswered, done=True)
    desk.feed(ev.WindowChanged, shell_up=True, window_up=False)
    desk.feed(ev.WindowChanged, shell_up=False, window_up=False)
    return desk


def test_the_screen_is_the_logins_until_the_shell_is_back() -> None:
    desk = handed_over()
    desk.tick(86_400)
    assert desk.booth.mode is Mode.MAINTENANCE
    assert ask(desk, MaintenanceDeed.FINISH) == [], "whoever speaks as the page now is not the technician"
    assert desk.booth.mode is Mode.MAINTENANCE
    desk.feed(ev.WindowChanged, shell_up=True, window_up=False)
    assert desk.booth.mode is Mode.IN_SERVICE
    assert seen(desk) == ["entered", "handed_over", "left"]


def test_a_login_that_did_not_take_the_screen_is_over_after_a_while() -> None:
    desk = inside()
    desk.feed(ev.WindowChanged, shell_up=True, window_up=True)
    ask(desk, MaintenanceDeed.EXIT)
    desk.feed(ev.HandOverAnswered, done=True)
    desk.tick(policy.MAINTENANCE_IDLE_S)
    assert desk.booth.mode is Mode.IN_SERVICE
    assert seen(desk) == ["entered", "handed_over", "timed_out"]


def test_a_reboot_after_the_login_locks() -> None:
    desk = handed_over()
    desk.crash(30.0, same_boot=False, has_map=False)
    assert desk.booth.mode is Mode.IN_SERVICE
    assert not desk.booth.technician.handed_over


def test_an_exit_that_does_not_work_is_said_on_the_screen() -> None:
    desk = inside()
    desk.feed(ev.Diagnosed, diagnosis=FOUND)
    ask(desk, MaintenanceDeed.EXIT)
    desk.feed(ev.HandOverAnswered, done=False)
    assert desk.screen == Maintenance(faults=(), diagnosis=FOUND, busy=False, said="exit_failed")
    ask(desk, MaintenanceDeed.STAY)
    assert desk.screen == Maintenance(faults=(), diagnosis=FOUND, busy=False, said=None)
    ask(desk, MaintenanceDeed.FINISH)
    desk.feed(ev.HandOverAnswered, done=True)
    assert not desk.booth.technician.handed_over, "it came too late"
