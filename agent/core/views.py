"""What others see of a booth: the screen, the heartbeat, the family's clock; derived, never stored."""

from agent.core import policy
from agent.core.check_in import upcoming
from agent.core.checks import beside_faults
from agent.core.device_checks import judge_devices
from agent.core.events import Now
from agent.core.faults import stopping_faults
from agent.core.state import Booth, Ending, Visit
from agent.core.technician import is_asked_for_pin, wait_left_s
from agent.core.visit import JOINED, effective_left_s
from protocol.call import CallPhase, Clock
from protocol.maintenance import Maintenance, TechnicianPin
from protocol.meeting import Meeting
from protocol.page import (
    Call,
    CheckIn,
    Connecting,
    Farewell,
    Idle,
    Locked,
    NextUp,
    NotEnrolled,
    OutOfService,
    Rules,
    Screen,
    Waiting,
)
from protocol.terminal import Mode, TerminalStatus, VisitState


def screen_for(booth: Booth, now: Now) -> Screen:
    """What is on the glass. An opened visit comes before everything, then the booth's mode, then a called number."""
    visit = booth.visit
    if visit is not None and visit.ending is not None:
        return farewell(visit.number, visit.ending)
    if visit is not None and visit.state is not VisitState.CHECK_IN and now.central_ms is not None:
        return visit_screen(booth, visit, now)
    if is_asked_for_pin(booth):
        stands = booth.technician
        return TechnicianPin(
            busy=stands.checking_since_s is not None, said=stands.said, retry_s=wait_left_s(booth, now)
        )
    return closed_screen(booth) or open_screen(booth, now)


def visit_screen(booth: Booth, visit: Visit, now: Now) -> Screen:
    """Of an opened visit; after a restart the rules wait for the names."""
    if visit.state is VisitState.RULES:
        if visit.grant is None:
            return Connecting()
        return Rules(number=visit.number, inmate_name=visit.grant.inmate_name, talk_s=visit.talk.total_s)
    family_name = "" if visit.grant is None else visit.grant.family_name
    if visit.is_meeting:
        return meeting(visit, now, family_name)
    if visit.state is VisitState.WAITING and visit.call_id is None:
        return waiting(booth, visit, now, family_name)
    return Call(
        number=visit.number,
        family_name=family_name,
        talk_s=visit.talk.total_s,
        phase="connecting" if visit.state is VisitState.WAITING else visit.state.value,
        left_ms=left_ms(visit, now),
        listening=visit.listening,
    )


def meeting(visit: Visit, now: Now, family_name: str) -> Meeting:
    """The strip above a meeting's page."""
    return Meeting(
        number=visit.number,
        family_name=family_name,
        talk_s=visit.talk.total_s,
        phase="connecting" if visit.state is VisitState.WAITING else visit.state.value,
        left_ms=left_ms(visit, now),
        trouble=visit.meeting_trouble,
    )


def waiting(booth: Booth, visit: Visit, now: Now, family_name: str) -> Waiting:
    """The own picture; `left_to_join_ms` only while it runs."""
    left_s = booth.settings.join_grace_s - visit.absent.read(now.boot_s)
    return Waiting(
        number=visit.number,
        family_name=family_name,
        talk_s=visit.talk.total_s,
        family_present=is_family_present(visit),
        online=visit.signalling_up,
        left_to_join_ms=max(0, round(left_s * 1000)) if visit.absent.is_running else None,
    )


def farewell(number: str, ending: Ending) -> Farewell:
    """What was delivered."""
    return Farewell(
        number=number,
        reason=ending.reason,
        fault_party=ending.fault_party,
        delivered_ms=ending.delivered_ms,
        talk_s=ending.talk_s,
        left_ms=ending.left_ms,
    )


def closed_screen(booth: Booth) -> Screen | None:
    """Why the booth serves nobody; null while it does."""
    if booth.mode is Mode.UNENROLLED:
        return NotEnrolled()
    if booth.mode is Mode.MAINTENANCE:
        return maintenance(booth)
    if booth.mode is Mode.LOCKED:
        return Locked()
    stopping = stopping_faults(booth)
    if booth.mode is Mode.OUT_OF_SERVICE and stopping:
        return OutOfService(code=stopping[0])
    return None


def maintenance(booth: Booth) -> Maintenance:
    """What the technician sees."""
    stands = booth.technician
    return Maintenance(
        faults=booth.faults,
        diagnosis=stands.diagnosis,
        busy=stands.diagnosing,
        said=stands.said,
        devices=() if stands.devices is None else judge_devices(stands.devices),
        bad=() if stands.diagnosis is None else beside_faults(stands.diagnosis, booth),
    )


def open_screen(booth: Booth, now: Now) -> Screen:
    """Of a booth in service without an opened visit."""
    visit = booth.visit
    if now.central_ms is None:
        return Connecting()
    if visit is None:
        rows = upcoming(booth, now.central_ms)[: policy.NEXT_SHOWN]
        return Idle(next=tuple(NextUp(number=row.number, start_at_ms=row.start_at_ms) for row in rows))
    wait_s = 0.0 if visit.ask_again_s is None else max(0.0, visit.ask_again_s - now.boot_s)
    return CheckIn(
        number=visit.number,
        method=booth.settings.check_in,
        busy=visit.asking_since_s is not None,
        refused=visit.refused,
        retry_s=-int(-wait_s // 1),
    )


def status_for(booth: Booth, now: Now) -> TerminalStatus:
    """The heartbeat, but for version, outbox_waiting, uptime and what else the supervisor knows better."""
    visit = booth.visit
    return TerminalStatus(
        mode=booth.mode,
        visit=booth.state,
        session_id=None if visit is None else visit.session_id,
        talk_left_ms=None if visit is None else left_ms(visit, now),
        talk_running=visit is not None and visit.talk.is_running,
        faults=booth.faults if now.central_ms is not None else (*booth.faults, "JAM-1"),
        window_up=booth.window_up,
        shell_up=booth.shell_up,
        family_present=visit is not None and is_family_present(visit),
        escape_attempts=booth.escape_attempts,
        volume_percent=booth.volume_percent,
    )


PHASES = {
    VisitState.WAITING: CallPhase.WAITING,
    VisitState.TALKING: CallPhase.TALKING,
    VisitState.INTERRUPTED: CallPhase.INTERRUPTED,
}


def family_clock_for(booth: Booth, now: Now) -> Clock | None:
    """The time left as the family is told it; None before WAITING and after the end."""
    visit = booth.visit
    if visit is None or visit.state not in JOINED:
        return None
    phase = PHASES[visit.state]
    return Clock(
        phase=CallPhase.CONNECTING if phase is CallPhase.WAITING and visit.call_id is not None else phase,
        left_ms=left_ms(visit, now),
        running=visit.talk.is_running,
        talk_s=visit.talk.total_s,
        listening=visit.listening,
    )


def left_ms(visit: Visit, now: Now) -> int:
    """The time left for people: while it runs, what can still be had before the hard stop; while it stands, what is owed."""
    at_s = now.boot_s
    left_s = effective_left_s(visit, at_s) if visit.talk.is_running else visit.talk.left_s(at_s)
    return round(left_s * 1000)


def is_family_present(visit: Visit) -> bool:
    """Is the family's page there?"""
    return visit.family is not None and visit.family.present
