"""What the family's page asks of central before the call: `POST /api/v1/join` with the token of its link."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocol.wire import Strict


class JoinState(StrEnum):
    """What a link is good for at this moment."""

    TOO_EARLY = "too_early"
    OPEN = "open"
    TOO_LATE = "too_late"
    ENDED = "ended"
    CANCELLED = "cancelled"
    IN_USE = "in_use"
    REFUSED = "refused"


class JoinRequest(Strict, frozen=True, kw_only=True):
    """The token comes from the link's fragment. `claim`: bind this browser to the call (looking alone changes nothing)."""

    token: Annotated[str, Meta(min_length=8, max_length=128)]
    claim: bool = False


class JoinAnswer(Strict, frozen=True, kw_only=True):
    """Instants are central's ms; `now_ms` lets the page tell the time without its own clock.

    With state `open` after a claim the answer carries the cookie `bilik_family` (HttpOnly, for /api/v1/calls).
    `meeting_url`: where the family goes instead, if the call is a meeting's page and its link is open now; nothing is claimed then.
    """

    state: JoinState
    session_id: str
    number: str
    now_ms: int
    opens_at_ms: int
    start_at_ms: int
    talk_s: int
    timezone: str
    facility_name: str
    inmate_name: str
    language: str
    meeting_url: str | None = None
