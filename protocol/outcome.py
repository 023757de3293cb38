"""How a visit ended, whose fault that was, and the one record that says so."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.wire import AtMs, Count, DurationMs, Identifier, Strict, TalkS


class EndReason(StrEnum):
    """Why a visit ended; every usage record carries exactly one."""

    COMPLETED = "completed"
    HARD_STOP = "hard_stop"
    CLOSING_TIME = "closing_time"
    ENDED_BY_INMATE = "ended_by_inmate"
    ENDED_BY_FAMILY = "ended_by_family"
    ENDED_BY_OFFICER = "ended_by_officer"
    NO_SHOW_INMATE = "no_show_inmate"
    NO_SHOW_FAMILY = "no_show_family"
    CONNECTION_LOST = "connection_lost"
    TERMINAL_FAULT = "terminal_fault"
    MOVED = "moved"
    CANCELLED = "cancelled"
    EMERGENCY_STOP = "emergency_stop"


class FaultParty(StrEnum):
    """On whose side the reason lay; decides whether a make-up turn is due."""

    NONE = "none"
    INMATE = "inmate"
    FAMILY = "family"
    NETWORK = "network"
    FACILITY = "facility"
    TERMINAL = "terminal"
    UNKNOWN = "unknown"


ALLOWED_PARTIES: dict[EndReason, frozenset[FaultParty]] = {
    EndReason.COMPLETED: frozenset({FaultParty.NONE}),
    EndReason.HARD_STOP: frozenset(
        {FaultParty.INMATE, FaultParty.FAMILY, FaultParty.NETWORK, FaultParty.TERMINAL, FaultParty.UNKNOWN}
    ),
    EndReason.CLOSING_TIME: frozenset({FaultParty.FACILITY, FaultParty.INMATE, FaultParty.FAMILY}),
    EndReason.ENDED_BY_INMATE: frozenset({FaultParty.NONE, FaultParty.INMATE}),
    EndReason.ENDED_BY_FAMILY: frozenset({FaultParty.NONE, FaultParty.FAMILY}),
    EndReason.ENDED_BY_OFFICER: frozenset({FaultParty.NONE, FaultParty.INMATE, FaultParty.FAMILY, FaultParty.FACILITY}),
    EndReason.NO_SHOW_INMATE: frozenset({FaultParty.INMATE, FaultParty.FACILITY}),
    EndReason.NO_SHOW_FAMILY: frozenset({FaultParty.FAMILY}),
    EndReason.CONNECTION_LOST: frozenset({FaultParty.NETWORK, FaultParty.FAMILY, FaultParty.UNKNOWN}),
    EndReason.TERMINAL_FAULT: frozenset({FaultParty.TERMINAL}),
    EndReason.MOVED: frozenset({FaultParty.NONE, FaultParty.TERMINAL, FaultParty.FACILITY}),
    EndReason.CANCELLED: frozenset({FaultParty.NONE, FaultParty.FACILITY}),
    EndReason.EMERGENCY_STOP: frozenset({FaultParty.FACILITY}),
}


class CallQuality(Strict, frozen=True, kw_only=True):
    """What the web engine measured over a whole call; each value is the mean of its samples, one every 5 s."""

    samples: Count
    round_trip_ms: float | None = None
    audio_loss: Annotated[float, Meta(ge=0, le=1)] | None = None
    video_kbit_s: float | None = None
    frames_received: Count = 0
    relayed: bool | None = None


class UsageRecord(Strict, frozen=True, kw_only=True):
    """The one account of a visit that reached CHECK_IN; its id is the session's, so that central stores it once.

    Instants are central's time; `talk_delivered_ms` never exceeds promised plus extended by more than 1 s a power cut.
    """

    session_id: Identifier
    end_reason: EndReason
    fault_party: FaultParty
    planned_start_at_ms: AtMs
    check_in_at_ms: AtMs
    ended_at_ms: AtMs
    waiting_at_ms: AtMs | None = None
    talk_started_at_ms: AtMs | None = None
    talk_promised_s: TalkS
    talk_extended_s: Count
    talk_delivered_ms: DurationMs
    interrupted_ms: DurationMs
    interruptions: Count
    restarts: Count
    close_late_ms: DurationMs | None = None
    ended_by: str | None = None
    quality: CallQuality | None = None
