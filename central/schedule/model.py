"""What a day's plan is made from and what it is: facts in; turns, refusals, moved times and their reasons out; no I/O.

Instants are milliseconds of central's time, lengths whole seconds.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """How long one may talk: at least, as a rule, and at most."""

    floor_s: int = 300
    default_s: int = 600
    ceiling_s: int = 900

    def __post_init__(self) -> None:
        """Raise ValueError for limits that contradict each other."""
        if not 0 < self.floor_s <= self.default_s <= self.ceiling_s:
            raise ValueError(f"talk time of {self.floor_s}, {self.default_s}, {self.ceiling_s} s does not rise")


class Rules(Struct, frozen=True, kw_only=True):
    """What a facility decided.

    `change_over_s`: between two turns at a booth. `step_s`: starts and shared talk times are multiples of it. `tolerance_s`:
    who starts that much late has not been moved. `notice_s`: a told time that is nearer is never given up to make room.
    `lost_after_s`: a silent booth counts as lost, and `lost_ahead_s`: its turns within so much go to the others.
    `grace_s`: who is not there so long after the told time is absent.
    """

    limits: Limits = Limits()
    change_over_s: int = 90
    step_s: int = 30
    tolerance_s: int = 180
    notice_s: int = 7200
    lost_after_s: int = 60
    lost_ahead_s: int = 2700
    grace_s: int = 300


class Window(Struct, frozen=True):
    """The facility is open in [from, to)."""

    from_ms: int
    to_ms: int


class Running(Struct, frozen=True, kw_only=True):
    """A session that was opened, and when it is expected to be over."""

    ends_at_ms: int
    inmate: str = ""


class Booth(Struct, frozen=True, kw_only=True):
    """One terminal. `free_from_ms`: no sooner, for the change-over after a turn that has ended; `lost_at_ms`: silent since."""

    id: str
    works: bool = True
    until_ms: int | None = None
    free_from_ms: int = 0
    lost_at_ms: int | None = None
    running: Running | None = None


class Told(Struct, frozen=True, kw_only=True):
    """What a family was told."""

    booth: str
    start_at_ms: int
    talk_s: int


class Exemption(Struct, frozen=True, kw_only=True):
    """A talk time outside all limits, which an officer answers for by name and with a reason."""

    talk_s: int
    by: str
    reason: str

    def __post_init__(self) -> None:
        """Raise ValueError for one that nobody answers for."""
        if not self.by.strip() or not self.reason.strip() or self.talk_s <= 0:
            raise ValueError("an exemption needs its officer's name, its reason and a talk time")


class Waiting(Struct, frozen=True, kw_only=True):
    """Somebody whose session is not opened yet.

    `told`: what the family was told, if it was. `inmate`: who it is, for the quota and for one call at a time; "" is nobody known.
    `limits`: the own ones in place of the facility's. `make_up`: a turn for one that we broke. `present`: seen to be there.
    `pinned`: an officer put it where it was told; others go around it.
    """

    id: str
    told: Told | None = None
    not_before_ms: int = 0
    inmate: str = ""
    limits: Limits | None = None
    exemption: Exemption | None = None
    make_up: bool = False
    present: bool = False
    pinned: bool = False


class Day(Struct, frozen=True, kw_only=True):
    """All that is known of a day at one instant.

    `windows` and `booths` in order, `waiting` in queue order. `quota`: turns that an inmate has left; who is not in it has no
    limit. `expecting_more`: registration is open, so that nobody gets more than the default yet. `anew`: an officer lets all
    told times beyond the notice go.
    """

    now_ms: int
    windows: tuple[Window, ...]
    booths: tuple[Booth, ...]
    waiting: tuple[Waiting, ...]
    rules: Rules = Rules()
    quota: Mapping[str, int] = {}
    expecting_more: bool = False
    anew: bool = False


class Turn(Struct, frozen=True, kw_only=True):
    """Where and when somebody talks, and how long. `most_s`: what could be given with nobody moved for it."""

    id: str
    booth: str
    start_at_ms: int
    talk_s: int
    closing_at_ms: int
    most_s: int

    @property
    def ends_at_ms(self) -> int:
        """When the talk is over, begun as planned."""
        return self.start_at_ms + self.talk_s * 1000


class Reason(StrEnum):
    """Why somebody has no turn on this day."""

    CLOSED = "closed"
    NO_BOOTH = "no_booth"
    FULL = "full"
    QUOTA = "quota"
    ABSENT = "absent"
    TOO_LONG = "too_long"


class NotToday(Struct, frozen=True):
    """Somebody without a turn, and the reason."""

    id: str
    reason: Reason


class Moved(Struct, frozen=True, kw_only=True):
    """A told time that no longer holds: its family must get a message. `told` is what it knows now."""

    id: str
    told: Told
    start_at_ms: int
    talk_s: int


class Bound(StrEnum):
    """What decided the talk time of those who were given one now."""

    NOBODY = "nobody"
    CEILING = "ceiling"
    DEFAULT = "default"
    SHARED = "shared"
    FLOOR = "floor"


class Why(Struct, frozen=True, kw_only=True):
    """The numbers behind a plan, for an officer.

    `talk_s`: what those without a told time get, or would. `open_s`: seconds left today, summed over the booths that work.
    `room_default`, `room_floor`: how many turns of that length they hold. `given_up`: told times let go to make room.
    `pinned`: turns that an officer put where they are.
    """

    bound: Bound
    talk_s: int
    waiting: int
    kept: int
    given_up: int
    exempt: int
    pinned: int
    booths: int
    lost: tuple[str, ...]
    open_s: int
    room_default: int
    room_floor: int


class Plan(Struct, frozen=True, kw_only=True):
    """A day's plan: `turns` in order of start, `not_today` in queue order, `moved` in order of the new start."""

    turns: tuple[Turn, ...]
    not_today: tuple[NotToday, ...]
    moved: tuple[Moved, ...]
    why: Why
