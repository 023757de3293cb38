"""From the schedule to the rules."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.booth import status_for
from agent.core.effects import JoinSignalling, OpenSession
from protocol.outcome import EndReason, FaultParty
from protocol.page import CheckIn, Connecting, Idle, Rules
from protocol.terminal import CheckInMethod, VisitMoved, VisitState
from tests.unit.agent.core.desk import SESSION, SETTINGS, T0_MS, Desk, grant_for, reports

PIN_SETTINGS = msgspec.structs.replace(SETTINGS, check_in=CheckInMethod.PIN)
OFFICER_SETTINGS = msgspec.structs.replace(SETTINGS, check_in=CheckInMethod.OFFICER)


def test_a_number_is_called_when_its_window_begins_and_not_before() -> None:
    desk = Desk().open()
    assert desk.wake == 140.0
    desk.at = 139.9
    assert desk.tick() == []
    desk.at = 140.0
    (moved,) = reports(desk.tick())
    assert moved == VisitMoved(session_id="s1", state=VisitState.CHECK_IN, talk_left_ms=600_000)
    assert desk.screen == CheckIn(number="012", method=CheckInMethod.NONE)


def test_the_idle_screen_shows_the_next_three_numbers() -> None:
    desk = Desk().open()
    rows = tuple(
        msgspec.structs.replace(SESSION, id=f"s{n}", number=f"{n:03}", start_at_ms=T0_MS + n * 300_000)
        for n in range(1, 6)
    )
    desk.feed(ev.AssignmentsArrived, sessions=rows[::-1], settings=SETTINGS)
    screen = desk.screen
    assert isinstance(screen, Idle)
    assert [row.number for row in screen.next] == ["001", "002", "003"]


@pytest.mark.parametrize("closed", ["page", "lock", "fault", "map"])
def test_nobody_is_called_while_the_booth_cannot_serve(closed: str) -> None:
    desk = Desk().open()
    if closed == "page":
        desk.feed(ev.PageChanged, up=False)
    elif closed == "lock":
        desk.command("lock")
    elif closed == "fault":
        desk.feed(ev.DevicesReported, camera=True, microphone=False)
    else:
        desk.has_map = False
    desk.tick(60.0)
    assert desk.booth.visit is None


def test_a_session_whose_no_show_time_has_passed_is_left_to_central() -> None:
    desk = Desk()
    desk.at = 501.0
    desk.open()
    assert desk.booth.visit is None
    assert desk.usage() == []


def test_a_session_past_closing_is_not_called() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 210_000))
    desk.at = 220.0
    assert desk.open().booth.visit is None


def test_the_earliest_session_comes_first_and_the_next_after_it() -> None:
    desk = Desk().to(VisitState.FAREWELL)
    later = msgspec.structs.replace(SESSION, id="s2", number="013", start_at_ms=SESSION.start_at_ms + 61_000)
    desk.feed(ev.AssignmentsArrived, sessions=(later, SESSION), settings=SETTINGS)
    desk.tick(100.0)
    assert desk.visit.session_id == "s2"


def test_start_asks_central_once_and_shows_that_it_does() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    assert desk.feed(ev.StartPressed) == [OpenSession(session_id="s1")]
    assert desk.feed(ev.StartPressed) == []
    screen = desk.screen
    assert isinstance(screen, CheckIn)
    assert screen.busy


def test_a_pin_goes_to_central_and_is_not_shown_by_repr() -> None:
    desk = Desk(PIN_SETTINGS).to(VisitState.CHECK_IN)
    assert desk.feed(ev.StartPressed) == []
    assert "908172" not in repr(ev.PinEntered(now=desk.now, pin="908172"))
    effects = desk.feed(ev.PinEntered, pin="908172")
    assert effects == [OpenSession(session_id="s1", pin="908172")]
    assert "908172" not in repr(effects)
    assert desk.feed(ev.PinEntered, pin="908172") == []


def test_a_pin_means_nothing_where_there_is_none() -> None:
    assert Desk().to(VisitState.CHECK_IN).feed(ev.PinEntered, pin="1") == []


def test_the_officer_lets_in_where_that_is_the_method() -> None:
    desk = Desk(OFFICER_SETTINGS).to(VisitState.CHECK_IN)
    assert desk.feed(ev.StartPressed) == []
    desk.command("start", "s1")
    assert OpenSession(session_id="s1") in desk.effects


def test_a_refusal_is_shown_and_holds_the_next_try_back_for_its_time() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.StartPressed)
    desk.feed(ev.SessionRefused, session_id="s1", why="wait", retry_s=5)
    assert desk.screen == CheckIn(number="012", method=CheckInMethod.NONE, refused="wait", retry_s=5)
    assert desk.wake == desk.at + 5
    assert desk.feed(ev.StartPressed) == []
    desk.tick(5.0)
    assert desk.feed(ev.StartPressed) == [OpenSession(session_id="s1")]


def test_after_an_answer_that_got_lost_central_is_asked_whether_it_opened_already() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.StartPressed)
    desk.tick(30.0)
    assert desk.screen == CheckIn(number="012", method=CheckInMethod.NONE, refused="unreachable")
    assert desk.feed(ev.StartPressed) == [OpenSession(session_id="s1", again=True)]


@pytest.mark.parametrize(
    ("why", "reason"),
    [("moved", EndReason.MOVED), ("open_elsewhere", EndReason.MOVED), ("cancelled", EndReason.CANCELLED)],
)
def test_a_session_that_is_no_longer_this_booths_ends_with_its_record(why: str, reason: EndReason) -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.StartPressed)
    desk.feed(ev.SessionRefused, session_id="s1", why=why)
    (usage,) = desk.usage()
    assert (usage.end_reason, usage.fault_party) == (reason, FaultParty.NONE)
    assert desk.booth.state is VisitState.FAREWELL
    assert "CloseCall" not in desk.kinds()


def test_a_grant_leads_to_the_rules_and_fixes_the_hard_stop() -> None:
    desk = Desk().to(VisitState.RULES)
    assert desk.screen == Rules(number="012", inmate_name="Budi S.", talk_s=600)
    assert desk.visit.end_by_s == 200.0 + 180 + 600 + 120


def test_the_hard_stop_never_lies_past_closing() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 700_000)).to(VisitState.RULES)
    assert desk.visit.end_by_s == 700.0


def test_a_step_of_centrals_clock_changes_nothing_that_was_fixed() -> None:
    desk = Desk().to(VisitState.RULES)
    desk.skew_ms = 3_600_000
    desk.tick()
    assert desk.visit.end_by_s == 1100.0


@pytest.mark.parametrize("change", [{"session_id": "s2"}, {"talk_s": 5}, {"talk_s": 10**6}, {"closing_at_ms": 5}])
def test_a_grant_that_makes_no_sense_opens_nothing(change: dict[str, object]) -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.StartPressed)
    desk.feed(ev.SessionGranted, grant=msgspec.structs.replace(grant_for(SESSION), **change))
    assert desk.booth.state is VisitState.CHECK_IN
    assert not desk.visit.opened


def test_a_grant_or_refusal_nobody_waits_for_is_dropped() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.SessionGranted, grant=grant_for(SESSION))
    desk.feed(ev.SessionRefused, session_id="s1", why="moved")
    assert desk.booth.state is VisitState.CHECK_IN
    desk.feed(ev.StartPressed)
    desk.feed(ev.SessionRefused, session_id="s2", why="moved")
    assert desk.booth.state is VisitState.CHECK_IN


def test_accepting_the_rules_joins_signalling() -> None:
    desk = Desk().to(VisitState.RULES)
    assert JoinSignalling(session_id="s1") in desk.feed(ev.RulesWereAccepted)
    assert desk.booth.state is VisitState.WAITING


def test_going_back_takes_the_name_off_and_asks_as_if_new() -> None:
    desk = Desk().to(VisitState.RULES)
    end_by_s = desk.visit.end_by_s
    desk.feed(ev.WentBack)
    assert desk.visit.grant is None
    assert desk.feed(ev.StartPressed) == [OpenSession(session_id="s1", again=True)]
    desk.feed(ev.SessionGranted, grant=grant_for(SESSION))
    assert desk.booth.state is VisitState.RULES
    assert desk.visit.end_by_s == end_by_s


def test_a_called_session_follows_its_row_until_it_is_opened() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    slipped = msgspec.structs.replace(SESSION, number="014", start_at_ms=SESSION.start_at_ms + 120_000, talk_s=300)
    other = msgspec.structs.replace(SESSION, id="s9", start_at_ms=SESSION.start_at_ms + 900_000)
    desk.feed(ev.AssignmentsArrived, sessions=(slipped, other), settings=SETTINGS)
    assert (desk.visit.number, desk.visit.talk.promised_s) == ("014", 300)
    desk.feed(ev.AssignmentsArrived, sessions=(other,), settings=SETTINGS)
    assert desk.visit.session_id == "s1"


def test_an_opened_session_no_longer_follows_its_row() -> None:
    desk = Desk().to(VisitState.RULES)
    desk.feed(ev.AssignmentsArrived, sessions=(msgspec.structs.replace(SESSION, talk_s=300),), settings=SETTINGS)
    assert desk.visit.talk.promised_s == 600


def test_an_inmate_who_does_not_come_is_a_no_show_after_the_planned_start() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    assert desk.wake == 500.0
    desk.at = 500.0
    desk.tick()
    (usage,) = desk.usage()
    assert (usage.end_reason, usage.fault_party) == (EndReason.NO_SHOW_INMATE, FaultParty.INMATE)
    assert usage.talk_delivered_ms == 0


def test_an_inmate_who_could_not_come_in_is_not_blamed() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.command("lock")
    assert desk.feed(ev.StartPressed) == []
    desk.at = 500.0
    desk.tick()
    assert (desk.usage()[0].end_reason, desk.usage()[0].fault_party) == (EndReason.NO_SHOW_INMATE, FaultParty.FACILITY)


def test_an_inmate_who_pressed_start_while_central_was_away_is_no_no_show() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.StartPressed)
    desk.feed(ev.SessionRefused, session_id=SESSION.id, why="unreachable")
    desk.at = 500.0
    desk.tick()
    assert (desk.usage()[0].end_reason, desk.usage()[0].fault_party) == (EndReason.CONNECTION_LOST, FaultParty.NETWORK)


def test_a_broken_booth_is_to_blame_when_nobody_could_begin() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.feed(ev.DevicesReported, camera=True, microphone=False)
    desk.at = 500.0
    desk.tick()
    assert desk.usage()[0].end_reason is EndReason.TERMINAL_FAULT


def test_closing_time_ends_a_called_session() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 300_000)).to(VisitState.CHECK_IN)
    assert desk.wake == 300.0
    desk.tick(300.0)
    assert (desk.usage()[0].end_reason, desk.usage()[0].fault_party) == (EndReason.CLOSING_TIME, FaultParty.INMATE)


def test_without_a_map_the_booth_says_that_it_connects() -> None:
    desk = Desk()
    desk.has_map = False
    desk.open()
    assert desk.screen == Connecting()
    assert status_for(desk.booth, desk.now).faults == ("JAM-1",)
    assert desk.wake is None


def test_a_moment_without_a_map_leaves_a_called_session_alone() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.has_map = False
    desk.tick(1000.0)
    assert desk.booth.state is VisitState.CHECK_IN
