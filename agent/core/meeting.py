"""A call that is any meeting's page: talk time runs from its load, and a page that is lost is opened again for a while.

Nobody here knows who is connected in it, so there is no silence and no credit; what stops its clock is that the booth itself
has not got the page on the glass.
"""

from agent.core import policy
from agent.core.calling import connect, lose
from agent.core.ending import end
from agent.core.events import MeetingLoaded, MeetingLost
from agent.core.turn import Turn
from agent.core.visit import VisitSign, move
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import Grant, VisitState

OWN_TROUBLE = frozenset({"crashed", "hung", "window", "lease"})
"""Why a page was lost, where the booth itself was the reason."""
CUT_OFF = frozenset({"window", "lease"})
"""Why a page was lost, where there was nothing wrong with the page itself."""
SCHEME = "https://"


def has_sound_target(grant: Grant) -> bool:
    """Is there a link to open, among the addresses the page may show?"""
    url = grant.call_url or ""
    is_sound = url.startswith(SCHEME) and len(url) <= policy.MEETING_URL_MOST
    return is_sound and any(url.startswith(page) for page in grant.call_pages)


def on_loaded(turn: Turn, event: MeetingLoaded) -> None:
    """The page is on the glass: talk time runs."""
    visit = turn.visit
    if event.call_id == visit.call_id and visit.state is not VisitState.TALKING:
        turn.change_visit(meeting_trouble=None)
        connect(turn)


def on_lost(turn: Turn, event: MeetingLost) -> None:
    """The page could not be loaded or has gone: open it again, soon."""
    visit = turn.visit
    if event.call_id != visit.call_id:
        return
    if visit.state is VisitState.TALKING:
        lose(turn)
    turn.change_visit(
        call_id=None,
        call_since_s=None,
        call_again_s=turn.now.boot_s + (policy.MEETING_SOON_S if event.why in CUT_OFF else policy.MEETING_AGAIN_S),
        meeting_trouble=event.why,
        restarts=visit.restarts + (1 if event.why in OWN_TROUBLE else 0),
    )


def on_sleep(turn: Turn, since_s: float) -> None:
    """Nobody talked while the booth slept; a page that is still there after it is only asked whether it is."""
    visit = turn.visit
    turn.change_visit(
        talk=visit.talk.interrupted(since_s),
        call_id=None,
        call_since_s=None,
        call_again_s=None,
        meeting_trouble="window",
    )
    move(turn, VisitSign.LOST)


def give_up_loading(turn: Turn) -> None:
    """Neither loaded nor failed for long: begin again."""
    turn.change_visit(call_id=None, call_since_s=None, meeting_trouble="failed")


def give_up(turn: Turn) -> None:
    """The page was away for longer than the join grace."""
    visit = turn.visit
    if visit.resuming or not turn.booth.page_up or visit.meeting_trouble in OWN_TROUBLE:
        end(turn, EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    else:
        party = FaultParty.NETWORK if visit.meeting_trouble == "failed" else FaultParty.UNKNOWN
        end(turn, EndReason.CONNECTION_LOST, party)
