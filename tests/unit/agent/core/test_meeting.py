"""A call that is a meeting's page: talk time from its load, opened again when it is lost, and whose fault its end is."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.effects import JoinSignalling, SetVolume, StartCall
from agent.core.meeting import has_sound_target
from agent.core.state import Visit
from protocol.meeting import Meeting
from protocol.outcome import EndReason, FaultParty
from protocol.page import Farewell
from protocol.terminal import CallKind, VisitState
from tests.unit.agent.core.desk import MEETING_URL, SESSION, SETTINGS, Desk, grant_for, notices

ROW = msgspec.structs.replace(SESSION, call_kind="web_page")


def desk() -> Desk:
    return Desk(row=ROW)


def ending(at: Desk) -> tuple[EndReason, FaultParty]:
    screen = at.screen
    assert isinstance(screen, Farewell)
    return screen.reason, screen.fault_party


def test_the_page_is_opened_as_soon_as_the_rules_are_accepted_and_nobody_joins_signalling() -> None:
    at = desk().to(VisitState.RULES)
    effects = at.feed(ev.RulesWereAccepted)
    assert StartCall(call_id="s1-1") in effects
    assert JoinSignalling not in [type(effect) for effect in effects]
    assert isinstance(at.screen, Meeting)
    assert (at.screen.phase, at.screen.family_name, at.lease) == ("connecting", "Ibu Siti", 2000)
    assert not at.visit.talk.is_running


def test_talk_time_runs_from_the_load_without_anything_heard() -> None:
    at = desk().to(VisitState.WAITING)
    at.tick(4.0)
    assert [notice.kind for notice in notices(at.loaded())] == ["connected"]
    at.tick(599.0)
    assert at.booth.state is VisitState.TALKING
    assert at.visit.talk.left_s(at.at) == pytest.approx(1.0)
    assert at.lease == 1000
    at.tick(1.0)
    assert ending(at) == (EndReason.COMPLETED, FaultParty.NONE)
    record = at.usage()
    at.tick(3.0)
    assert (at.usage() or record)[0].talk_delivered_ms == 600_000


def test_a_second_load_and_one_of_another_call_change_nothing() -> None:
    at = desk().to(VisitState.TALKING)
    before = at.booth
    assert at.feed(ev.MeetingLoaded, call_id="s1-1") == []
    assert at.feed(ev.MeetingLoaded, call_id="s1-9") == []
    assert at.feed(ev.MeetingLost, call_id="s1-9", why="crashed") == []
    assert at.booth == before


def test_warnings_extensions_and_end_are_as_in_any_call() -> None:
    at = desk().to(VisitState.TALKING)
    at.tick(480.0)
    assert [notice.value for notice in notices(at.effects) if notice.kind == "warning"] == [120]
    at.command("extend", "s1", add_s=60)
    at.tick(0.0)
    assert at.visit.talk.total_s == 660
    assert at.command("listen", "s1").why == "a meeting's page cannot be listened to"
    at.feed(ev.InmateEnded)
    assert ending(at) == (EndReason.ENDED_BY_INMATE, FaultParty.NONE)
    assert at.kinds().count("CloseCall") == 1


def test_a_lost_page_stops_the_clock_and_is_opened_again_under_another_id() -> None:
    at = desk().to(VisitState.TALKING)
    at.tick(10.0)
    at.lost("crashed")
    assert at.booth.state is VisitState.INTERRUPTED
    assert isinstance(at.screen, Meeting)
    assert (at.screen.phase, at.screen.trouble, at.lease) == ("interrupted", "crashed", None)
    assert at.wake == at.at + 3.0
    assert StartCall(call_id="s1-2") in at.tick(3.0)
    at.tick(2.0)
    at.loaded()
    assert at.booth.state is VisitState.TALKING
    assert at.visit.talk.delivered_s(at.at) == pytest.approx(10.0)
    assert at.visit.talk.lost_s(at.at) == pytest.approx(5.0)
    assert (at.visit.restarts, at.visit.meeting_trouble) == (1, None)


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("failed", (EndReason.CONNECTION_LOST, FaultParty.NETWORK)),
        ("refused", (EndReason.CONNECTION_LOST, FaultParty.UNKNOWN)),
        ("crashed", (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)),
        ("hung", (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)),
    ],
)
@pytest.mark.parametrize("state", [VisitState.WAITING, VisitState.TALKING])
def test_a_page_that_does_not_come_is_tried_for_the_join_grace(
    state: VisitState, why: str, expected: tuple[EndReason, FaultParty]
) -> None:
    at = desk().to(state)
    began_s = at.at
    while at.booth.state is not VisitState.FAREWELL:
        if at.visit.call_id is not None:
            at.lost(why)
        assert at.wake is not None
        at.tick(at.wake - at.at)
    assert ending(at) == expected
    assert at.at - began_s == pytest.approx(SETTINGS.join_grace_s)
    assert at.kinds().count("StartCall") > 20


def test_a_page_that_says_nothing_is_opened_again_and_then_given_up() -> None:
    at = desk().to(VisitState.WAITING)
    assert StartCall(call_id="s1-2") in at.tick(30.0)
    at.tick(150.0)
    assert ending(at) == (EndReason.CONNECTION_LOST, FaultParty.NETWORK)


def test_a_window_that_ended_is_waited_for_only_as_long_as_it_takes() -> None:
    at = desk().to(VisitState.TALKING)
    at.lost("window")
    assert at.wake == at.at + 0.5


def test_a_sleep_of_the_booth_is_no_talk_time_and_the_page_is_asked_whether_it_is_still_there() -> None:
    at = desk().to(VisitState.TALKING)
    at.tick(10.0)
    slept_at_s, at.at = at.at, at.at + 60.0
    effects = at.feed(ev.Woke, since_s=slept_at_s)
    assert StartCall(call_id="s1-2") in effects
    assert at.visit.talk.delivered_s(at.at) == pytest.approx(10.0)
    at.loaded()
    assert (at.booth.state, at.visit.resuming) == (VisitState.TALKING, False)


def test_our_page_going_leaves_the_meeting_alone_but_for_so_long_it_is_the_booths_fault() -> None:
    at = desk().to(VisitState.TALKING)
    at.feed(ev.PageChanged, up=False)
    assert at.booth.state is VisitState.TALKING
    at.lost("window")
    at.tick(20.0)
    assert at.visit.call_id is None
    at.feed(ev.PageChanged, up=True)
    assert at.visit.call_id == "s1-2"
    at.feed(ev.PageChanged, up=False)
    at.lost("failed")
    at.tick(200.0)
    assert ending(at) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)


def test_after_a_crash_of_the_agent_the_page_is_asked_for_again() -> None:
    at = desk().to(VisitState.TALKING)
    at.tick(10.0)
    at.crash(1.0)
    assert at.visit.is_meeting
    assert at.kinds().count("JoinSignalling") == 0
    at.feed(ev.SessionGranted, grant=grant_for(ROW))
    assert at.visit.call_id is None
    at.feed(ev.PageChanged, up=True)
    assert at.visit.call_id == "s1-2"
    at.loaded()
    assert at.visit.talk.delivered_s(at.at) == pytest.approx(11.0)
    assert at.visit.restarts == 1


def test_a_crash_before_the_load_begins_the_join_grace_again() -> None:
    at = desk().to(VisitState.WAITING)
    at.tick(5.0)
    at.crash(1.0)
    at.feed(ev.SessionGranted, grant=grant_for(ROW))
    assert at.visit.absent.read(at.at + 10.0) == pytest.approx(15.0)


def test_a_healed_disk_asks_for_no_signalling() -> None:
    at = desk().to(VisitState.TALKING)
    at.feed(ev.JournalFailed, detail="full")
    effects = at.feed(ev.JournalHealed)
    assert [type(effect) for effect in effects if isinstance(effect, JoinSignalling | StartCall)] == [StartCall]


@pytest.mark.parametrize(("accepted_late_s", "expected"), [(0.0, FaultParty.UNKNOWN), (200.0, FaultParty.INMATE)])
def test_at_the_hard_stop_only_an_inmate_who_was_late_is_known_to_be_at_fault(
    accepted_late_s: float, expected: FaultParty
) -> None:
    at = desk().to(VisitState.RULES)
    at.tick(60.0 + accepted_late_s)
    at.feed(ev.RulesWereAccepted)
    for _ in range(8):
        at.lost("failed")
        at.tick(21.0)
    at.loaded()
    assert at.booth.state is VisitState.TALKING
    at.command("extend", "s1", add_s=120)
    at.tick(2000.0)
    assert ending(at)[0] in {EndReason.HARD_STOP, EndReason.COMPLETED}
    if ending(at)[0] is EndReason.HARD_STOP:
        assert ending(at)[1] is expected


def test_a_page_that_has_gone_at_the_hard_stop_is_the_booths_fault() -> None:
    at = desk().to(VisitState.TALKING)
    at.feed(ev.PageChanged, up=False)
    at.booth = msgspec.structs.replace(at.booth, visit=msgspec.structs.replace(at.visit, end_by_s=at.at + 5.0))
    at.tick(6.0)
    assert ending(at) == (EndReason.HARD_STOP, FaultParty.TERMINAL)


@pytest.mark.parametrize(
    "changes",
    [
        {"call_url": None},
        {"call_url": "http://meet.example.org/room"},
        {"call_url": "https://elsewhere.example.org/room"},
        {"call_url": MEETING_URL + "x" * 2000},
        {"call_pages": ()},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_grant_without_a_link_that_may_be_opened_opens_nothing(changes: dict[str, object]) -> None:
    grant = msgspec.structs.replace(grant_for(ROW), **changes)
    assert not has_sound_target(grant)
    at = desk().to(VisitState.CHECK_IN)
    at.feed(ev.StartPressed)
    at.feed(ev.SessionGranted, grant=grant)
    assert (at.booth.state, at.visit.refused) == (VisitState.CHECK_IN, "not_now")


def test_what_only_a_call_of_our_own_is_told_means_nothing_here_and_the_other_way_round() -> None:
    at = desk().to(VisitState.WAITING)
    before = at.booth
    assert at.family(present=True, ready=True, admitted=True) == []
    assert at.hear() == []
    assert at.feed(ev.FamilyEnded, session_id="s1") == []
    assert at.booth == before
    other = Desk().to(VisitState.TALKING)
    assert other.feed(ev.MeetingLost, call_id="s1-1", why="crashed") == []
    assert other.booth.state is VisitState.TALKING


def test_a_schedule_may_make_a_called_session_a_meeting() -> None:
    at = Desk().to(VisitState.CHECK_IN)
    at.feed(ev.AssignmentsArrived, sessions=(ROW,), settings=SETTINGS)
    assert at.visit.call_kind is CallKind.WEB_PAGE
    assert Visit.__struct_fields__


def test_the_inmates_loudness_holds_until_the_visit_ends_or_the_officer_changes_it() -> None:
    at = desk().to(VisitState.TALKING)
    assert at.feed(ev.VolumeWasChosen, percent=130) == [SetVolume(percent=100)]
    at.command("volume", level=30)
    assert at.booth.volume_percent == 30
    at.feed(ev.VolumeWasChosen, percent=60)
    assert at.booth.volume_percent == 60
    at.feed(ev.InmateEnded)
    at.tick(20.0)
    assert at.booth.volume_percent == 30
