"""Everything that can happen to a booth, as facts with the moment they were learned."""

import msgspec

from protocol.devices import DevicesMeasured
from protocol.maintenance import Diagnosis, MaintenanceDeed
from protocol.outcome import CallQuality
from protocol.terminal import AssignedSession, Command, Grant, TerminalSettings


class Now(msgspec.Struct, frozen=True):
    """One moment on both clocks: seconds since boot (suspend counted, cannot be set), and central's ms, null until a map is known."""

    boot_s: float
    central_ms: int | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events; `now` is when the supervisor took it up."""

    now: Now


class Started(Event, frozen=True, kw_only=True):
    """The agent runs. `same_boot`: the saved booth is from this boot. `clean`: the last run ended by itself, not by a crash."""

    clean: bool
    same_boot: bool
    enrolled: bool


class Woke(Event, frozen=True, kw_only=True):
    """This agent did not run since `since_s` (boot seconds): the PC slept, or the process was stopped. Comes before what is late by it."""

    since_s: float


class Ticked(Event, frozen=True, kw_only=True):
    """A deadline of `next_wake` has come, or just some time has passed."""


class WasEnrolled(Event, frozen=True, kw_only=True):
    """A device token is there; settings came with it."""

    settings: TerminalSettings


class AssignmentsArrived(Event, frozen=True, kw_only=True):
    """Central's list of sessions, unchecked: the core drops what makes no sense and raises JDW-1 for it."""

    sessions: tuple[AssignedSession, ...]
    settings: TerminalSettings


class CentralReached(Event, frozen=True, kw_only=True):
    """A sync was answered."""


class CentralLost(Event, frozen=True, kw_only=True):
    """Central cannot be reached. `code`: JAR-1 no way, JAR-2 nonsense, JAR-3 certificate."""

    code: str


class TokenRefused(Event, frozen=True, kw_only=True):
    """Central has refused the device token for longer than the grace time."""


class SessionGranted(Event, frozen=True, kw_only=True):
    """Central's answer to OpenSession."""

    grant: Grant


class SessionRefused(Event, frozen=True, kw_only=True):
    """Central's refusal, or none could be had. why: wrong_pin, moved, cancelled, open_elsewhere, not_now, wait, unreachable."""

    session_id: str
    why: str
    retry_s: int = 0


class SignallingChanged(Event, frozen=True, kw_only=True):
    """The signalling socket of this session is up or down."""

    session_id: str
    up: bool


class FamilyChanged(Event, frozen=True, kw_only=True):
    """What central says of the family's end."""

    session_id: str
    present: bool
    ready: bool
    admitted: bool


class FamilyEnded(Event, frozen=True, kw_only=True):
    """The family pressed End and confirmed it."""

    session_id: str


class ByeSaid(Event, frozen=True, kw_only=True):
    """Central closed this session's signalling for good. why: see protocol.call.Bye."""

    session_id: str
    why: str


class CommandArrived(Event, frozen=True, kw_only=True):
    """A command that is not in the done-table."""

    command: Command


class StartPressed(Event, frozen=True, kw_only=True):
    """The inmate's Start button."""


class PinEntered(Event, frozen=True, kw_only=True):
    """The inmate's PIN; must never be logged or stored."""

    pin: str

    def __repr__(self) -> str:
        return "PinEntered(pin=…)"


class RulesWereAccepted(Event, frozen=True, kw_only=True):
    """The inmate understands and agrees."""


class WentBack(Event, frozen=True, kw_only=True):
    """The inmate went from the rules back to the check-in."""


class InmateEnded(Event, frozen=True, kw_only=True):
    """The inmate pressed End and confirmed it."""


class AudioReported(Event, frozen=True, kw_only=True):
    """How long each end has heard nothing, as of `now`."""

    call_id: str
    here_silent_s: float
    there_silent_s: float


class QualityReported(Event, frozen=True, kw_only=True):
    """The running means of the call so far."""

    call_id: str
    quality: CallQuality


class MeetingLoaded(Event, frozen=True, kw_only=True):
    """The meeting's page opened under this call id is on the glass."""

    call_id: str


class MeetingLost(Event, frozen=True, kw_only=True):
    """The meeting's page could not be loaded or has gone. why: failed, refused, crashed, hung, window, lease."""

    call_id: str
    why: str


class ViewClosed(Event, frozen=True, kw_only=True):
    """The page has taken the call view from the glass and stopped every track."""

    call_id: str | None


class PageChanged(Event, frozen=True, kw_only=True):
    """The page is drawn and connected, or has gone (reload, renderer or window ended, no beat for 3 s)."""

    up: bool


class WindowChanged(Event, frozen=True, kw_only=True):
    """What the shell says of the window. `given_up`: the restart limit of this boot was reached."""

    shell_up: bool
    window_up: bool
    given_up: bool = False


class DevicesReported(Event, frozen=True, kw_only=True):
    """Which devices the page could open."""

    camera: bool
    microphone: bool


class LanguageWasChosen(Event, frozen=True, kw_only=True):
    """The inmate's language, id or en, until the visit ends."""

    language: str


class VolumeWasChosen(Event, frozen=True, kw_only=True):
    """The inmate's loudness in percent, until the visit ends."""

    percent: int


class EscapeSeen(Event, frozen=True, kw_only=True):
    """An attempt to get out, by kind."""

    kind: str
    count: int = 1


class FaultSeen(Event, frozen=True, kw_only=True):
    """A fault from outside the core was raised (`raised`) or has gone."""

    code: str
    raised: bool
    detail: str | None = None


class JournalFailed(Event, frozen=True, kw_only=True):
    """A commit failed: the step that needed it was dropped unless it only restricted."""

    detail: str


class JournalHealed(Event, frozen=True, kw_only=True):
    """Commits work again."""


class UsageStored(Event, frozen=True, kw_only=True):
    """The usage record of the visit is safely in the outbox, or, where that cannot be written, at central."""

    session_id: str


class ExtensionStored(Event, frozen=True, kw_only=True):
    """The extension that this command asked for is on the disk."""

    command_id: str


# ---- a technician at the booth ------------------------------------------------------------------------------------


class TechnicianCame(Event, frozen=True, kw_only=True):
    """Somebody asks for the PIN screen. how: chord (keyboard) or corners (touch)."""

    how: str


class TechnicianPinEntered(Event, frozen=True, kw_only=True):
    """A technician's PIN; must never be logged or stored."""

    pin: str

    def __repr__(self) -> str:
        return "TechnicianPinEntered(pin=…)"


class TechnicianPinChecked(Event, frozen=True, kw_only=True):
    """What became of CheckTechnicianPin. outcome: right, wrong, unset (there is no PIN) or failed (it could not be looked at)."""

    outcome: str


class MaintenanceWasAsked(Event, frozen=True, kw_only=True):
    """A button of the PIN screen or of the maintenance screen."""

    deed: MaintenanceDeed


class Diagnosed(Event, frozen=True, kw_only=True):
    """What Diagnose found."""

    diagnosis: Diagnosis


class DevicesSeen(Event, frozen=True, kw_only=True):
    """The page measured camera, microphone and loudspeaker."""

    measured: DevicesMeasured


class HandOverAnswered(Event, frozen=True, kw_only=True):
    """The screen was given to the technician's login, or could not be."""

    done: bool
