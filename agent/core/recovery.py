"""After a restart of the agent or of the PC: what still holds, what is charged, and when it goes on."""

import msgspec

from agent.core import extending, meeting, technician
from agent.core.calling import forget_call, lose
from agent.core.ending import end, recover_records
from agent.core.events import Started, Woke
from agent.core.faults import set_fault
from agent.core.state import Anchor, Visit
from agent.core.turn import Turn
from agent.core.visit import ALIVE, OPENED, VisitSign, leave, move
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import VisitState


def on_started(turn: Turn, event: Started) -> None:
    """The first event of every run: facts about the outside are unknown again, a running visit is interrupted."""
    recover_records(turn, event)
    for code in turn.booth.faults:
        set_fault(turn, code, raised=False)
    turn.change(
        enrolled=event.enrolled,
        page_up=False,
        window_up=False,
        shell_up=False,
        online=False,
        journal_trouble=None,
        escape_attempts=turn.booth.escape_attempts if event.same_boot else {},
        diagnosing_for=(),
    )
    technician.on_started(turn, event)
    visit = turn.booth.visit
    if visit is None:
        return
    if visit.state is not VisitState.FAREWELL:
        recover_visit(turn, event)
    elif not event.same_boot:
        leave(turn)


def recover_visit(turn: Turn, event: Started) -> None:
    """Charge the crash, forget what was only in the page; without a device token nothing can go on."""
    visit = turn.visit
    last_s = turn.now.boot_s if turn.booth.anchor is None else turn.booth.anchor.boot_s
    was_talking = visit.state is VisitState.TALKING
    turn.change(visit=forget_call(visit), adrift=turn.booth.adrift or not event.same_boot)
    turn.change_visit(
        talk=visit.talk.crashed(turn.now.boot_s if event.same_boot else None),
        absent=visit.absent.stopped(last_s),
        maybe_open=visit.maybe_open or visit.asking_since_s is not None,
        asking_since_s=None,
        ask_again_s=None,
        refused=None,
        grant=None,
        restarts=visit.restarts + (1 if visit.state in OPENED else 0),
        resuming=True,
    )
    extending.recover(turn)
    if was_talking:
        move(turn, VisitSign.LOST)
    if not event.enrolled:
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)


def on_woke(turn: Turn, event: Woke) -> None:
    """Nobody talked, came or was missed while the booth slept: what was due then is the booth's own doing."""
    visit = turn.booth.visit
    if visit is None or turn.booth.adrift or visit.state not in ALIVE:
        return
    if visit.state is VisitState.TALKING and visit.is_meeting:
        meeting.on_sleep(turn, event.since_s)
    elif visit.state is VisitState.TALKING and visit.heard is not None:
        lose(turn)
    absent = turn.visit.absent
    turn.change_visit(
        resuming=True,
        absent=absent.stopped(event.since_s).started(turn.now.boot_s) if absent.is_running else absent,
    )


def on_awake(turn: Turn, _: Woke) -> None:
    """What comes from now on is nobody's fault in advance: only a call that was cut has still to come back."""
    visit = turn.booth.visit
    if visit is not None and visit.state in {VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING}:
        turn.change_visit(resuming=False)


def keep_time(turn: Turn) -> None:
    """Remember this moment of a visit on both clocks; the first one after a reboot carries it over to the new boot clock."""
    central_ms = turn.now.central_ms
    if central_ms is None or turn.booth.visit is None:
        return
    anchor = turn.booth.anchor
    if turn.booth.adrift and anchor is not None:
        by_s = (turn.now.boot_s - anchor.boot_s) - (central_ms - anchor.central_ms) / 1000
        turn.change(visit=shifted(turn.visit, by_s), adrift=False)
    turn.change(anchor=Anchor(turn.now.boot_s, central_ms))


def shifted(visit: Visit, by_s: float) -> Visit:
    """The same visit on a boot clock that shows `by_s` more."""
    return msgspec.structs.replace(
        visit,
        check_in_s=visit.check_in_s + by_s,
        talk=visit.talk.shifted(by_s),
        end_by_s=None if visit.end_by_s is None else visit.end_by_s + by_s,
        closing_s=None if visit.closing_s is None else visit.closing_s + by_s,
    )
