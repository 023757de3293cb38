"""The end of a visit, and the one usage record that says so."""

import msgspec

from agent.core import extending, policy
from agent.core.effects import CloseCall, LeaveSignalling, RestartWindow
from agent.core.events import FamilyEnded, InmateEnded, Now, Started, UsageStored, ViewClosed
from agent.core.state import Booth, Ending, PendingRecord
from agent.core.turn import Turn
from agent.core.visit import JOINED, VisitSign, leave, move
from protocol.call import Ended
from protocol.outcome import EndReason, FaultParty, UsageRecord
from protocol.terminal import UsageWritten


def end(turn: Turn, reason: EndReason, party: FaultParty, by: str | None = None) -> None:
    """End the visit now: close the view, tell the family, say farewell, and owe central one usage record."""
    came = turn.now
    was_joined = turn.visit.state in JOINED
    has_view = was_joined and not turn.booth.adrift
    go_aground(turn)
    extending.give_up(turn)
    turn.change_visit(talk=turn.visit.talk.stopped(turn.now.boot_s))
    ending = describe(turn, reason, party)
    owe_record(turn, ending, by, has_view=has_view)
    if was_joined:
        farewell = Ended(reason=reason, fault_party=party, delivered_ms=ending.delivered_ms, left_ms=ending.left_ms)
        turn.do(CloseCall(call_id=turn.visit.call_id))
        turn.do(LeaveSignalling(session_id=turn.visit.session_id, farewell=farewell))
    turn.change(finished=(*turn.booth.finished, turn.visit.session_id)[-policy.FINISHED_KEPT :])
    turn.change_visit(ending=ending, grant=None, call_id=None, asking_since_s=None, listening=False)
    move(turn, VisitSign.ENDED)
    turn.now = came


def go_aground(turn: Turn) -> None:
    """A visit that ends after a reboot, before the time is known, ended at the last moment known of the boot before."""
    anchor = turn.booth.anchor
    if turn.booth.adrift and anchor is not None:
        turn.now = Now(anchor.boot_s, anchor.central_ms)
        turn.change(adrift=False)


def describe(turn: Turn, reason: EndReason, party: FaultParty) -> Ending:
    """What the farewell says; it begins when the end is noticed, even if it was due before."""
    talk = turn.visit.talk
    delivered_ms = round(talk.delivered_s(turn.now.boot_s) * 1000)
    return Ending(
        reason=reason,
        fault_party=party,
        delivered_ms=delivered_ms,
        talk_s=talk.total_s,
        left_ms=talk.total_s * 1000 - delivered_ms,
        over_at_s=turn.arrived.boot_s + turn.booth.settings.farewell_s,
    )


def owe_record(turn: Turn, ending: Ending, by: str | None, *, has_view: bool) -> None:
    """Keep the record until the view is closed; without a view it is due at once."""
    visit = turn.visit
    record = UsageRecord(
        session_id=visit.session_id,
        end_reason=ending.reason,
        fault_party=ending.fault_party,
        planned_start_at_ms=visit.planned_start_at_ms,
        check_in_at_ms=visit.check_in_at_ms,
        ended_at_ms=max(0, turn.central_ms()),
        waiting_at_ms=visit.waiting_at_ms,
        talk_started_at_ms=visit.talk_started_at_ms,
        talk_promised_s=visit.talk.promised_s,
        talk_extended_s=visit.talk.extended_s,
        talk_delivered_ms=ending.delivered_ms,
        interrupted_ms=round(visit.talk.lost_s(turn.now.boot_s) * 1000),
        interruptions=visit.talk.interruptions,
        restarts=visit.restarts,
        ended_by=by,
        quality=visit.quality,
    )
    write_by_s = turn.arrived.boot_s + (policy.VIEW_CLOSED_S if has_view else 0.0)
    owed = PendingRecord(record=record, call_id=visit.call_id, ended_s=turn.now.boot_s, write_by_s=write_by_s)
    turn.change(pending=(*turn.booth.pending, owed))


# ---- the record ---------------------------------------------------------------------------------------------------


def write(turn: Turn, owed: PendingRecord) -> None:
    """Report one record; it is remembered until the supervisor says that it is stored."""
    turn.report(UsageWritten(usage=owed.record))
    replace(turn, owed, msgspec.structs.replace(owed, reported=True))


def replace(turn: Turn, owed: PendingRecord, by: PendingRecord) -> None:
    """Put one pending record in the place of another."""
    turn.change(pending=tuple(by if other is owed else other for other in turn.booth.pending))


def on_view_closed(turn: Turn, event: ViewClosed) -> None:
    """The record now knows how late the view was closed after the end."""
    for owed in turn.booth.pending:
        is_its_view = event.call_id is None or owed.call_id is None or event.call_id == owed.call_id
        if is_its_view and not owed.reported and owed.write_by_s > turn.now.boot_s:
            late_ms = max(0, round((turn.now.boot_s - owed.ended_s) * 1000))
            known = msgspec.structs.replace(owed.record, close_late_ms=late_ms)
            replace(turn, owed, msgspec.structs.replace(owed, record=known, write_by_s=turn.now.boot_s))


def on_usage_stored(turn: Turn, event: UsageStored) -> None:
    """The record is safe and need not be remembered, nor written again if it was owed again meanwhile."""
    turn.change(pending=tuple(owed for owed in turn.booth.pending if owed.record.session_id != event.session_id))


def unwrite_records(turn: Turn) -> None:
    """A commit failed: what was reported and not stored is owed again."""
    turn.booth = owing_again(turn.booth)


def owing_again(booth: Booth) -> Booth:
    """The same booth, of which no record has come into an outbox for certain."""
    return msgspec.structs.replace(
        booth, pending=tuple(msgspec.structs.replace(owed, reported=False) for owed in booth.pending)
    )


def recover_records(turn: Turn, _: Started) -> None:
    """After a restart: a reported record came into the outbox together with this booth; any other is due at once."""
    owed_still = [owed for owed in turn.booth.pending if not owed.reported]
    due = tuple(msgspec.structs.replace(owed, write_by_s=turn.now.boot_s) for owed in owed_still)
    turn.change(pending=due)


# ---- ends that people choose --------------------------------------------------------------------------------------


def on_inmate_ended(turn: Turn, _: InmateEnded) -> None:
    """A confirmed End in the booth."""
    end(turn, EndReason.ENDED_BY_INMATE, FaultParty.NONE)


def on_family_ended(turn: Turn, event: FamilyEnded) -> None:
    """A confirmed End of the family; nobody who was not admitted can end a visit."""
    family = turn.visit.family
    if event.session_id == turn.visit.session_id and family is not None and family.admitted:
        end(turn, EndReason.ENDED_BY_FAMILY, FaultParty.NONE)


def finish(turn: Turn) -> None:
    """The farewell is over: the window starts anew and the next number can be called."""
    leave(turn)
    turn.change(chosen_language=None, inmate_volume=None)
    turn.do(RestartWindow())
