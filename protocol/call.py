"""Signalling of one call over `WS /api/v1/calls/{session}`: what kiosk, family and central say to each other.

The kiosk leads: it alone makes offers, under a fresh `call_id` for each peer connection. A message whose call_id is not the
current one is dropped by its reader. Central passes `Relayed` messages on to the other end unread and says the rest itself.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.outcome import EndReason, FaultParty
from protocol.wire import Count, DurationMs, Identifier, Lenient, LongText, ShortText, Strict

LISTEN = "listen-"
"""What the ids of listening begin with, and no call's id does."""


class IceServer(Lenient, frozen=True, kw_only=True):
    """One entry of RTCConfiguration.iceServers; credentials expire."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class CallPhase(StrEnum):
    """What the family is told of the visit."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    TALKING = "talking"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


# ---- relayed between the two ends ---------------------------------------------------------------------------------


class Offer(Strict, frozen=True, kw_only=True, tag="offer", tag_field="type"):
    """Kiosk to family; a new one with the same call_id is an ICE restart."""

    call_id: Identifier
    sdp: LongText


class Answer(Strict, frozen=True, kw_only=True, tag="answer", tag_field="type"):
    """Family to kiosk."""

    call_id: Identifier
    sdp: LongText


class Candidate(Strict, frozen=True, kw_only=True, tag="candidate", tag_field="type"):
    """Either way; an empty candidate ends the list."""

    call_id: Identifier
    candidate: Annotated[str, Meta(max_length=2048)]
    mid: Annotated[str, Meta(max_length=64)] | None = None
    line: int | None = None


class Clock(Strict, frozen=True, kw_only=True, tag="clock", tag_field="type", omit_defaults=True):
    """Agent to family: the time left as the agent counts it, at every change and every 5 s. `left_ms` runs down while `running`.

    `listening`: an officer hears the call, which the family's screen says; left out while nobody does.
    """

    phase: CallPhase
    left_ms: DurationMs
    running: bool
    talk_s: Count
    listening: bool = False


class Said(Strict, frozen=True, kw_only=True, tag="said", tag_field="type"):
    """Agent to family: an officer's message, or the notice that the officer added time."""

    text: ShortText
    added_s: Count = 0


class Ended(Strict, frozen=True, kw_only=True, tag="ended", tag_field="type"):
    """Agent to family: the visit is over, and why."""

    reason: EndReason
    fault_party: FaultParty
    delivered_ms: DurationMs
    left_ms: DurationMs


class HangUp(Strict, frozen=True, kw_only=True, tag="hang_up", tag_field="type"):
    """Family to agent: a confirmed End."""


class FamilyReady(Strict, frozen=True, kw_only=True, tag="ready", tag_field="type"):
    """Family to central and kiosk: camera and microphone were opened (or the family goes on without a camera)."""

    camera: bool
    microphone: bool


Relayed = Offer | Answer | Candidate | Clock | Said | Ended | HangUp | FamilyReady


# ---- between one end and central ----------------------------------------------------------------------------------


class Still(Strict, frozen=True, kw_only=True, tag="still", tag_field="type"):
    """Family to central while waiting: a small JPEG (base64) that lets the officer see who asks to be admitted."""

    jpeg: Annotated[str, Meta(max_length=40_000)]


class IceWanted(Strict, frozen=True, kw_only=True, tag="ice_wanted", tag_field="type"):
    """Either end to central: fresh TURN credentials, please."""


class IceGiven(Strict, frozen=True, kw_only=True, tag="ice", tag_field="type"):
    """Central's answer to IceWanted."""

    servers: tuple[IceServer, ...]


class Welcome(Strict, frozen=True, kw_only=True, tag="welcome", tag_field="type"):
    """Central's first message to either end."""

    session_id: Identifier
    role: ShortText
    peer_present: bool
    admitted: bool
    servers: tuple[IceServer, ...]
    policy: ShortText


class Peer(Strict, frozen=True, kw_only=True, tag="peer", tag_field="type"):
    """Central to either end whenever it changes: is the other end there, ready, and was the family admitted?"""

    present: bool
    ready: bool
    admitted: bool


class Listened(Strict, frozen=True, kw_only=True, tag="listened", tag_field="type"):
    """Central to the kiosk: an officer waits to hear the call, or (null) nobody does any more.

    The kiosk offers under call ids that are `listen_id`, a hyphen and more; central passes those to the officer alone.
    """

    listen_id: Annotated[str, Meta(max_length=40, pattern=rf"^{LISTEN}[A-Za-z0-9_-]+$(?!\n)")] | None
    servers: tuple[IceServer, ...] = ()
    policy: ShortText = "all"


class Bye(Strict, frozen=True, kw_only=True, tag="bye", tag_field="type"):
    """Central to either end: the call is over or this end is not wanted any more; the socket closes after it.

    `why`: ended, moved, end_by, taken_over, refused, cancelled, shutting_down.
    """

    why: ShortText


FromEnd = Relayed | Still | IceWanted
ToEnd = Relayed | IceGiven | Welcome | Peer | Listened | Bye
