"""On whose side a reason lay, decided from what is known at the end."""

from agent.core.state import Booth, Visit
from protocol.outcome import ALLOWED_PARTIES, EndReason, FaultParty
from protocol.terminal import VisitState


def for_hard_stop(booth: Booth, visit: Visit) -> FaultParty:
    """Who kept the talk time from being given before the hard stop."""
    if visit.state in {VisitState.CHECK_IN, VisitState.RULES}:
        return FaultParty.INMATE
    if not booth.page_up:
        return FaultParty.TERMINAL
    if visit.is_meeting:
        return FaultParty.INMATE if is_inmate_late(booth, visit) else FaultParty.UNKNOWN
    if visit.state is VisitState.TALKING:
        return who_was_late(booth, visit)
    if not visit.signalling_up:
        return FaultParty.NETWORK
    if is_family_away(visit):
        return FaultParty.FAMILY
    return FaultParty.UNKNOWN if visit.call_id is None else FaultParty.NETWORK


def who_was_late(booth: Booth, visit: Visit) -> FaultParty:
    """A call that was cut by the hard stop while it ran had begun late or was interrupted."""
    waiting_at_ms = visit.waiting_at_ms or visit.check_in_at_ms
    talk_started_at_ms = visit.talk_started_at_ms or waiting_at_ms
    grace_ms = booth.settings.join_grace_s * 1000
    if is_inmate_late(booth, visit):
        return FaultParty.INMATE
    if talk_started_at_ms - waiting_at_ms > grace_ms:
        return FaultParty.FAMILY
    if visit.restarts:
        return FaultParty.TERMINAL
    return FaultParty.NETWORK if visit.talk.interruptions else FaultParty.UNKNOWN


def is_inmate_late(booth: Booth, visit: Visit) -> bool:
    """Were the rules accepted later than the join grace allows?"""
    waiting_at_ms = visit.waiting_at_ms or visit.check_in_at_ms
    return waiting_at_ms - visit.planned_start_at_ms > booth.settings.join_grace_s * 1000


def for_connection_lost(visit: Visit) -> FaultParty:
    """The family went away, or the line did."""
    return FaultParty.FAMILY if is_family_away(visit) else FaultParty.NETWORK


def for_closing_time(visit: Visit) -> FaultParty:
    """Who was awaited when the facility closed."""
    if visit.state in {VisitState.CHECK_IN, VisitState.RULES}:
        return FaultParty.INMATE
    if visit.state is VisitState.WAITING and is_family_away(visit):
        return FaultParty.FAMILY
    return FaultParty.FACILITY


def is_family_away(visit: Visit) -> bool:
    """Signalling is up and the family is not there."""
    return visit.signalling_up and (visit.family is None or not visit.family.present)


def named_party(reason: EndReason, named: str | None, otherwise: FaultParty) -> FaultParty | None:
    """The party an officer named for this reason; null when the table does not allow it."""
    if named is None:
        return otherwise
    allowed = {party.value: party for party in ALLOWED_PARTIES[reason]}
    return allowed.get(named)
