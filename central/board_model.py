"""What a staff board is made from and what it is: rows and rooms in, alarms, tiles and a queue out; no words, no I/O."""

from enum import StrEnum

from msgspec import Struct

from protocol.faults import Severity
from protocol.terminal import TerminalStatus

HOLD_EXPECTED_S = 5
"""How long a request is held while a facility has visits; silence beyond it is news."""


class Clone(Struct, frozen=True, kw_only=True):
    """One of two PCs with one enrolment: the boot it runs under, and since when it is on."""

    boot_id: str
    began_at_ms: int


class TerminalRow(Struct, frozen=True, kw_only=True):
    """A terminal and its last heartbeat; `hold_s`: within which the next one is due.

    `dropped_at_ms`: when its connection was closed from its side, if it was. `clones`: the PCs an officer has to choose from.
    `has_rejects`: it sent reports that could not count and that nobody has looked at.
    """

    id: str
    name: str
    enrolled: bool
    seen_at_ms: int | None = None
    hold_s: float = HOLD_EXPECTED_S
    status: TerminalStatus | None = None
    dropped_at_ms: int | None = None
    clones: tuple[Clone, ...] = ()
    has_rejects: bool = False

    @property
    def faults(self) -> tuple[str, ...]:
        """What it said of itself, and what only central sees."""
        said = self.status.faults if self.status else ()
        seen = (("KLN-1", bool(self.clones)), ("LAP-1", self.has_rejects))
        return (*said, *(code for code, is_so in seen if is_so and code not in said))


class SessionRow(Struct, frozen=True, kw_only=True):
    """A call session that is planned or open. `is_meeting`: a meeting's page, not a call of our own; `listener`: which officer hears it."""

    id: str
    terminal_id: str
    number: str
    start_at_ms: int
    talk_s: int
    is_open: bool
    inmate_name: str
    family_name: str
    admitted: bool
    is_meeting: bool = False
    listener: str | None = None


class RoomRow(Struct, frozen=True, kw_only=True):
    """Who is in a session's room now; `picture` changes with every new still."""

    session_id: str
    family_present: bool
    family_ready: bool
    picture: str | None = None


class CommandRow(Struct, frozen=True, kw_only=True):
    """A command of the last minutes. `state`: pending, done, refused, expired."""

    terminal_id: str
    issued_by: str = ""
    kind: str
    state: str
    why: str | None
    issued_at_ms: int
    answered_at_ms: int | None


class Rules(Struct, frozen=True, kw_only=True):
    """What the facility decided that the board must know."""

    check_in_by_officer: bool = False
    admit_by_officer: bool = True


class Link(StrEnum):
    """How fresh the news of a booth is."""

    NEVER = "never"
    OK = "ok"
    LATE = "late"
    GONE = "gone"


class Look(StrEnum):
    """The tile's colour; the state says the same in words."""

    TALK = "talk"
    WAIT = "wait"
    GONE = "gone"
    STOP = "stop"
    FREE = "free"


class Alarm(Struct, frozen=True, kw_only=True):
    """One fault of one booth. `code`: a row of protocol.faults, or gone, screen; `since_ms` where it is known."""

    terminal: str
    code: str
    severity: Severity
    since_ms: int | None = None


class Told(Struct, frozen=True, kw_only=True):
    """What became of the last command to a booth."""

    kind: str
    state: str
    why: str | None


class Stopped(Struct, frozen=True, kw_only=True):
    """An emergency stop of the last minutes: when, by whom, and what became of it at each booth (name and state of the command).

    `can_open`: some booth is still closed by it.
    """

    at_ms: int
    by: str
    booths: tuple[tuple[str, str], ...]
    can_open: bool


class Tile(Struct, frozen=True, kw_only=True):
    """One booth. `zero_at_ms`: when its running time reaches nothing; `left_ms`: the time left where it stands still.

    `targets`: id and name of the booths that are free to take its session.
    """

    terminal_id: str
    name: str
    look: Look
    state: str
    link: Link
    seen_at_ms: int | None
    left_ms: int | None
    zero_at_ms: int | None
    session: SessionRow | None
    next: SessionRow | None
    family_present: bool
    asks: bool
    picture: str | None
    devices_bad: tuple[str, ...]
    acts: tuple[str, ...]
    told: Told | None
    volume_percent: int = 80
    targets: tuple[tuple[str, str], ...] = ()
    clones: tuple[Clone, ...] = ()


class Turn(Struct, frozen=True, kw_only=True):
    """One row of the queue. `state`: open, due, planned; `asks`: its family waits to be let in already."""

    session: SessionRow
    terminal: str
    state: str
    asks: bool
    family_present: bool
    picture: str | None
    acts: tuple[str, ...] = ()


class Board(Struct, frozen=True, kw_only=True):
    """The whole board at one instant of central's time."""

    alarms: tuple[Alarm, ...]
    tiles: tuple[Tile, ...]
    queue: tuple[Turn, ...]
    waiting: int
    stopped: Stopped | None = None
    on_duty: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether some time is running down."""
        return any(tile.zero_at_ms is not None for tile in self.tiles)


class Rows(Struct, frozen=True, kw_only=True):
    """All that a board is made from; `commands` newest first, `sessions` by planned start."""

    terminals: tuple[TerminalRow, ...]
    sessions: tuple[SessionRow, ...] = ()
    rooms: tuple[RoomRow, ...] = ()
    commands: tuple[CommandRow, ...] = ()
    rules: Rules = Rules()
    on_duty: tuple[str, ...] = ()
