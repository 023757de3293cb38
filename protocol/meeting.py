"""A call that is any meeting's page: what agent, shell, window and our page say to each other of it."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.wire import DurationMs, Identifier, ShortText, Strict

MeetingUrl = Annotated[str, Meta(min_length=1, max_length=2000)]
Percent = Annotated[int, Meta(ge=0, le=100)]

# ---- agent and our page -------------------------------------------------------------------------------------------


class Meeting(Strict, frozen=True, kw_only=True, tag="meeting", tag_field="screen"):
    """The strip above a meeting's page, which the window shows below it while phase is talking.

    phase: connecting, talking, interrupted; `trouble` while it is not there: failed, refused, crashed.
    """

    number: ShortText
    family_name: ShortText
    talk_s: int
    phase: ShortText
    left_ms: DurationMs
    trouble: ShortText | None = None


class VolumeChosen(Strict, frozen=True, kw_only=True, tag="volume", tag_field="type"):
    """The inmate's loudness for a meeting's page; it holds until the visit ends."""

    percent: Percent


# ---- agent to shell, and shell to window --------------------------------------------------------------------------


class OpenMeeting(Strict, frozen=True, kw_only=True, tag="open_meeting", tag_field="type"):
    """Show a meeting's page below our strip. It is leased from the start for 2 s; the same `url` open already is kept as it is.

    `pages`: beginnings of the addresses it may show; `hosts`: what it may fetch from (`*.` before a name: and all below it).
    The address lets its reader into the call: it is kept in memory alone.
    """

    call_id: Identifier
    url: MeetingUrl
    pages: tuple[MeetingUrl, ...]
    hosts: tuple[ShortText, ...]
    volume_percent: Percent

    def __repr__(self) -> str:
        return f"OpenMeeting(call_id={self.call_id!r})"


class CloseMeeting(Strict, frozen=True, kw_only=True, tag="close_meeting", tag_field="type"):
    """Take the meeting's page from the glass; answered by MeetingFact even if there is none."""


class MeetingVolume(Strict, frozen=True, kw_only=True, tag="meeting_volume", tag_field="type"):
    """Loudness of the meeting's page."""

    percent: Percent


class MeetingLease(Strict, frozen=True, kw_only=True, tag="meeting_lease", tag_field="type"):
    """The meeting's page may stay for `ms` more; then the window closes it by itself."""

    ms: DurationMs


# ---- window to shell, and shell to agent --------------------------------------------------------------------------


class MeetingPhase(StrEnum):
    """LOADED: its page is on the glass. LOST: it could not be loaded or has gone. CLOSED: it was closed, or its lease ran out."""

    LOADED = "loaded"
    LOST = "lost"
    CLOSED = "closed"


class MeetingFact(Strict, frozen=True, kw_only=True, tag="meeting", tag_field="type"):
    """What became of a meeting's page. `why` when it is lost: failed, refused, crashed, hung; when it is closed: ordered, lease."""

    phase: MeetingPhase
    call_id: Identifier | None = None
    why: ShortText | None = None
