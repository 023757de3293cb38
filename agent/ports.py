"""What the supervisor needs of the outside, as Protocols.

Errors, by what to do about them:

    AgentError
    ├── CentralError
    │   ├── Unreachable        no answer, a 5xx, a 429: try again later (`retry_after_s` if central said when)
    │   ├── Nonsense           an answer that cannot be read: try again later, tell staff
    │   ├── Untrusted          the certificate is wrong: try again later, open nothing, tell staff
    │   ├── Rejected           central understood and said no (`code`, `retry_after_s`): do not repeat as it is
    │   └── Unauthorised       the device token is refused: enrol again, but only after it lasts
    ├── JournalError
    │   ├── JournalFailed      a write failed (full, read-only, broken disk): restrict, tell staff, try again
    │   ├── JournalDamaged     what is there cannot be read: set aside, begin anew, tell staff
    │   ├── JournalLocked      another agent holds it: say who and exit
    │   └── JournalTooNew      written by a newer agent: refuse, touch nothing
    ├── CredentialsUnusable    no safe place for the device token
    ├── PinUnusable            no technician's PIN that could be kept
    └── ConfigWrong            agent.toml: file, key and what is allowed; exit 2

A bug is a plain exception and ends the process; the service manager starts it again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from agent.core.events import Now
from protocol.call import FromEnd, ToEnd
from protocol.diagnosis import LineMeasured
from protocol.page import FromPage, ToPage
from protocol.shell import FromShell, ToShell
from protocol.terminal import (
    CommandAnswered,
    EnrolmentAnswer,
    EnrolmentRequest,
    Grant,
    OpenRequest,
    OutboxEvent,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
)


class AgentError(Exception):
    """The root of all errors that are not bugs; the message says what, where and what to do next."""


class CentralError(AgentError):
    """Central gave no usable answer."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unreachable(CentralError):
    """No answer, a 5xx or a 429: try again later."""


class CutOff(Unreachable):
    """The request was ended while its answer was waited for: of a held one somebody in between may have had enough. Ask again."""


class Nonsense(CentralError):
    """An answer that cannot be read: try again later, tell staff."""


class Untrusted(CentralError):
    """The certificate is wrong: try again later, open nothing."""


class Unauthorised(CentralError):
    """The device token is refused."""


class Rejected(CentralError):
    """Central understood and said no; `code` says which no."""

    def __init__(self, message: str, *, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.code = code


class JournalError(AgentError):
    """The journal cannot be used."""


class JournalFailed(JournalError):
    """A write failed."""


class JournalDamaged(JournalError):
    """What is there cannot be read."""


class JournalLocked(JournalError):
    """Another agent holds it."""


class JournalTooNew(JournalError):
    """Written by a newer agent."""


class CredentialsUnusable(AgentError):
    """No safe place for the device token."""


class PinUnusable(AgentError):
    """No technician's PIN that could be kept."""


class ConfigWrong(AgentError):
    """agent.toml cannot be used."""


# ---- time ---------------------------------------------------------------------------------------------------------


class Clock(Protocol):
    """Boot time and the map to central's time; the PC's wall clock is not in it."""

    @property
    def boot_id(self) -> str:
        """An id that changes with every boot."""

    def now(self) -> Now:
        """This moment on both clocks."""

    async def wait_until(self, boot_s: float) -> None:
        """Return when `now().boot_s >= boot_s`; at once if it has passed."""

    def add_stamps(self, *, sent_boot_s: float, received_at_ms: int, answered_at_ms: int, got_boot_s: float) -> None:
        """Improve the map by one sync's four stamps; keeps the one with the least round trip, ageing."""


# ---- memory -------------------------------------------------------------------------------------------------------


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What a journal remembers at start. `booth`: the encoded core state. `clean`: the last run said good-bye.

    `trouble`: why nothing can be written at present; the agent runs, out of service, and the next commits try again.
    """

    booth: bytes | None
    boot_id: str | None
    clean: bool
    done: dict[str, CommandAnswered]
    last_central_ms: int | None
    set_aside: str | None = None
    trouble: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction: the booth, new outbox events and answered commands, all or nothing."""

    booth: bytes
    at_ms: int | None
    events: tuple[OutboxEvent, ...] = ()
    done: tuple[CommandAnswered, ...] = ()


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest unacknowledged rows of one boot, and how many wait in all."""

    boot_id: str
    rows: tuple[OutboxRow, ...]
    total: int


class Journal(Protocol):
    """The agent's memory over crashes: booth, outbox, done-table."""

    async def load(self) -> Saved:
        """Read everything; marks the run as not clean until `close`."""

    async def commit(self, change: Change) -> None:
        """Return when it is on the disk (fsync); raises JournalFailed with nothing changed."""

    def checkpoint(self, booth: bytes) -> None:
        """Store the booth soon, newest wins, without waiting; a failure shows at the next commit."""

    async def oldest(self, limit: int) -> Waiting | None:
        """The next batch to send, or None."""

    async def acknowledge(self, boot_id: str, through: int) -> None:
        """Forget the rows of that boot up to and with this seq."""

    async def close(self) -> None:
        """Drain, mark the run clean, let go of the lock."""


# ---- central ------------------------------------------------------------------------------------------------------


class SyncReply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with this side's two stamps of the four."""

    answer: SyncAnswer
    sent_boot_s: float
    got_boot_s: float


class Signalling(Protocol):
    """One open signalling socket."""

    async def send(self, message: FromEnd) -> None:
        """Raises Unreachable when the socket has gone."""

    def __aiter__(self) -> AsyncIterator[ToEnd]:
        """Messages until the socket closes; raises Unreachable if it broke."""


class Central(Protocol):
    """Every call raises a CentralError of the tree above and nothing else."""

    def use_token(self, token: str | None) -> None:
        """Send this token from now on."""

    async def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        """One-time code against a device token."""

    async def sync(self, request: SyncRequest) -> SyncReply:
        """The regular request."""

    async def open_session(self, session_id: str, request: OpenRequest) -> Grant:
        """Rejected.code: wrong_pin, moved, cancelled, open_elsewhere, not_now, wait."""

    async def send_events(self, boot_id: str, rows: tuple[OutboxRow, ...]) -> int:
        """Returns acknowledged_through."""

    def signalling(self, session_id: str) -> AbstractAsyncContextManager[Signalling]:
        """Open the signalling socket of a granted session."""

    async def download(self, version: str, file: str, place: Path, *, most_bytes: int) -> None:
        """Fetch one file of a release onto the disk; also raises OSError, which is the disk's."""

    async def try_line(self, boot_id: str) -> LineMeasured:
        """Send and fetch up to a megabyte; Rejected.code: in_call, wait."""

    async def close(self) -> None:
        """Let go of all connections."""


# ---- the booth's own programs -------------------------------------------------------------------------------------


class PageJoined(msgspec.Struct, frozen=True):
    """A page has connected; the one before it, if any, is cut off."""


class PageLeft(msgspec.Struct, frozen=True):
    """The page's socket has closed."""


class ShellJoined(msgspec.Struct, frozen=True):
    """bilik-shell has connected."""


class ShellLeft(msgspec.Struct, frozen=True):
    """bilik-shell has gone."""


PageHeard = FromPage | PageJoined | PageLeft
ShellHeard = FromShell | ShellJoined | ShellLeft


class Page(Protocol):
    """The loopback server of the kiosk page; at most one page at a time."""

    @property
    def port(self) -> int:
        """The loopback port."""

    @property
    def token(self) -> str:
        """The cookie's value; new with every start of the agent."""

    async def start(self, heard: Callable[[PageHeard], None]) -> None:
        """Serve; `heard` is called in the loop's own task for every message."""

    def send(self, message: ToPage) -> None:
        """Queue a message; dropped when no page is there or it does not read."""

    async def close(self) -> None:
        """Stop serving."""


class Shell(Protocol):
    """The line of bilik-shell; at most one shell at a time, peer credentials checked."""

    async def start(self, heard: Callable[[ShellHeard], None]) -> None:
        """Listen."""

    def send(self, message: ToShell) -> None:
        """Queue a message; dropped when no shell is there."""

    async def close(self) -> None:
        """Stop listening."""


class DoctorDoor(Protocol):
    """Where `bilik-agent doctor` of the same PC asks the running agent; one at a time, peer credentials checked."""

    async def start(self, ask: Callable[[], Awaitable[bytes]]) -> None:
        """Listen; every connection gets one answer. A door that cannot be made is logged and stays shut."""

    async def close(self) -> None:
        """Stop listening."""


class Credentials(Protocol):
    """The safe place of the device token."""

    def place(self) -> str:
        """Where it is kept, in words for status and doctor."""

    def read(self) -> str | None:
        """The token, or None; raises CredentialsUnusable."""

    def write(self, token: str) -> None:
        """Store and read back; raises CredentialsUnusable."""

    def delete(self) -> None:
        """Forget it; no error if there is none."""


class Health(Protocol):
    """What the PC says of itself."""

    def uptime_s(self) -> int:
        """Seconds since boot."""

    def rss_bytes(self) -> int:
        """Resident memory of this process."""

    def disk_free_bytes(self, place: Path) -> int:
        """What this account may still write there; 0 where it cannot be told."""

    def lock_changed(self) -> str | None:
        """What is not as bilik-install set it up, in words; None when all holds, or on a PC that it did not set up."""

    def lock_watched(self) -> bool:
        """Whether bilik-install set this PC up and looks after it."""


class PinOutcome(StrEnum):
    """What comparing a technician's PIN came to. UNSET: there is none. FAILED: it could not be looked at."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSET = "unset"
    FAILED = "failed"


class PinStore(Protocol):
    """The technician's PIN of this PC; central never sees it."""

    async def write(self, pin: str) -> None:
        """Replace the PIN; raises PinUnusable."""

    async def check(self, pin: str) -> PinOutcome:
        """Compare; takes a good part of a second."""


class Network(Protocol):
    """What a technician tests of the network."""

    async def answers(self, address: str) -> bool:
        """Whether the relay at this address (`turn:host:port?transport=udp`) is there; false after 2 s."""


class ServiceManager(Protocol):
    """The one who started us (systemd), and the last resort over the kiosk session."""

    def ready(self) -> None:
        """Start-up is done."""

    def alive(self) -> None:
        """The supervisor's loop turns: the watchdog's ping."""

    def stopping(self) -> None:
        """An orderly end has begun."""

    async def restart_kiosk(self) -> None:
        """Restart the kiosk session: the shell does not answer."""

    async def reboot(self) -> None:
        """Restart the PC."""

    async def hand_over(self) -> bool:
        """End the kiosk session and give the screen to a technician's login, until the kiosk is started again; whether it began."""
