"""What a booth is at one moment: frozen Structs, and nothing that decides."""

import msgspec

from agent.core.stopwatch import Stopwatch
from agent.core.talk_clock import TalkClock
from protocol.devices import DevicesMeasured
from protocol.maintenance import Diagnosis
from protocol.outcome import CallQuality, EndReason, FaultParty, UsageRecord
from protocol.terminal import AssignedSession, CallKind, Grant, Mode, TerminalSettings, VisitState


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The family's end as central last told it."""

    present: bool = False
    ready: bool = False
    admitted: bool = False


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """When each end last heard a packet of the present call (boot seconds)."""

    here_s: float
    there_s: float

    @property
    def both_s(self) -> float:
        """The last moment at which both ends were known to hear each other."""
        return min(self.here_s, self.there_s)


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a visit ended; kept for the farewell."""

    reason: EndReason
    fault_party: FaultParty
    delivered_ms: int
    talk_s: int
    left_ms: int
    over_at_s: float


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """Time that an officer added and that is not known to be on the disk yet: it counts for nothing until then."""

    command_id: str
    add_s: int


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One call session from CHECK_IN to FAREWELL; moments ending in `_s` are boot seconds, in `_at_ms` central's time.

    `asking_since_s`: an OpenSession is under way. `maybe_open`: one was lost on the way, so central may have opened already.
    `grant` carries names and secrets: memory only, null after a restart until it was given again. `opened`: there was a grant.
    `end_by_s` is fixed with the first grant, never past `closing_s`, and only grows by an extension.
    `call_outdated`: the family came back with an empty page since the call of `call_id` was started.
    `call_since_s`: when that call was started. `call_again_s`: not before this is a meeting's page opened again, and
    `meeting_trouble` says why it had to be.
    `warned_to_s`: warnings at or above this remaining time are done. `resuming`: not talking again since a restart.
    """

    session_id: str
    number: str
    planned_start_at_ms: int
    closing_at_ms: int | None
    state: VisitState
    check_in_at_ms: int
    check_in_s: float
    talk: TalkClock
    warned_to_s: float
    call_kind: CallKind = CallKind.WEBRTC
    asking_since_s: float | None = None
    maybe_open: bool = False
    refused: str | None = None
    ask_again_s: float | None = None
    grant: Grant | None = None
    opened: bool = False
    end_by_s: float | None = None
    extending: tuple[Extension, ...] = ()
    closing_s: float | None = None
    signalling_up: bool = False
    family: Family | None = None
    absent: Stopwatch = Stopwatch()
    call_id: str | None = None
    call_outdated: bool = False
    call_since_s: float | None = None
    call_again_s: float | None = None
    meeting_trouble: str | None = None
    calls: int = 0
    heard: Heard | None = None
    listening: bool = False
    waiting_at_ms: int | None = None
    talk_started_at_ms: int | None = None
    restarts: int = 0
    resuming: bool = False
    quality: CallQuality | None = None
    ending: Ending | None = None

    @property
    def is_meeting(self) -> bool:
        """Is the call a meeting's page, and not one of our own?"""
        return self.call_kind is CallKind.WEB_PAGE


class PendingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A usage record that waits for the view to close (until `write_by_s`), or was reported and is not known to be stored."""

    record: UsageRecord
    call_id: str | None
    ended_s: float
    write_by_s: float
    reported: bool = False


class Anchor(msgspec.Struct, frozen=True):
    """One moment on both clocks: the latest known of the visit at hand."""

    boot_s: float
    central_ms: int


class Technician(msgspec.Struct, frozen=True, kw_only=True):
    """A technician's way in; moments ending in `_s` are boot seconds.

    `asked_until_s`: the PIN is asked for. `wrong`: PINs in a row, the one being looked at (`checking_since_s`) among them.
    `wait_s` is the standing wait in full, `wait_until_s` its end. `let_in_during`: the session that an officer lets be ended.
    `inside_until_s`: when a technician who does nothing has gone. `handed_over`: the screen is the technician's login.
    `devices`: what was last measured of camera, microphone and loudspeaker; in memory only, as `diagnosis`.
    """

    asked_until_s: float | None = None
    checking_since_s: float | None = None
    wrong: int = 0
    wait_s: float = 0.0
    wait_until_s: float | None = None
    said: str | None = None
    let_in_during: str | None = None
    inside_until_s: float | None = None
    handed_over: bool = False
    diagnosing: bool = False
    diagnosis: Diagnosis | None = None
    devices: DevicesMeasured | None = None


class Booth(msgspec.Struct, frozen=True, kw_only=True):
    """The whole state. `adrift`: boot seconds in it are of an earlier boot until central's time is known again.

    `locked` and `maintenance` are wishes; `mode` follows them when no visit holds it back. `finished`: sessions that ended here.
    `diagnosing_for`: commands of staff that wait for what is found.
    """

    mode: Mode = Mode.UNENROLLED
    enrolled: bool = False
    locked: bool = False
    maintenance: bool = False
    token_refused: bool = False
    settings: TerminalSettings = TerminalSettings(terminal_name="", facility_name="")
    sessions: tuple[AssignedSession, ...] = ()
    finished: tuple[str, ...] = ()
    visit: Visit | None = None
    pending: tuple[PendingRecord, ...] = ()
    faults: tuple[str, ...] = ()
    online: bool = False
    journal_trouble: str | None = None
    page_up: bool = False
    window_up: bool = False
    shell_up: bool = False
    chosen_language: str | None = None
    chosen_volume: int | None = None
    inmate_volume: int | None = None
    escape_attempts: dict[str, int] = {}
    anchor: Anchor | None = None
    adrift: bool = False
    technician: Technician = Technician()
    diagnosing_for: tuple[str, ...] = ()

    @property
    def state(self) -> VisitState:
        """How far the visit at hand has come; NONE without one."""
        return VisitState.NONE if self.visit is None else self.visit.state

    @property
    def language(self) -> str:
        """The inmate's choice, or the facility's."""
        return self.chosen_language or self.settings.language

    @property
    def volume_percent(self) -> int:
        """The choice of inmate or officer, whichever was last, or the facility's."""
        chosen = (self.inmate_volume, self.chosen_volume, self.settings.volume_percent)
        return next(percent for percent in chosen if percent is not None)
