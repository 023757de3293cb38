"""Everything that happens by itself when its moment comes: ends, no-shows, silence, warnings, the farewell's end."""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from agent.core import blame, meeting, policy, technician
from agent.core.calling import lose, silent_at_s
from agent.core.check_in import calls_at_s, give_up_asking
from agent.core.ending import end, finish, write
from agent.core.events import Now
from agent.core.faults import stopping_faults
from agent.core.notices import next_warning_s, warn
from agent.core.state import Booth, Visit
from agent.core.turn import Turn
from agent.core.visit import ALIVE, OPENED
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import VisitState


class Deadline(msgspec.Struct, frozen=True):
    """What is due at which boot second; `ends` the visit or not."""

    at_s: float
    act: Callable[[Turn], None]
    ends: bool = False


def deadlines(booth: Booth, now: Now) -> Iterator[Deadline]:
    """All that stand. `now` serves only to bring central's planned instants of a called session onto the boot clock."""
    for owed in booth.pending:
        if not owed.reported and booth.journal_trouble is None:
            yield Deadline(owed.write_by_s, partial(write, owed=owed))
    yield from technician_deadlines(booth)
    visit = booth.visit
    if visit is None or booth.adrift:
        return
    if visit.ending is not None:
        yield Deadline(visit.ending.over_at_s, finish)
    if visit.asking_since_s is not None:
        yield Deadline(visit.asking_since_s + policy.ASK_TIMEOUT_S, give_up_asking)
    yield from talk_deadlines(booth, visit)
    yield from last_deadlines(visit)
    yield from no_show_deadlines(booth, visit, now)


def technician_deadlines(booth: Booth) -> Iterator[Deadline]:
    """Of a technician's way in; one at the login, with the kiosk session gone, has all the time in the world."""
    stands = booth.technician
    if stands.checking_since_s is not None:
        yield Deadline(stands.checking_since_s + policy.TECHNICIAN_CHECK_S, technician.give_up_checking)
    elif stands.wait_until_s is not None:
        yield Deadline(stands.wait_until_s, technician.end_wait)
    if stands.asked_until_s is not None:
        yield Deadline(stands.asked_until_s, technician.stop_asking)
    if stands.inside_until_s is not None and (booth.shell_up or not stands.handed_over):
        yield Deadline(stands.inside_until_s, technician.time_out)


def talk_deadlines(booth: Booth, visit: Visit) -> Iterator[Deadline]:
    """Of the talk clock."""
    if (at_s := visit.talk.ends_at()) is not None:
        yield Deadline(at_s, complete, ends=True)
    credit_s = booth.settings.join_grace_s if visit.is_meeting else booth.settings.credit_s
    if (at_s := visit.talk.lost.reaches(credit_s)) is not None and visit.state in OPENED:
        yield Deadline(at_s, meeting.give_up if visit.is_meeting else lose_for_good, ends=True)
    if (
        visit.is_meeting
        and visit.call_since_s is not None
        and visit.state in {VisitState.WAITING, VisitState.INTERRUPTED}
    ):
        yield Deadline(visit.call_since_s + policy.MEETING_LOAD_S, meeting.give_up_loading)
    if (at_s := silent_at_s(visit)) is not None:
        yield Deadline(at_s, lose)
    if (at_s := next_warning_s(booth, visit)) is not None:
        yield Deadline(at_s, warn)


def last_deadlines(visit: Visit) -> Iterator[Deadline]:
    """The hard stop of an opened session."""
    if visit.end_by_s is not None and visit.state in ALIVE:
        yield Deadline(visit.end_by_s, stop, ends=True)


def no_show_deadlines(booth: Booth, visit: Visit, now: Now) -> Iterator[Deadline]:
    """Nobody came: to the booth, or to the call."""
    if visit.state is VisitState.WAITING:
        if (at_s := visit.absent.reaches(booth.settings.join_grace_s)) is not None:
            yield Deadline(at_s, meeting.give_up if visit.is_meeting else miss_family, ends=True)
    elif visit.state is VisitState.CHECK_IN and now.central_ms is not None:
        if visit.asking_since_s is None:
            planned_s = now.boot_s + (visit.planned_start_at_ms - now.central_ms) / 1000
            yield Deadline(max(planned_s, visit.check_in_s) + booth.settings.no_show_inmate_s, miss_inmate, ends=True)
        if visit.closing_at_ms is not None and not visit.opened:
            yield Deadline(now.boot_s + (visit.closing_at_ms - now.central_ms) / 1000, close_facility, ends=True)


def keep_deadlines(turn: Turn) -> None:
    """Take up what has become due, in the order in which it was due and as of that moment."""
    arrived = turn.arrived
    while due := [it for it in deadlines(turn.booth, arrived) if it.at_s <= arrived.boot_s]:
        first = min(due, key=lambda it: it.at_s)
        turn.go_to(first.at_s)
        first.act(turn)
    turn.now = arrived


# ---- what they do -------------------------------------------------------------------------------------------------


def complete(turn: Turn) -> None:
    """The whole talk time was given."""
    end(turn, EndReason.COMPLETED, FaultParty.NONE)


def lose_for_good(turn: Turn) -> None:
    """Interruptions together used up the credit; if the booth itself was the reason, it says so."""
    if turn.visit.resuming or not turn.booth.page_up:
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    else:
        end(turn, EndReason.CONNECTION_LOST, blame.for_connection_lost(turn.visit))


def stop(turn: Turn) -> None:
    """The hard stop, or closing time where that cut it."""
    visit = turn.visit
    if visit.resuming:
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    elif visit.closing_s is not None and visit.closing_s == visit.end_by_s:
        close_facility(turn)
    else:
        end(turn, EndReason.HARD_STOP, blame.for_hard_stop(turn.booth, visit))


def close_facility(turn: Turn) -> None:
    """Visiting hours are over."""
    end(turn, EndReason.CLOSING_TIME, blame.for_closing_time(turn.visit))


def miss_inmate(turn: Turn) -> None:
    """Nobody came to the booth; or could not, because it was dark, broken or locked, or asked and central did not answer."""
    if stopping_faults(turn.booth) or turn.visit.resuming or not turn.booth.page_up:
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    elif turn.visit.maybe_open:
        end(turn, EndReason.CONNECTION_LOST, FaultParty.NETWORK)
    else:
        closed = turn.booth.locked or turn.booth.maintenance
        end(turn, EndReason.NO_SHOW_INMATE, FaultParty.FACILITY if closed else FaultParty.INMATE)


def miss_family(turn: Turn) -> None:
    """The family did not come."""
    end(turn, EndReason.NO_SHOW_FAMILY, FaultParty.FAMILY)


# ---- what is next -------------------------------------------------------------------------------------------------


def next_wake(booth: Booth, now: Now) -> float | None:
    """The boot second at which `Ticked` is due, or None when only an outside event can change anything."""
    at_s = [it.at_s for it in deadlines(booth, now)]
    if (calls_s := calls_at_s(booth, now)) is not None:
        at_s.append(calls_s)
    visit = booth.visit
    if visit is not None and not booth.adrift:
        if visit.talk.is_running and visit.talk.seen_s is not None:
            at_s.append(visit.talk.seen_s + policy.CHECKPOINT_S)
        again_s = (visit.ask_again_s, visit.call_again_s)
        at_s += [one_s for one_s in again_s if one_s is not None and one_s > now.boot_s]
    return min(at_s, default=None)


def lease_ms(booth: Booth, now: Now) -> int | None:
    """For how long the call view may stay from `now` on, 0..2000 ms; None when no call view is on the glass."""
    visit = booth.visit
    if visit is None or visit.call_id is None:
        return None
    ends_s = [it.at_s for it in deadlines(booth, now) if it.ends]
    left_ms = int((min(ends_s) - now.boot_s) * 1000) if ends_s else 0
    return max(0, min(policy.LEASE_MS, left_ms))
