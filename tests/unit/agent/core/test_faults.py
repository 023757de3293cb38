"""Faults, and how they and other facts move the mode."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.booth import status_for
from agent.core.effects import ForgetToken, JoinSignalling, OpenSession, SetVolume, StartCall
from agent.core.mode import MODE_MOVES, ModeSign, settled
from agent.core.state import Booth
from protocol.page import Maintenance, NotEnrolled, OutOfService
from protocol.terminal import AssignedSession, FaultChanged, Mode, VisitState
from tests.unit.agent.core.desk import SESSION, SETTINGS, Desk, reports


def test_a_booth_that_is_not_enrolled_says_so_until_it_is() -> None:
    desk = Desk()
    desk.feed(ev.Started, clean=True, same_boot=False, enrolled=False)
    assert desk.screen == NotEnrolled()
    desk.feed(ev.WasEnrolled, settings=SETTINGS)
    assert desk.booth.mode is Mode.IN_SERVICE


def test_a_fault_that_stops_takes_the_booth_out_of_service_and_back() -> None:
    desk = Desk().open()
    effects = desk.feed(ev.DevicesReported, camera=True, microphone=False)
    assert reports(effects) == [FaultChanged(code="MIK-1", raised=True)]
    assert desk.screen == OutOfService(code="MIK-1")
    assert desk.feed(ev.DevicesReported, camera=True, microphone=False) == []
    desk.feed(ev.DevicesReported, camera=True, microphone=True)
    assert desk.booth.mode is Mode.IN_SERVICE


def test_a_running_call_goes_on_through_a_fault_that_stops() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.feed(ev.DevicesReported, camera=True, microphone=False)
    assert (desk.booth.mode, desk.booth.state) == (Mode.IN_SERVICE, VisitState.TALKING)
    desk.feed(ev.InmateEnded)
    desk.tick(12.0)
    assert desk.booth.mode is Mode.OUT_OF_SERVICE


def test_a_missing_camera_alone_stops_nothing() -> None:
    desk = Desk().open()
    desk.feed(ev.DevicesReported, camera=False, microphone=True)
    assert desk.booth.mode is Mode.IN_SERVICE
    assert status_for(desk.booth, desk.now).faults == ("KAM-1",)


def test_central_is_lost_for_one_reason_at_a_time() -> None:
    desk = Desk().open()
    desk.feed(ev.CentralLost, code="JAR-1")
    assert (desk.booth.online, desk.booth.faults) == (False, ("JAR-1",))
    desk.feed(ev.CentralLost, code="JAR-3")
    assert desk.booth.faults == ("JAR-3",)
    desk.feed(ev.CentralReached)
    assert (desk.booth.online, desk.booth.faults) == (True, ())


def test_a_window_that_was_given_up_takes_the_booth_out_of_service() -> None:
    desk = Desk().open()
    desk.feed(ev.WindowChanged, shell_up=True, window_up=False, given_up=True)
    assert desk.booth.mode is Mode.OUT_OF_SERVICE
    desk.feed(ev.WindowChanged, shell_up=True, window_up=False)
    assert desk.booth.faults == ("LYR-1",)
    desk.feed(ev.WindowChanged, shell_up=True, window_up=True)
    assert desk.booth.faults == ()
    assert status_for(desk.booth, desk.now).window_up


def test_faults_from_outside_are_taken_if_the_table_knows_them() -> None:
    desk = Desk().open()
    desk.feed(ev.FaultSeen, code="KUN-1", raised=True, detail="x" * 500)
    desk.feed(ev.FaultSeen, code="???", raised=True)
    assert desk.booth.faults == ("KUN-1",)
    assert reports(desk.effects)[-1] == FaultChanged(code="KUN-1", raised=True, detail="x" * 200)


def test_a_schedule_that_makes_partly_no_sense_is_a_notice() -> None:
    desk = Desk().open()
    bad = msgspec.structs.replace(SESSION, id="s2", talk_s=-5)
    effects = desk.feed(ev.AssignmentsArrived, sessions=(SESSION, bad), settings=SETTINGS)
    assert reports(effects) == [FaultChanged(code="JDW-1", raised=True, detail="1 rows")]
    assert [row.id for row in desk.booth.sessions] == ["s1"]
    desk.feed(ev.AssignmentsArrived, sessions=(SESSION,), settings=SETTINGS)
    assert desk.booth.faults == ()


def test_new_settings_change_the_volume() -> None:
    desk = Desk().open()
    quiet = msgspec.structs.replace(SETTINGS, volume_percent=20)
    assert SetVolume(percent=20) in desk.feed(ev.AssignmentsArrived, sessions=(), settings=quiet)


# ---- the device token ---------------------------------------------------------------------------------------------


def test_a_refused_token_is_forgotten_at_once_when_nobody_is_there() -> None:
    desk = Desk().open()
    effects = desk.feed(ev.TokenRefused)
    assert ForgetToken() in effects
    assert desk.booth.mode is Mode.UNENROLLED
    assert desk.booth.faults == ("TKN-1",)
    assert desk.feed(ev.TokenRefused) == []
    desk.feed(ev.CentralReached)
    assert desk.booth.faults == ("TKN-1",)
    desk.feed(ev.WasEnrolled, settings=SETTINGS)
    assert (desk.booth.mode, desk.booth.faults) == (Mode.IN_SERVICE, ())


def test_a_refused_token_is_forgotten_after_the_visit() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.feed(ev.TokenRefused)
    assert "ForgetToken" not in desk.kinds()
    desk.feed(ev.InmateEnded)
    desk.tick(12.0)
    assert desk.kinds().count("ForgetToken") == 1
    assert desk.screen == NotEnrolled()


def test_a_token_that_is_accepted_again_in_time_is_kept() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.feed(ev.TokenRefused)
    desk.feed(ev.CentralReached)
    desk.feed(ev.InmateEnded)
    desk.tick(12.0)
    assert "ForgetToken" not in desk.kinds()


# ---- the disk -----------------------------------------------------------------------------------------------------


def test_a_failing_disk_takes_the_booth_out_of_service_without_asking_for_anything() -> None:
    desk = Desk().open()
    assert desk.feed(ev.JournalFailed, detail="No space left on device") == []
    assert desk.screen == OutOfService(code="JRN-1")
    assert desk.feed(ev.JournalFailed, detail="No space left on device") == []
    effects = desk.feed(ev.JournalHealed)
    assert reports(effects) == [
        FaultChanged(code="JRN-1", raised=True, detail="No space left on device"),
        FaultChanged(code="JRN-1", raised=False),
    ]
    assert desk.booth.mode is Mode.IN_SERVICE
    assert desk.feed(ev.JournalHealed) == []


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (VisitState.WAITING, [JoinSignalling(session_id="s1")]),
        (VisitState.TALKING, [JoinSignalling(session_id="s1"), StartCall(call_id="s1-1")]),
        (VisitState.CHECK_IN, [OpenSession(session_id="s1", again=True)]),
    ],
)
def test_what_a_failed_commit_may_have_swallowed_is_asked_for_again(state: VisitState, again: list[object]) -> None:
    desk = Desk().to(state)
    desk.feed(ev.StartPressed)
    desk.feed(ev.JournalFailed, detail="x")
    assert desk.feed(ev.JournalHealed)[2:] == again


# ---- the mode -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_from_every_mode_the_facts_lead_to_the_same_one(mode: Mode) -> None:
    facts = {
        Mode.UNENROLLED: Booth(mode=mode, locked=True, faults=("MIK-1",)),
        Mode.IN_SERVICE: Booth(mode=mode, enrolled=True),
        Mode.LOCKED: Booth(mode=mode, enrolled=True, locked=True, faults=("MIK-1",)),
        Mode.MAINTENANCE: Booth(mode=mode, enrolled=True, maintenance=True, locked=True),
        Mode.OUT_OF_SERVICE: Booth(mode=mode, enrolled=True, faults=("MIK-1",)),
    }
    assert {wanted: settled(booth) for wanted, booth in facts.items()} == {wanted: wanted for wanted in facts}


def test_every_sign_moves_some_mode() -> None:
    assert {sign for moves in MODE_MOVES.values() for sign in moves} == set(ModeSign)


def test_maintenance_shows_its_faults() -> None:
    desk = Desk().open()
    desk.booth = msgspec.structs.replace(desk.booth, maintenance=True, faults=("KAM-1",))
    desk.tick()
    assert desk.screen == Maintenance(faults=("KAM-1",))


# ---- small facts --------------------------------------------------------------------------------------------------


def test_a_language_there_is_not_is_not_taken() -> None:
    desk = Desk().open()
    desk.feed(ev.LanguageWasChosen, language="fr")
    assert desk.booth.language == "id"


def test_escape_attempts_are_counted_by_kind_and_bounded() -> None:
    desk = Desk().open()
    for n in range(50):
        desk.feed(ev.EscapeSeen, kind=f"kind-{n}", count=2)
    desk.feed(ev.EscapeSeen, kind="kind-0", count=-5)
    attempts = status_for(desk.booth, desk.now).escape_attempts
    assert len(attempts) == 33
    assert (attempts["kind-0"], attempts["other"]) == (2, 36)


def test_a_day_of_rows_keeps_the_earliest() -> None:
    rows = tuple(
        AssignedSession(id=f"r{n}", number="1", start_at_ms=SESSION.start_at_ms + n * 100_000, talk_s=60)
        for n in range(300)
    )
    desk = Desk().open()
    desk.feed(ev.AssignmentsArrived, sessions=rows, settings=SETTINGS)
    assert len(desk.booth.sessions) == 200
    assert desk.booth.faults == ("JDW-1",)
