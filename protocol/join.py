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


class JoinNewsRequest(Strict, frozen=True, kw_only=True):
    """The token comes from the link's fragment."""

    token: Annotated[str, Meta(min_length=8, max_length=128)]


class MakeUpTurn(Strict, frozen=True, kw_only=True):
    """The turn that makes up for a call we broke; `token`: of its own link."""

    number: str
    start_at_ms: int
    token: str


class JoinNews(Strict, frozen=True, kw_only=True):
    """What a family that waits, or whose call broke, is to know now. Instants are central's ms.

    `from_ms`, `to_ms`: when its turn is expected, both None where nobody can say; `ahead`: turns before it at its booth.
    `called`: its number is called out, or its booth waits for it. `make_up_due`: a turn is being found for a call we broke.
    """

    now_ms: int
    timezone: str
    called: bool
    over: bool
    from_ms: int | None = None
    to_ms: int | None = None
    ahead: int = 0
    make_up_due: bool = False
    make_up: MakeUpTurn | None = None
