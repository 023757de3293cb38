"""The behaviour of a whole booth: `step(booth, event) -> (booth, effects)`, pure and total.

Two small machines (mode.py, visit.py) are coupled by the few lines of `settle`. An event that means nothing in the present
state changes nothing; a command is answered always. The contract with the supervisor:

- `Started` is the first event of every run, fed to the decoded booth or to `new_booth()`.
- `Ticked` is fed when `next_wake` has come. Late is harmless: what was due is kept as of the moment it was due.
- A commit that fails is told with `JournalFailed`, whose own step asks for nothing; its booth is kept. Whether the failed
  step's booth was kept or dropped, its usage record is reported again after `JournalHealed`, and no longer after `UsageStored`.
- Names, PINs and secrets are in `booth.visit.grant` and in effects only, never in `encode(booth)`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from agent.core import (
    attempts,
    calling,
    check_in,
    commands,
    diagnosing,
    ending,
    events,
    extending,
    faults,
    meeting,
    recovery,
    technician,
)
from agent.core.assignments import check, sane
from agent.core.deadlines import keep_deadlines, lease_ms, next_wake
from agent.core.effects import Effect, ForgetToken, JoinSignalling, OpenSession, SetVolume, StartCall
from agent.core.events import Event
from agent.core.mode import settled
from agent.core.policy import LANGUAGES
from agent.core.saved import SavedUnreadable, decode, encode
from agent.core.state import Booth, Visit
from agent.core.turn import Turn
from agent.core.views import family_clock_for, screen_for, status_for
from agent.core.visit import JOINED
from protocol.terminal import TerminalSettings, VisitState

__all__ = [
    "Booth",
    "SavedUnreadable",
    "Visit",
    "decode",
    "encode",
    "family_clock_for",
    "lease_ms",
    "new_booth",
    "next_wake",
    "screen_for",
    "status_for",
    "step",
]

Handler = Callable[[Turn, Any], None]


def new_booth() -> Booth:
    """A booth that has never been enrolled; feed it `Started` first."""
    return Booth()


def step(booth: Booth, event: Event) -> tuple[Booth, tuple[Effect, ...]]:
    """What the booth becomes and what is to be done about it."""
    turn = Turn(booth, event.now)
    if isinstance(event, events.Started):
        recovery.on_started(turn, event)
    if isinstance(event, events.Woke):
        recovery.on_woke(turn, event)
    recovery.keep_time(turn)
    keep_deadlines(turn)
    handler_for(turn.booth, type(event))(turn, event)
    settle(turn)
    return turn.booth, tuple(turn.effects)


def handler_for(booth: Booth, kind: type[Event]) -> Handler:
    """What the booth, or the visit in its state, does about this kind of event."""
    if kind in ALWAYS:
        return ALWAYS[kind]
    if booth.visit is not None and kind in (OF_A_CALL if booth.visit.is_meeting else OF_A_MEETING):
        return ignore
    return ignore if booth.adrift else LISTENS[booth.state].get(kind, ignore)


def settle(turn: Turn) -> None:
    """The lines that bind mode, visit, schedule and call to each other, applied until nothing changes any more."""
    while True:
        before = turn.booth
        turn.change(mode=settled(turn.booth))
        forget_token(turn)
        keep_deadlines(turn)
        check_in.call_next(turn)
        if check_in.needs_grant(turn.booth, turn.now):
            check_in.ask(turn)
        if calling.is_call_wanted(turn.booth, turn.now):
            calling.start_call(turn)
        calling.look_at_clock(turn)
        if turn.booth == before:
            return


def forget_token(turn: Turn) -> None:
    """A refused device token is forgotten when no visit needs it any more."""
    if turn.booth.token_refused and turn.booth.visit is None:
        faults.set_fault(turn, "TKN-1", raised=True)
        turn.change(token_refused=False, enrolled=False, sessions=())
        turn.do(ForgetToken())


# ---- events of the booth as a whole -------------------------------------------------------------------------------


def ignore(_: Turn, __: Event) -> None:
    """This event means nothing now."""


def on_enrolled(turn: Turn, event: events.WasEnrolled) -> None:
    """A device token is there."""
    turn.change(enrolled=True, token_refused=False)
    faults.set_fault(turn, "TKN-1", raised=False)
    take_settings(turn, event.settings)


def on_assignments(turn: Turn, event: events.AssignmentsArrived) -> None:
    """The schedule of the day, as far as it makes sense."""
    checked = check(event.sessions, turn.now.central_ms)
    turn.change(sessions=checked.kept)
    rows = f"{checked.rejected} rows" if checked.rejected else None
    faults.set_fault(turn, "JDW-1", raised=checked.rejected > 0, detail=rows)
    take_settings(turn, event.settings)
    check_in.follow_schedule(turn, frozenset(row.id for row in event.sessions))


def take_settings(turn: Turn, settings: TerminalSettings) -> None:
    """New settings hold at once, but for what the grant of an opened session has fixed."""
    before = turn.booth.volume_percent
    turn.change(settings=sane(settings))
    if turn.booth.volume_percent != before:
        turn.do(SetVolume(percent=turn.booth.volume_percent))


def on_language(turn: Turn, event: events.LanguageWasChosen) -> None:
    """The inmate's choice holds until the visit ends."""
    if event.language in LANGUAGES:
        turn.change(chosen_language=event.language)


def on_volume(turn: Turn, event: events.VolumeWasChosen) -> None:
    """The inmate's loudness holds until the visit ends."""
    turn.change(inmate_volume=min(100, max(0, event.percent)))
    turn.do(SetVolume(percent=turn.booth.volume_percent))


def on_window(turn: Turn, event: events.WindowChanged) -> None:
    """What the shell says of the window; a shell that was away and is back takes the screen from a technician."""
    if event.shell_up and not turn.booth.shell_up:
        technician.shell_is_back(turn)
    faults.on_window(turn, event)


def on_journal_failed(turn: Turn, event: events.JournalFailed) -> None:
    """Restrict, and owe again what was not stored."""
    faults.on_journal_failed(turn, event)
    ending.unwrite_records(turn)


def on_journal_healed(turn: Turn, _: events.JournalHealed) -> None:
    """Ask again for whatever a failed commit may have swallowed; every effect is safe to repeat."""
    if turn.booth.journal_trouble is None:
        return
    faults.report_journal_healed(turn)
    visit = turn.booth.visit
    if visit is None:
        return
    if visit.asking_since_s is not None:
        turn.do(OpenSession(session_id=visit.session_id, again=True))
    if visit.state in JOINED and not visit.is_meeting:
        turn.do(JoinSignalling(session_id=visit.session_id))
    if visit.call_id is not None:
        turn.do(StartCall(call_id=visit.call_id))


ALWAYS: Mapping[type[Event], Handler] = {
    events.Started: ignore,
    events.Woke: recovery.on_awake,
    events.Ticked: ignore,
    events.WasEnrolled: on_enrolled,
    events.AssignmentsArrived: on_assignments,
    events.CentralReached: faults.on_central_reached,
    events.CentralLost: faults.on_central_lost,
    events.TokenRefused: faults.on_token_refused,
    events.CommandArrived: commands.on_command,
    events.ExtensionStored: extending.on_extension_stored,
    events.ViewClosed: ending.on_view_closed,
    events.UsageStored: ending.on_usage_stored,
    events.PageChanged: calling.on_page,
    events.WindowChanged: on_window,
    events.DevicesReported: faults.on_devices,
    events.LanguageWasChosen: on_language,
    events.VolumeWasChosen: on_volume,
    events.EscapeSeen: attempts.on_escape,
    events.FaultSeen: faults.on_fault_seen,
    events.JournalFailed: on_journal_failed,
    events.JournalHealed: on_journal_healed,
    events.TechnicianCame: technician.on_came,
    events.TechnicianPinEntered: technician.on_pin,
    events.TechnicianPinChecked: technician.on_checked,
    events.MaintenanceWasAsked: technician.on_asked,
    events.Diagnosed: diagnosing.on_diagnosed,
    events.DevicesSeen: technician.on_devices,
    events.HandOverAnswered: technician.on_handed_over,
}
"""What is heard in every state."""

GRANTS: Mapping[type[Event], Handler] = {
    events.SessionGranted: check_in.on_granted,
    events.SessionRefused: check_in.on_refused,
}
OF_A_CALL: Mapping[type[Event], Handler] = {
    events.SignallingChanged: calling.on_signalling,
    events.FamilyChanged: calling.on_family,
    events.FamilyEnded: ending.on_family_ended,
    events.ByeSaid: calling.on_bye,
    events.AudioReported: calling.on_audio,
    events.QualityReported: calling.on_quality,
}
"""What only a call of our own is told."""
OF_A_MEETING: Mapping[type[Event], Handler] = {
    events.MeetingLoaded: meeting.on_loaded,
    events.MeetingLost: meeting.on_lost,
}
"""What only a call that is a meeting's page is told."""
CALL: Mapping[type[Event], Handler] = {
    events.InmateEnded: ending.on_inmate_ended,
    **OF_A_CALL,
    **OF_A_MEETING,
}
LISTENS: Mapping[VisitState, Mapping[type[Event], Handler]] = {
    VisitState.NONE: {},
    VisitState.CHECK_IN: {
        **GRANTS,
        events.StartPressed: check_in.on_start_pressed,
        events.PinEntered: check_in.on_pin,
    },
    VisitState.RULES: {
        **GRANTS,
        events.RulesWereAccepted: check_in.on_rules_accepted,
        events.WentBack: check_in.on_went_back,
    },
    VisitState.WAITING: {**GRANTS, **CALL},
    VisitState.TALKING: CALL,
    VisitState.INTERRUPTED: {**GRANTS, **CALL},
    VisitState.FAREWELL: {},
}
"""What a visit hears in each state; anything else changes nothing."""
