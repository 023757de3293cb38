"""Every state answers every event: legal or without any change, and never with an exception."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.booth import ALWAYS, LISTENS, encode, screen_for, status_for, step
from agent.core.mode import MODE_MOVES
from agent.core.visit import VISIT_MOVES
from protocol.maintenance import Diagnosis, MaintenanceDeed
from protocol.outcome import CallQuality
from protocol.terminal import Command, Mode, VisitState
from tests.fake_technician import MEASURED
from tests.unit.agent.core.desk import SETTINGS, T0_MS, Desk, grant_for

EVENTS: dict[type[ev.Event], dict[str, object]] = {
    ev.Started: {"clean": False, "same_boot": True, "enrolled": True},
    ev.Woke: {"since_s": 0.0},
    ev.Ticked: {},
    ev.WasEnrolled: {"settings": SETTINGS},
    ev.AssignmentsArrived: {"sessions": (), "settings": SETTINGS},
    ev.CentralReached: {},
    ev.CentralLost: {"code": "JAR-1"},
    ev.TokenRefused: {},
    ev.SessionGranted: {"grant": grant_for(Desk().row)},
    ev.SessionRefused: {"session_id": "s1", "why": "not_now"},
    ev.SignallingChanged: {"session_id": "s1", "up": True},
    ev.FamilyChanged: {"session_id": "s1", "present": True, "ready": True, "admitted": True},
    ev.FamilyEnded: {"session_id": "s1"},
    ev.ByeSaid: {"session_id": "s1", "why": "ended"},
    ev.CommandArrived: {"command": Command(id="c1", kind="end", expires_at_ms=T0_MS + 10**9, session_id="s1")},
    ev.StartPressed: {},
    ev.PinEntered: {"pin": "123456"},
    ev.RulesWereAccepted: {},
    ev.WentBack: {},
    ev.InmateEnded: {},
    ev.AudioReported: {"call_id": "s1-1", "here_silent_s": 0.0, "there_silent_s": 0.0},
    ev.QualityReported: {"call_id": "s1-1", "quality": CallQuality(samples=1)},
    ev.MeetingLoaded: {"call_id": "s1-1"},
    ev.MeetingLost: {"call_id": "s1-1", "why": "failed"},
    ev.ViewClosed: {"call_id": "s1-1"},
    ev.PageChanged: {"up": False},
    ev.WindowChanged: {"shell_up": True, "window_up": True},
    ev.DevicesReported: {"camera": True, "microphone": True},
    ev.LanguageWasChosen: {"language": "en"},
    ev.VolumeWasChosen: {"percent": 60},
    ev.EscapeSeen: {"kind": "navigation"},
    ev.FaultSeen: {"code": "KUN-1", "raised": True},
    ev.JournalFailed: {"detail": "disk full"},
    ev.JournalHealed: {},
    ev.UsageStored: {"session_id": "s1"},
    ev.ExtensionStored: {"command_id": "c1"},
    ev.TechnicianCame: {"how": "chord"},
    ev.TechnicianPinEntered: {"pin": "90817263"},
    ev.TechnicianPinChecked: {"outcome": "right"},
    ev.MaintenanceWasAsked: {"deed": MaintenanceDeed.FINISH},
    ev.DevicesSeen: {"measured": MEASURED},
    ev.Diagnosed: {"diagnosis": Diagnosis(agent_version="1", uptime_s=1, memory_bytes=1, disk_free_bytes=1)},
    ev.HandOverAnswered: {"done": True},
}


def test_the_table_here_names_every_event_there_is() -> None:
    assert set(EVENTS) == set(ev.Event.__subclasses__())


def test_every_event_is_heard_somewhere() -> None:
    heard = set(ALWAYS) | {kind for kinds in LISTENS.values() for kind in kinds}
    assert heard == set(ev.Event.__subclasses__())


def test_every_state_has_its_row_in_each_table() -> None:
    assert set(LISTENS) == set(VISIT_MOVES) == set(VisitState)
    assert set(MODE_MOVES) == set(Mode)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", VisitState)
def test_every_state_answers_every_event_with_a_legal_state(state: VisitState, kind: type[ev.Event]) -> None:
    desk = Desk().to(state)
    desk.feed(kind, **EVENTS[kind])
    to = desk.booth.state
    assert to is state or to in VISIT_MOVES[state].values() or kind is ev.Started
    assert (to is VisitState.NONE) == (desk.booth.visit is None)
    assert msgspec.json.encode([screen_for(desk.booth, desk.now), status_for(desk.booth, desk.now)])
    assert encode(desk.booth)


UNHEARD = [
    (state, kind) for state in VisitState for kind in EVENTS if kind not in ALWAYS and kind not in LISTENS[state]
]


@pytest.mark.parametrize(("state", "kind"), UNHEARD, ids=lambda it: it.__name__ if isinstance(it, type) else it.value)
def test_an_event_that_a_state_does_not_hear_changes_nothing(state: VisitState, kind: type[ev.Event]) -> None:
    desk = Desk().to(state)
    before = desk.booth
    assert desk.feed(kind, **EVENTS[kind]) == []
    assert desk.booth == before


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", VisitState)
def test_the_same_event_twice_ends_or_opens_nothing_twice(state: VisitState, kind: type[ev.Event]) -> None:
    desk = Desk().to(state)
    desk.feed(kind, **EVENTS[kind])
    desk.feed(kind, **EVENTS[kind])
    assert desk.kinds().count("CloseCall") <= 1
    assert desk.kinds().count("StartCall") <= 2
    assert len(desk.usage()) <= 1


@pytest.mark.parametrize("state", VisitState)
def test_a_step_leaves_the_booth_it_was_given_as_it_was(state: VisitState) -> None:
    desk = Desk().to(state)
    before, copied = desk.booth, encode(desk.booth)
    step(before, ev.InmateEnded(now=desk.now))
    assert encode(before) == copied
