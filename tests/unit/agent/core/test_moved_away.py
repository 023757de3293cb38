"""A number that was called and is listed no more: nobody is to be called to a booth in vain."""

import msgspec

from agent.core import events as ev
from agent.core.effects import OpenSession
from protocol.outcome import EndReason, FaultParty
from protocol.page import Idle
from protocol.terminal import VisitState
from tests.unit.agent.core.desk import SESSION, SETTINGS, Desk


def moved_away() -> Desk:
    """The number is called, and central lists another session only."""
    desk = Desk().to(VisitState.CHECK_IN)
    other = msgspec.structs.replace(SESSION, id="s2", start_at_ms=SESSION.start_at_ms + 900_000)
    desk.effects.clear()
    desk.feed(ev.AssignmentsArrived, sessions=(other,), settings=SETTINGS)
    return desk


def test_of_a_called_session_that_is_listed_no_more_central_is_asked_and_nobody_is_called_in_vain() -> None:
    desk = moved_away()
    assert desk.effects == [OpenSession(session_id="s1", again=True)]
    desk.feed(ev.AssignmentsArrived, sessions=(), settings=SETTINGS)
    assert len(desk.effects) == 1, "once is enough while the answer is on its way"
    desk.feed(ev.SessionRefused, session_id="s1", why="moved", retry_s=0)
    (record,) = desk.usage()
    assert (record.session_id, record.end_reason, record.fault_party) == ("s1", EndReason.MOVED, FaultParty.NONE)
    desk.tick(desk.booth.settings.farewell_s + 1.0)
    assert isinstance(desk.screen, Idle)


def test_a_called_session_that_is_there_after_all_is_opened_as_ever() -> None:
    desk = moved_away()
    desk.feed(ev.SessionRefused, session_id="s1", why="unreachable", retry_s=0)
    assert desk.booth.state is VisitState.CHECK_IN
    assert OpenSession(session_id="s1", again=True) in desk.feed(ev.StartPressed)


def test_a_row_that_makes_no_sense_is_listed_all_the_same() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    bad = msgspec.structs.replace(SESSION, talk_s=-1)
    effects = desk.feed(ev.AssignmentsArrived, sessions=(bad,), settings=SETTINGS)
    assert not [effect for effect in effects if isinstance(effect, OpenSession)]
