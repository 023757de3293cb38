"""A technician's way in and out: the PIN screen, its tries and waits, and what can be asked for on the maintenance screen.

A try counts as wrong from the moment it is made, before anybody has looked at the PIN, and is taken back if it was right:
so a power cut or a kill in between gives no try away.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agent.core import attempts, policy
from agent.core.device_checks import with_tone_of
from agent.core.effects import CheckTechnicianPin, Diagnose, HandOver, Reboot, RestartAgent, RestartWindow
from agent.core.ending import end
from agent.core.events import (
    DevicesSeen,
    Diagnosed,
    HandOverAnswered,
    MaintenanceWasAsked,
    Now,
    Started,
    TechnicianCame,
    TechnicianPinChecked,
    TechnicianPinEntered,
)
from agent.core.faults import set_fault
from agent.core.state import Booth, Technician
from agent.core.turn import Turn
from agent.core.visit import OPENED
from protocol.maintenance import MaintenanceDeed
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import Mode, TechnicianSeen, VisitState

GUESSED = "TEK-1"
NO_WINDOW = "LYR-1"
UNSET = "unset"
RIGHT = "right"


def change(turn: Turn, **fields: Any) -> None:
    """Replace fields of the technician's part of the booth."""
    turn.change(technician=msgspec.structs.replace(turn.booth.technician, **fields))


def see(turn: Turn, kind: str) -> None:
    """Tell central."""
    turn.report(TechnicianSeen(kind=kind))


def is_in_call(booth: Booth) -> bool:
    """Has somebody a session open here? One from before a reboot, whose time is not known yet, keeps no technician out."""
    return booth.state in OPENED and not booth.adrift


def is_asked_for_pin(booth: Booth) -> bool:
    """Is the PIN screen what people see?"""
    asked = booth.technician.asked_until_s is not None
    return asked and not is_in_call(booth) and booth.state is not VisitState.FAREWELL


def wait_after(wrong: int) -> float:
    """Seconds to wait after so many wrong PINs in a row: none at first, then 1, 2, 4 ... 60 minutes."""
    if wrong < policy.TECHNICIAN_TRIES:
        return 0.0
    doubled = min(wrong - policy.TECHNICIAN_TRIES, 16)
    return min(policy.TECHNICIAN_WAIT_S * 2.0**doubled, policy.TECHNICIAN_WAIT_MOST_S)


# ---- the way in ---------------------------------------------------------------------------------------------------


def on_came(turn: Turn, event: TechnicianCame) -> None:
    """Ask for the PIN. A call keeps a technician out, unless an officer has said that it may be ended for this."""
    if turn.booth.maintenance:
        stay(turn)
        return
    if is_in_call(turn.booth):
        if turn.booth.technician.let_in_during != turn.visit.session_id:
            attempts.count(turn, "technician_in_call")
            return
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    attempts.count(turn, f"technician_{event.how}")
    change(turn, asked_until_s=turn.now.boot_s + policy.TECHNICIAN_ASKED_S, said=None)
    if NO_WINDOW in turn.booth.faults:
        turn.do(RestartWindow())


def on_pin(turn: Turn, event: TechnicianPinEntered) -> None:
    """Count the try as wrong, then have it looked at; while a wait stands, or one is being looked at, none is taken."""
    was = turn.booth.technician
    if not is_asked_for_pin(turn.booth) or was.checking_since_s is not None or was.wait_until_s is not None:
        return
    now_s, wait_s = turn.now.boot_s, wait_after(was.wrong + 1)
    change(
        turn,
        wrong=was.wrong + 1,
        wait_s=wait_s,
        wait_until_s=now_s + wait_s if wait_s else None,
        checking_since_s=now_s,
        asked_until_s=now_s + policy.TECHNICIAN_ASKED_S,
        said=None,
    )
    turn.do(CheckTechnicianPin(pin=event.pin))


def on_checked(turn: Turn, event: TechnicianPinChecked) -> None:
    """Let in, or say why not; an answer that nobody waits for any more lets nobody in."""
    was = turn.booth.technician
    if was.checking_since_s is None:
        return
    if event.outcome == RIGHT:
        enter(turn)
    elif event.outcome == UNSET:
        change(turn, checking_since_s=None, wrong=was.wrong - 1, wait_s=0.0, wait_until_s=None, said=UNSET)
    else:
        refuse(turn, event.outcome)


def refuse(turn: Turn, why: str) -> None:
    """The try stays counted; a wait begins now."""
    wait_s = turn.booth.technician.wait_s
    change(turn, checking_since_s=None, said=why, wait_until_s=turn.now.boot_s + wait_s if wait_s else None)
    attempts.count(turn, f"technician_pin_{why}")
    see(turn, why)
    set_fault(turn, GUESSED, raised=True)


def enter(turn: Turn) -> None:
    """The PIN was right: the mode follows as soon as no visit holds it; one from before a reboot is ended for this."""
    if turn.booth.adrift and turn.booth.state in OPENED:
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    turn.change(maintenance=True, technician=Technician())
    stay(turn)
    set_fault(turn, GUESSED, raised=False)
    see(turn, "entered")
    look(turn)


# ---- inside -------------------------------------------------------------------------------------------------------


def stay(turn: Turn) -> None:
    """Somebody is at it."""
    change(turn, inside_until_s=turn.now.boot_s + policy.MAINTENANCE_IDLE_S)


def look(turn: Turn) -> None:
    """Look at everything anew; repeating it while that is under way changes nothing."""
    if not turn.booth.technician.diagnosing:
        change(turn, diagnosing=True)
        turn.do(Diagnose())


def leave(turn: Turn, kind: str) -> None:
    """Back to what the booth is without a technician."""
    turn.change(maintenance=False, technician=Technician())
    see(turn, kind)


def on_asked(turn: Turn, event: MaintenanceWasAsked) -> None:
    """A button. What the maintenance screen has counts only while the booth is in maintenance and the screen is ours."""
    was = turn.booth.technician
    if event.deed is MaintenanceDeed.CANCEL:
        if was.checking_since_s is None:
            change(turn, asked_until_s=None, said=None)
    elif turn.booth.mode is Mode.MAINTENANCE and turn.booth.maintenance and not was.handed_over:
        stay(turn)
        change(turn, said=None)
        DEEDS[event.deed](turn)


DEEDS: Mapping[MaintenanceDeed, Callable[[Turn], None]] = {
    MaintenanceDeed.STAY: lambda _: None,
    MaintenanceDeed.FINISH: lambda turn: leave(turn, "left"),
    MaintenanceDeed.DIAGNOSE: look,
    MaintenanceDeed.RESTART_WINDOW: lambda turn: turn.do(RestartWindow()),
    MaintenanceDeed.RESTART_AGENT: lambda turn: turn.do(RestartAgent()),
    MaintenanceDeed.REBOOT: lambda turn: turn.do(Reboot()),
    MaintenanceDeed.EXIT: lambda turn: turn.do(HandOver()),
}


def on_diagnosed(turn: Turn, event: Diagnosed) -> None:
    """What was found."""
    if turn.booth.maintenance:
        devices = event.diagnosis.devices or turn.booth.technician.devices
        change(turn, diagnosis=event.diagnosis, diagnosing=False, devices=devices)


def on_devices(turn: Turn, event: DevicesSeen) -> None:
    """What the maintenance screen measures, again and again; whatever else the page tries, its diagnosis tells."""
    if turn.booth.maintenance and event.measured.try_id is None:
        change(turn, devices=with_tone_of(turn.booth.technician.devices, event.measured))


def on_handed_over(turn: Turn, event: HandOverAnswered) -> None:
    """The screen belongs to the technician's login until the shell is back; or it could not be given."""
    if not turn.booth.maintenance:
        return
    if event.done:
        change(turn, handed_over=True)
        see(turn, "handed_over")
    else:
        change(turn, said="exit_failed")


def shell_is_back(turn: Turn) -> None:
    """After the technician's login: locked again."""
    if turn.booth.technician.handed_over:
        leave(turn, "left")


# ---- by themselves ------------------------------------------------------------------------------------------------


def stop_asking(turn: Turn) -> None:
    """Nobody typed anything."""
    change(turn, asked_until_s=None, said=None)


def give_up_checking(turn: Turn) -> None:
    """No answer came back at all."""
    refuse(turn, "failed")


def end_wait(turn: Turn) -> None:
    """It may be tried again; the next wrong one waits longer."""
    change(turn, wait_s=0.0, wait_until_s=None, said=None)


def time_out(turn: Turn) -> None:
    """The technician has gone without a word."""
    leave(turn, "timed_out")


def on_started(turn: Turn, event: Started) -> None:
    """A restart of the agent keeps the wait and the technician; a reboot begins the wait in full again, and locks."""
    was, now_s = turn.booth.technician, turn.now.boot_s
    if event.same_boot:
        change(turn, checking_since_s=None, said=None if was.checking_since_s is None else "failed", diagnosing=False)
    else:
        wait_until_s = now_s + was.wait_s if was.wait_s else None
        turn.change(
            maintenance=False,
            technician=Technician(wrong=was.wrong, wait_s=was.wait_s, wait_until_s=wait_until_s),
        )
    if turn.booth.technician.wrong:
        set_fault(turn, GUESSED, raised=True)
    if turn.booth.maintenance:
        look(turn)


def wait_left_s(booth: Booth, now: Now) -> int:
    """Whole seconds until a PIN may be tried, rounded up; none while one is being looked at."""
    until_s = booth.technician.wait_until_s
    if until_s is None or booth.technician.checking_since_s is not None:
        return 0
    return max(0, -int(-(until_s - now.boot_s) // 1))
