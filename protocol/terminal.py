"""What agent and central say to each other under /api/v1: enrolment, sync, grant, outbox, commands."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from protocol.call import IceServer
from protocol.diagnosis import FINDINGS_MOST, Found
from protocol.outcome import UsageRecord
from protocol.wire import AtMs, Count, DurationMs, Identifier, Lenient, LongText, ShortText, Strict


class Mode(StrEnum):
    """What the booth as a whole is doing."""

    UNENROLLED = "unenrolled"
    IN_SERVICE = "in_service"
    LOCKED = "locked"
    MAINTENANCE = "maintenance"
    OUT_OF_SERVICE = "out_of_service"


class VisitState(StrEnum):
    """How far the visit at hand has come."""

    NONE = "none"
    CHECK_IN = "check_in"
    RULES = "rules"
    WAITING = "waiting"
    TALKING = "talking"
    INTERRUPTED = "interrupted"
    FAREWELL = "farewell"


class CheckInMethod(StrEnum):
    """How the inmate is let in: by one large button, by a PIN, or by the officer's start."""

    NONE = "none"
    PIN = "pin"
    OFFICER = "officer"


class CallKind(StrEnum):
    """What is opened on the screen."""

    WEBRTC = "webrtc"
    WEB_PAGE = "web_page"


class IcePolicy(StrEnum):
    """Which paths a call may take."""

    ALL = "all"
    RELAY = "relay"


# ---- enrolment ----------------------------------------------------------------------------------------------------


class MachineFacts(Strict, frozen=True, kw_only=True):
    """What a PC tells of itself when it enrols; `machine_key` is a hash that a cloned disk on another PC changes."""

    hostname: ShortText
    operating_system: ShortText
    machine_key: Annotated[str, Meta(max_length=128)]
    agent_version: ShortText


class EnrolmentRequest(Strict, frozen=True, kw_only=True):
    """`POST /api/v1/enrolment`: a one-time code against a device token."""

    protocol: Count
    code: Annotated[str, Meta(min_length=4, max_length=64)]
    machine: MachineFacts


class TerminalSettings(Lenient, frozen=True, kw_only=True):
    """What a facility decides for its booths; sent whole whenever the revision moves.

    `warn_at_s` are the thresholds of remaining talk time, largest first; those of 120 s and less also sound.
    """

    terminal_name: ShortText
    facility_name: ShortText
    timezone: ShortText = "Asia/Jakarta"
    language: ShortText = "id"
    check_in: CheckInMethod = CheckInMethod.NONE
    check_in_early_s: int = 60
    no_show_inmate_s: int = 300
    join_grace_s: int = 180
    credit_s: int = 120
    warn_at_s: tuple[int, ...] = (300, 120, 60)
    farewell_s: int = 12
    volume_percent: int = 80


class EnrolmentAnswer(Lenient, frozen=True, kw_only=True):
    """The device token is shown this once; central stores only its hash."""

    terminal_id: Identifier
    device_token: str
    settings: TerminalSettings


# ---- sync ---------------------------------------------------------------------------------------------------------


class TerminalStatus(Strict, frozen=True, kw_only=True):
    """One heartbeat: what the staff board shows of a booth. No names, ever."""

    mode: Mode
    visit: VisitState
    session_id: Identifier | None = None
    talk_left_ms: DurationMs | None = None
    talk_running: bool = False
    faults: tuple[ShortText, ...] = ()
    agent_version: ShortText = ""
    window_up: bool = False
    shell_up: bool = False
    family_present: bool = False
    outbox_waiting: Count = 0
    uptime_s: Count = 0
    escape_attempts: dict[str, Count] = msgspec.field(default_factory=dict)
    volume_percent: Annotated[int, Meta(ge=0, le=100)] = 80


class SyncRequest(Strict, frozen=True, kw_only=True):
    """`POST /api/v1/terminal/sync`: the status, and the revision of the assignments the agent has (0: none).

    With `hold` the answer may be kept back until there is news or for `hold_s`; a change of state goes without.
    """

    protocol: Count
    boot_id: Identifier
    revision: Count
    hold: bool
    status: TerminalStatus


class AssignedSession(Lenient, frozen=True, kw_only=True):
    """One planned call without a name. Bounds are checked by the agent one by one, so one bad row costs only itself."""

    id: str
    number: str
    start_at_ms: int
    talk_s: int
    closing_at_ms: int | None = None
    call_kind: str = "webrtc"


class Assignments(Lenient, frozen=True, kw_only=True):
    """The sessions of the next 24 h in order of start, and the settings they are to be kept under."""

    sessions: tuple[AssignedSession, ...]
    settings: TerminalSettings


class CommandKind(StrEnum):
    """What staff can ask of a booth."""

    START = "start"
    END = "end"
    EXTEND = "extend"
    MESSAGE = "message"
    LOCK = "lock"
    UNLOCK = "unlock"
    VOLUME = "volume"
    LISTEN = "listen"
    MOVE = "move"
    EMERGENCY_STOP = "emergency_stop"
    RESTART_WINDOW = "restart_window"
    RESTART_AGENT = "restart_agent"
    REBOOT = "reboot"
    RUN_DIAGNOSIS = "run_diagnosis"
    LET_TECHNICIAN_IN = "let_technician_in"
    SET_VERSION = "set_version"


class Command(Lenient, frozen=True, kw_only=True):
    """Sent until answered, done at most once. `kind` is text so that an unknown one can be refused by name.

    Of set_version: `version` names the release, `sha256` is the hash of its signed list.
    """

    id: str
    kind: str
    expires_at_ms: int
    session_id: str | None = None
    issued_by: str = ""
    reason: str | None = None
    fault_party: str | None = None
    add_s: int | None = None
    text: str | None = None
    level: int | None = None
    version: str | None = None
    sha256: str | None = None


class SyncAnswer(Lenient, frozen=True, kw_only=True):
    """`received_at_ms` and `answered_at_ms` are central's two stamps of the four that make the clock map.

    `faults`: codes of what central alone can see (KLN-1); one that is no longer here has gone.
    """

    received_at_ms: int
    answered_at_ms: int
    revision: int
    hold_s: float
    commands: tuple[Command, ...] = ()
    assignments: Assignments | None = None
    faults: tuple[str, ...] = ()


# ---- grant --------------------------------------------------------------------------------------------------------


class OpenRequest(Strict, frozen=True, kw_only=True):
    """`POST /api/v1/terminal/sessions/{id}/open`: may this terminal open this session now?

    `again` asks for names and tokens of a session this terminal has open already, after a restart of the agent.
    """

    protocol: Count
    boot_id: Identifier
    pin: Annotated[str, Meta(max_length=12)] | None = None
    again: bool = False


class Grant(Lenient, frozen=True, kw_only=True):
    """The permission to open a session; kept in memory only, since it carries names and secrets.

    Of a web_page: `call_url` is the meeting's link, `call_pages` are the beginnings of the addresses that it may show, and
    `call_hosts` are the hosts it may fetch from (`*.` before a name: and all below it).
    """

    session_id: str
    number: str
    start_at_ms: int
    talk_s: int
    inmate_name: str
    family_name: str
    closing_at_ms: int | None = None
    call_kind: CallKind = CallKind.WEBRTC
    call_url: str | None = None
    call_pages: tuple[str, ...] = ()
    call_hosts: tuple[str, ...] = ()
    ice_servers: tuple[IceServer, ...] = ()
    ice_policy: IcePolicy = IcePolicy.ALL


# ---- outbox -------------------------------------------------------------------------------------------------------


class VisitMoved(Strict, frozen=True, kw_only=True, tag="visit", tag_field="type"):
    """A visit came to another state."""

    session_id: Identifier
    state: VisitState
    talk_left_ms: DurationMs | None = None


class UsageWritten(Strict, frozen=True, kw_only=True, tag="usage", tag_field="type"):
    """A visit ended; at most one a session counts."""

    usage: UsageRecord


class CommandOutcome(StrEnum):
    """What became of a command."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class CommandAnswered(Strict, frozen=True, kw_only=True, tag="command", tag_field="type"):
    """What became of a command, and why not where it was refused."""

    command_id: Identifier
    outcome: CommandOutcome
    why: ShortText | None = None


class FaultChanged(Strict, frozen=True, kw_only=True, tag="fault", tag_field="type"):
    """A fault was raised or has gone."""

    code: ShortText
    raised: bool
    detail: ShortText | None = None


class TechnicianSeen(Strict, frozen=True, kw_only=True, tag="technician", tag_field="type"):
    """A technician's PIN was tried, or what followed. kind: wrong, failed, entered, left, timed_out, handed_over; never the PIN."""

    kind: ShortText


class DiagnosisMade(Strict, frozen=True, kw_only=True, tag="diagnosis", tag_field="type"):
    """What the booth found when staff asked it to look at itself by this command; comes before the command's answer."""

    command_id: Identifier
    found: Annotated[tuple[Found, ...], Meta(max_length=FINDINGS_MOST)]


OutboxEvent = VisitMoved | UsageWritten | CommandAnswered | FaultChanged | TechnicianSeen | DiagnosisMade


class OutboxRow(Strict, frozen=True, kw_only=True):
    """One event; `seq` counts up by one within a boot. `at_ms` is null where no clock map was known yet."""

    seq: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
    at_ms: AtMs | None
    event: OutboxEvent


class EventBatch(Strict, frozen=True, kw_only=True):
    """`POST /api/v1/terminal/events`: rows of one boot, oldest first."""

    protocol: Count
    boot_id: Identifier
    rows: Annotated[tuple[OutboxRow, ...], Meta(min_length=1, max_length=300)]


class EventsAnswer(Lenient, frozen=True, kw_only=True):
    """All rows of that boot up to this one are committed; `set_aside`: those that central could only keep for staff."""

    acknowledged_through: int
    set_aside: tuple[int, ...] = ()


class Problem(Lenient, frozen=True, kw_only=True):
    """An error body (application/problem+json): what happened and what to do, never a secret or an address."""

    status: int
    title: str
    detail: LongText = ""
    code: str = ""
    errors: tuple[dict[str, str], ...] = ()
