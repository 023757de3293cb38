"""What staff ask of a booth, and what becomes of it."""

import msgspec
import pytest

from agent.core import events as ev
from agent.core.effects import FetchRelease, Reboot, RestartAgent, RestartWindow, SetVolume, TellFamily
from protocol.call import Said
from protocol.outcome import EndReason, FaultParty
from protocol.page import Call, Locked, Notice
from protocol.terminal import CommandOutcome, Mode, VisitState
from tests.unit.agent.core.desk import SESSION, SETTINGS, T0_MS, Desk, notices

REFUSED, DONE = CommandOutcome.REFUSED, CommandOutcome.DONE


def test_an_unknown_command_is_refused_by_name_and_not_ignored() -> None:
    answer = Desk().open().command("dance")
    assert (answer.command_id, answer.outcome, answer.why) == ("c1", REFUSED, "unknown command")


def test_another_version_is_fetched_between_visits_and_only_one_that_is_named_whole() -> None:
    desk = Desk().open()
    assert desk.command("set_version", version="0.2.0", sha256="ab").outcome is DONE
    assert FetchRelease(version="0.2.0", sha256="ab") in desk.effects
    assert Desk().open().command("set_version", version="0.2.0").why == "the command names no release"
    talking = Desk().to(VisitState.TALKING)
    assert talking.command("set_version", version="0.2.0", sha256="ab").why == "refused in a call"


def test_a_command_that_is_too_old_is_expired_and_does_nothing() -> None:
    desk = Desk().to(VisitState.TALKING)
    answer = desk.command("end", "s1", expires_at_ms=T0_MS)
    assert (answer.outcome, answer.why) == (CommandOutcome.EXPIRED, None)
    assert desk.booth.state is VisitState.TALKING


@pytest.mark.parametrize("kind", ["start", "end", "extend", "move", "message", "emergency_stop", "listen", "lock"])
def test_a_command_for_another_session_never_touches_this_one(kind: str) -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.command(kind, "s9", add_s=60, text="x").why == "this session is not at the booth now"
    assert desk.booth.state is VisitState.TALKING
    assert Desk().open().command(kind, "s1").outcome is REFUSED


@pytest.mark.parametrize("kind", ["start", "end", "extend", "move"])
def test_what_acts_on_a_session_must_name_it(kind: str) -> None:
    assert Desk().to(VisitState.TALKING).command(kind).why == "the command names no session"


def test_start_is_refused_when_it_has_been_done_or_cannot_be() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    assert desk.command("start", "s1").outcome is DONE
    assert desk.command("start", "s1").why == "the session is being opened"
    assert Desk().to(VisitState.RULES).command("start", "s1").why == "the session has been started already"
    desk = Desk().to(VisitState.CHECK_IN)
    desk.command("lock")
    assert desk.command("start", "s1").why == "the booth is not in service"


@pytest.mark.parametrize("state", [VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING, VisitState.TALKING])
def test_the_officer_can_end_a_visit_in_every_state(state: VisitState) -> None:
    desk = Desk().to(state)
    assert desk.command("end", "s1", issued_by="sari").outcome is DONE
    desk.tick(2.0)
    (usage,) = desk.usage()
    assert (usage.end_reason, usage.fault_party, usage.ended_by) == (
        EndReason.ENDED_BY_OFFICER,
        FaultParty.NONE,
        "sari",
    )
    assert desk.command("end", "s1").why == "the visit is over"


@pytest.mark.parametrize(
    ("reason", "party"), [("ended_by_officer", "inmate"), ("cancelled", "facility"), ("moved", "terminal")]
)
def test_an_end_carries_the_reason_and_the_party_that_the_officer_named(reason: str, party: str) -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.command("end", "s1", reason=reason, fault_party=party).outcome is DONE
    record = desk.booth.pending[0].record
    assert (record.end_reason.value, record.fault_party.value) == (reason, party)


def test_a_reason_that_is_no_officers_is_refused() -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.command("end", "s1", reason="completed").why == "a visit is not ended as completed by an officer"
    assert desk.booth.state is VisitState.TALKING


def test_a_party_that_the_table_does_not_allow_is_refused() -> None:
    desk = Desk().to(VisitState.TALKING)
    answer = desk.command("end", "s1", fault_party="network")
    assert answer.why == "fault party network does not go with ended_by_officer"
    assert desk.booth.state is VisitState.TALKING


def test_move_ends_the_visit_here() -> None:
    desk = Desk().to(VisitState.WAITING)
    desk.command("move", "s1", fault_party="terminal")
    assert (desk.booth.pending[0].record.end_reason, desk.booth.pending[0].record.fault_party) == (
        EndReason.MOVED,
        FaultParty.TERMINAL,
    )


def test_an_extension_lengthens_talk_time_and_hard_stop_together() -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.command("extend", "s1", add_s=120).outcome is DONE
    assert (desk.visit.talk.total_s, desk.visit.end_by_s) == (720, 1220.0)
    assert notices(desk.effects)[-1] == Notice(kind="extended", value=120)
    assert TellFamily(said=Said(text="", added_s=120)) in desk.effects


@pytest.mark.parametrize(
    ("state", "fields", "why"),
    [
        (VisitState.CHECK_IN, {"add_s": 60}, "the call has not been opened"),
        (VisitState.FAREWELL, {"add_s": 60}, "the visit is over"),
        (VisitState.TALKING, {}, "the command says no time to add"),
        (VisitState.TALKING, {"add_s": 0}, "the command says no time to add"),
        (VisitState.TALKING, {"add_s": 14_000}, "a call may last 14400 s at most"),
    ],
)
def test_an_extension_that_cannot_be_is_refused(state: VisitState, fields: dict[str, object], why: str) -> None:
    assert Desk().to(state).command("extend", "s1", **fields).why == why


def test_an_extension_stops_at_closing_time() -> None:
    desk = Desk(row=msgspec.structs.replace(SESSION, closing_at_ms=T0_MS + 1_150_000)).to(VisitState.TALKING)
    desk.command("extend", "s1", add_s=120)
    assert (desk.visit.talk.total_s, desk.visit.end_by_s) == (650, 1150.0)
    assert desk.command("extend", "s1", add_s=120).why == "closing time leaves no room"


def test_a_message_is_shown_at_both_ends() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.command("message", "s1", text="  Sebentar lagi.  ")
    assert notices(desk.effects)[-1] == Notice(kind="message", text="Sebentar lagi.")
    assert TellFamily(said=Said(text="Sebentar lagi.")) in desk.effects


def test_a_message_needs_words_and_a_call() -> None:
    assert Desk().to(VisitState.TALKING).command("message", text=" ").why == "the message is empty"
    assert Desk().to(VisitState.TALKING).command("message").why == "the message is empty"
    assert Desk().to(VisitState.RULES).command("message", text="Halo").why == "there is no call"


def test_a_long_message_is_cut_to_what_the_screen_takes() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.command("message", text="x" * 900)
    assert len(notices(desk.effects)[-1].text) == 200


def test_a_listening_officer_is_shown() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.command("listen", "s1")
    screen = desk.screen
    assert isinstance(screen, Call)
    assert screen.listening
    clock = desk.family_clock
    assert clock is not None
    assert clock.listening, "both ends are told"
    desk.command("listen", "s1", level=0)
    assert not desk.visit.listening
    assert b"listening" not in msgspec.json.encode(desk.family_clock), "an older central is told nothing new"
    assert Desk().to(VisitState.RULES).command("listen", "s1").why == "there is no call"


def test_listening_that_names_no_session_is_no_leave_to_hear_the_next_call() -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.command("listen").why == "the command names no session"
    assert not desk.visit.listening


def test_the_sign_that_an_officer_listens_goes_with_the_call_and_not_with_a_crash() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.command("listen", "s1", level=1)
    desk.crash(1.0)
    assert isinstance(desk.screen, Call)
    assert desk.screen.listening
    desk.command("end", "s1")
    assert not desk.visit.listening


def test_a_lock_in_a_call_takes_effect_when_the_visit_is_over() -> None:
    desk = Desk().to(VisitState.TALKING)
    desk.command("lock")
    assert desk.booth.mode is Mode.IN_SERVICE
    assert desk.booth.state is VisitState.TALKING
    desk.feed(ev.InmateEnded)
    desk.tick(12.0)
    assert desk.booth.mode is Mode.LOCKED
    assert desk.screen == Locked()
    desk.command("unlock")
    assert desk.booth.mode is Mode.IN_SERVICE


def test_a_lock_covers_a_number_that_was_called_and_unlocking_shows_it_again() -> None:
    desk = Desk().to(VisitState.CHECK_IN)
    desk.command("lock")
    assert desk.screen == Locked()
    desk.command("unlock")
    assert type(desk.screen).__name__ == "CheckIn"


@pytest.mark.parametrize("state", VisitState)
def test_an_emergency_stop_ends_at_once_and_locks(state: VisitState) -> None:
    desk = Desk().to(state)
    assert desk.command("emergency_stop", issued_by="sari").outcome is DONE
    assert desk.booth.state in {VisitState.NONE, VisitState.FAREWELL}
    desk.tick(15.0)
    assert desk.booth.mode is Mode.LOCKED
    if state not in {VisitState.NONE, VisitState.FAREWELL}:
        assert desk.usage()[0].end_reason is EndReason.EMERGENCY_STOP


def test_the_volume_is_set_within_bounds_and_outlives_new_settings() -> None:
    desk = Desk().open()
    desk.command("volume", level=35)
    assert SetVolume(percent=35) in desk.effects
    desk.feed(ev.AssignmentsArrived, sessions=(), settings=msgspec.structs.replace(SETTINGS, volume_percent=50))
    assert desk.booth.volume_percent == 35
    for level in (None, -1, 101):
        assert desk.command("volume", level=level).why == "the volume is a level from 0 to 100"


@pytest.mark.parametrize(
    ("kind", "effect"), [("restart_window", RestartWindow()), ("restart_agent", RestartAgent()), ("reboot", Reboot())]
)
def test_restarts_are_refused_in_a_call_and_done_otherwise(kind: str, effect: object) -> None:
    desk = Desk().to(VisitState.TALKING)
    assert desk.command(kind).why == "refused in a call"
    assert effect not in desk.effects
    desk = Desk().open()
    assert desk.command(kind).outcome is DONE
    assert effect in desk.effects


def test_a_command_without_a_map_is_not_taken_for_expired() -> None:
    desk = Desk().open()
    desk.has_map = False
    assert desk.command("lock").outcome is DONE
