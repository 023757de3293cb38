"""The call: waiting for the family, starting it, and telling connected from interrupted by what was heard."""

import msgspec

from agent.core import policy
from agent.core.effects import Notify, StartCall
from agent.core.ending import end
from agent.core.events import (
    AudioReported,
    ByeSaid,
    FamilyChanged,
    Now,
    PageChanged,
    QualityReported,
    SignallingChanged,
)
from agent.core.state import Booth, Family, Heard, Visit
from agent.core.turn import Turn
from agent.core.visit import JOINED, VisitSign, move
from protocol.outcome import EndReason, FaultParty
from protocol.page import Notice
from protocol.terminal import VisitState

# ---- the family ---------------------------------------------------------------------------------------------------


def on_signalling(turn: Turn, event: SignallingChanged) -> None:
    """The no-show time of the family runs only while signalling is up."""
    if event.session_id == turn.visit.session_id:
        turn.change_visit(signalling_up=event.up)
        time_absence(turn)


def on_family(turn: Turn, event: FamilyChanged) -> None:
    """A family that was seen to go and is ready again has an empty page: the call under way is not known to it."""
    visit = turn.visit
    if event.session_id != visit.session_id:
        return
    came_back = visit.family is not None and event.ready and not visit.family.ready
    turn.change_visit(
        family=Family(present=event.present, ready=event.ready, admitted=event.admitted),
        call_outdated=visit.call_outdated or (came_back and visit.call_id is not None),
    )
    time_absence(turn)


def time_absence(turn: Turn) -> None:
    """Count how long a family was awaited in vain. One that is there and waits for the officer is no no-show."""
    visit = turn.visit
    is_there = visit.family is not None and (visit.family.present or visit.family.ready)
    awaited = visit.state is VisitState.WAITING and visit.signalling_up and not is_there
    at_s = turn.now.boot_s
    turn.change_visit(absent=visit.absent.started(at_s) if awaited else visit.absent.stopped(at_s))


def on_bye(turn: Turn, event: ByeSaid) -> None:
    """Central never ends a visit that has begun to talk; one that was cancelled while it waited is over."""
    visit = turn.visit
    if event.session_id != visit.session_id:
        return
    turn.change_visit(signalling_up=False)
    time_absence(turn)
    if event.why == "cancelled" and visit.state is VisitState.WAITING:
        end(turn, EndReason.CANCELLED, FaultParty.NONE)


# ---- the call -----------------------------------------------------------------------------------------------------


def is_call_wanted(booth: Booth, now: Now) -> bool:
    """Should there be a (new) peer connection or meeting now? Not while the disk fails: what gives must be remembered first."""
    visit = booth.visit
    if visit is None or visit.grant is None or not booth.page_up or booth.journal_trouble is not None:
        return False
    if visit.call_id is not None and not visit.call_outdated:
        return False
    if visit.is_meeting:
        may_be_again = visit.call_again_s is None or visit.call_again_s <= now.boot_s
        return may_be_again and visit.state in {VisitState.WAITING, VisitState.INTERRUPTED}
    if visit.state is VisitState.WAITING:
        return visit.family is not None and visit.family.admitted and visit.family.ready
    return visit.state is VisitState.INTERRUPTED


def start_call(turn: Turn) -> None:
    """A new peer connection or meeting's page under a new id; the number in it survives restarts."""
    visit = turn.visit
    calls = visit.calls + 1
    call_id = f"{visit.session_id[:52]}-{calls}"
    turn.change_visit(
        call_id=call_id, calls=calls, call_outdated=False, heard=None, call_since_s=turn.now.boot_s, call_again_s=None
    )
    turn.do(StartCall(call_id=call_id))


def on_page(turn: Turn, event: PageChanged) -> None:
    """A page that goes takes the call with it, but not a meeting, which is the window's; the next page begins a new one."""
    if event.up is turn.booth.page_up:
        return
    turn.change(page_up=event.up)
    visit = turn.booth.visit
    if event.up and visit is not None and visit.state is VisitState.CHECK_IN:
        turn.change_visit(resuming=False)
    if event.up or visit is None or visit.state not in JOINED or visit.is_meeting:
        return
    if visit.state is VisitState.TALKING:
        lose(turn)
    turn.change_visit(call_id=None, heard=None, restarts=visit.restarts + 1)


def on_quality(turn: Turn, event: QualityReported) -> None:
    """The latest means of the whole call."""
    if event.call_id == turn.visit.call_id:
        turn.change_visit(quality=event.quality)


# ---- connected or not ---------------------------------------------------------------------------------------------


def on_audio(turn: Turn, event: AudioReported) -> None:
    """Both ends heard: talk time runs. Silence at either: it stops, back-dated to the last packet."""
    visit = turn.visit
    if event.call_id != visit.call_id:
        return
    now_s = turn.now.boot_s
    before = visit.heard
    heard = Heard(
        here_s=last_packet_s(now_s, event.here_silent_s, None if before is None else before.here_s),
        there_s=last_packet_s(now_s, event.there_silent_s, None if before is None else before.there_s),
    )
    turn.change_visit(heard=heard)
    if now_s - heard.both_s >= policy.SILENCE_S:
        if visit.state is VisitState.TALKING:
            lose(turn)
    elif visit.state is not VisitState.TALKING and surely_heard(now_s, before, heard):
        connect(turn)


def last_packet_s(now_s: float, silent_s: float, before_s: float | None) -> float:
    """When a side last heard a packet; it never moves back."""
    heard_s = now_s - max(0.0, silent_s)
    return heard_s if before_s is None else max(heard_s, before_s)


def surely_heard(now_s: float, before: Heard | None, heard: Heard) -> bool:
    """Has each side truly heard a packet? (Silence alone also counts from the start of a connection that never worked)."""

    def is_sure(heard_s: float, before_s: float | None) -> bool:
        moved = before_s is not None and heard_s - before_s > policy.HEARD_MOVED_S
        return moved or now_s - heard_s < policy.SURELY_HEARD_S

    return is_sure(heard.here_s, None if before is None else before.here_s) and is_sure(
        heard.there_s, None if before is None else before.there_s
    )


def connect(turn: Turn) -> None:
    """Talk time runs from now on."""
    visit = turn.visit
    turn.change_visit(
        talk=visit.talk.connected(turn.now.boot_s),
        talk_started_at_ms=visit.talk_started_at_ms or turn.central_ms(),
        resuming=False,
        absent=visit.absent.stopped(turn.now.boot_s),
    )
    move(turn, VisitSign.CONNECTED)
    turn.do(Notify(notice=Notice(kind="connected")))


def lose(turn: Turn) -> None:
    """Talk time stands since the last packet that both ends are known to have heard."""
    visit = turn.visit
    last_s = turn.now.boot_s if visit.heard is None else visit.heard.both_s
    turn.change_visit(talk=visit.talk.interrupted(last_s))
    move(turn, VisitSign.LOST)


def silent_at_s(visit: Visit) -> float | None:
    """When a call that talks counts as silent unless a newer packet is reported; null in any other state."""
    if visit.state is not VisitState.TALKING or visit.heard is None:
        return None
    return visit.heard.both_s + policy.SILENCE_S + policy.REPORT_MARGIN_S


def look_at_clock(turn: Turn) -> None:
    """Remember how far talk time has come: what the journal keeps of it."""
    visit = turn.booth.visit
    if visit is not None and visit.state is VisitState.TALKING:
        turn.change_visit(talk=visit.talk.seen(turn.now.boot_s))


def forget_call(visit: Visit) -> Visit:
    """The visit as it is after a restart of the agent: nothing of signalling and page is known any more.

    That an officer listens stays: nobody is heard without the sign, and central says when it is over.
    """
    return msgspec.structs.replace(
        visit,
        call_id=None,
        call_outdated=False,
        call_since_s=None,
        call_again_s=None,
        heard=None,
        signalling_up=False,
        family=None,
    )
