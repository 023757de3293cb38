"""A diagnosis from afar: looked at once, told line by line, and what is good and what is bad of it."""

import msgspec
import pytest

from agent.core import diagnosing
from agent.core import events as ev
from agent.core.booth import decode, encode
from agent.core.checks import BESIDE_FAULTS, judge
from agent.core.effects import AnswerCommand, Diagnose, Effect
from agent.core.state import Booth
from protocol.diagnosis import AREAS, FINDINGS, Verdict
from protocol.maintenance import Diagnosis, Maintenance, RelayTried
from protocol.terminal import Command, CommandOutcome, DiagnosisMade, VisitState
from tests.fakes import MEASURED
from tests.unit.agent.core.desk import T0_MS, Desk, reports
from tests.unit.agent.core.technician_desk import inside

WELL = Diagnosis(
    agent_version="1.2.3",
    shell_version="1.2.3",
    screen="1366x768",
    uptime_s=93_784,
    memory_bytes=50_000_000,
    disk_free_bytes=10**10,
    keys_held=257,
    central="reached",
    central_ms=38,
    clock_age_s=4,
    relays=(RelayTried(address="turn:a:1", answered=True),),
    engine="QtWebEngine 6",
    operating_system="Linux",
    credentials="a file",
    up_kbit_s=4000,
    down_kbit_s=9000,
    lock_watched=True,
    devices=MEASURED,
)
BOOTH = Booth(enrolled=True, page_up=True, window_up=True, shell_up=True)


def ask(desk: Desk, command_id: str = "c1") -> list[Effect]:
    command = Command(id=command_id, kind="run_diagnosis", expires_at_ms=T0_MS + 10**9)
    return desk.feed(ev.CommandArrived, command=command)


def answers(effects: list[Effect]) -> list[str]:
    return [effect.answer.command_id for effect in effects if isinstance(effect, AnswerCommand)]


def verdicts(found: Diagnosis, booth: Booth = BOOTH) -> dict[str, str]:
    return {one.finding.partition(".")[0]: one.finding.partition(".")[2] for one in judge(found, booth)}


def test_it_is_answered_when_it_has_been_looked_at_and_the_findings_come_first() -> None:
    desk = Desk().open()
    assert ask(desk) == [Diagnose()]
    effects = desk.feed(ev.Diagnosed, diagnosis=WELL)
    (made,) = [event for event in reports(effects) if isinstance(event, DiagnosisMade)]
    assert made.command_id == "c1"
    assert {one.finding for one in made.found} >= {"central.reached", "disk.room"}
    last = effects[-1]
    assert isinstance(last, AnswerCommand)
    assert last.answer.outcome is CommandOutcome.DONE
    assert desk.booth.diagnosing_for == ()


def test_asked_again_while_it_lasts_one_look_answers_all() -> None:
    desk = Desk().open()
    ask(desk)
    assert ask(desk) == []
    assert ask(desk, "c2") == []
    assert answers(desk.feed(ev.Diagnosed, diagnosis=WELL)) == ["c1", "c2"]
    assert answers(desk.feed(ev.Diagnosed, diagnosis=WELL)) == []


def test_no_more_than_a_few_wait_for_one_look() -> None:
    desk = Desk().open()
    for number in range(diagnosing.MOST_ASKED):
        ask(desk, f"c{number}")
    (refused,) = [effect.answer for effect in ask(desk, "one-more") if isinstance(effect, AnswerCommand)]
    assert (refused.outcome, refused.why) == (CommandOutcome.REFUSED, "a diagnosis is under way")


@pytest.mark.parametrize("state", [VisitState.RULES, VisitState.WAITING, VisitState.TALKING])
def test_it_is_refused_in_a_call(state: VisitState) -> None:
    assert Desk().to(state).command("run_diagnosis").why == "refused in a call"


def test_what_is_bad_without_being_a_fault_is_told_on_the_maintenance_screen_beside_the_faults() -> None:
    desk = inside()
    slow = msgspec.structs.replace(WELL, up_kbit_s=300, disk_free_bytes=5_000_000, keys_missing=("Print",))
    desk.feed(ev.Diagnosed, diagnosis=slow)
    screen = desk.screen
    assert isinstance(screen, Maintenance)
    assert [one.finding for one in screen.bad] == ["bandwidth.low", "disk.low"], "KUN-1 stands for the keys"
    assert all(FINDINGS[one].verdict is Verdict.BAD for one in BESIDE_FAULTS)


def test_the_look_that_a_technician_began_answers_staff_too_and_both_see_it() -> None:
    desk = inside()
    assert ask(desk) == []
    assert answers(desk.feed(ev.Diagnosed, diagnosis=WELL)) == ["c1"]
    screen = desk.screen
    assert isinstance(screen, Maintenance)
    assert screen.diagnosis == WELL


def test_a_restart_forgets_who_asked_so_that_the_repeated_command_is_looked_at_anew() -> None:
    desk = Desk().open()
    ask(desk)
    desk.crash(3.0)
    assert desk.booth.diagnosing_for == ()
    assert ask(desk) == [Diagnose()]


def test_what_was_found_is_not_kept_over_a_restart_so_that_an_older_agent_can_read_the_rest() -> None:
    desk = inside()
    desk.feed(ev.Diagnosed, diagnosis=WELL)
    assert desk.booth.technician.diagnosis == WELL
    kept = decode(encode(desk.booth)).technician
    assert kept == msgspec.structs.replace(desk.booth.technician, diagnosis=None, devices=None)


def test_a_healthy_booth_has_a_good_line_for_each_area() -> None:
    lines = judge(WELL, BOOTH)
    assert [FINDINGS[one.finding].area for one in lines] == list(AREAS)
    assert [one.finding for one in lines if FINDINGS[one.finding].verdict is not Verdict.GOOD] == []


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"central_ms": 4000}, "central.slow"),
        ({"central": "untrusted"}, "central.untrusted"),
        ({"central": "something new"}, "central.unreachable"),
        ({"clock_age_s": None}, "clock.never"),
        ({"clock_age_s": 900}, "clock.old"),
        ({"central": "untried"}, "central.untried"),
        ({"relays": ()}, "relay.untried"),
        ({"relays": (), "relays_known": True}, "relay.none"),
        ({"up_kbit_s": None}, "bandwidth.unknown"),
        ({"down_kbit_s": None}, "bandwidth.unknown"),
        ({"up_kbit_s": 300}, "bandwidth.low"),
        ({"down_kbit_s": 300}, "bandwidth.low"),
        ({"lock_watched": False}, "lockdown.unknown"),
        ({"lock_changed": "logind.conf"}, "lockdown.changed"),
        ({"relays": (RelayTried(address="turn:a:1", answered=False),)}, "relay.silent"),
        ({"outbox_waiting": 5000}, "outbox.waiting"),
        ({"disk_free_bytes": 1}, "disk.low"),
        ({"memory_bytes": 10**9}, "memory.large"),
        ({"keys_held": None}, "keys.unguarded"),
        ({"keys_missing": ("Print",)}, "keys.missing"),
        ({"shell_version": "1.0"}, "versions.differ"),
        ({"engine": ""}, "engine.unknown"),
        ({"operating_system": ""}, "system.unknown"),
        ({"devices": None}, "camera.found"),
        ({"devices": None}, "microphone.found"),
        ({"devices": None}, "speaker.untried"),
    ],
)
def test_what_is_bad_is_named(changed: dict[str, object], finding: str) -> None:
    area, _, kind = finding.partition(".")
    assert verdicts(msgspec.structs.replace(WELL, **changed))[area] == kind


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"faults": ("JRN-1",)}, "journal.failing"),
        ({"faults": ("JRN-2",)}, "journal.damaged"),
        ({"faults": ("KUN-2",)}, "lockdown.changed"),
        ({"faults": ("KAM-1",)}, "camera.missing"),
        ({"faults": ("MIK-1",)}, "microphone.missing"),
        ({"page_up": False}, "camera.unknown"),
        ({"window_up": False}, "window.away"),
        ({"shell_up": False}, "window.no_shell"),
        ({"enrolled": False}, "token.refused"),
        ({"token_refused": True}, "token.refused"),
        ({"faults": ("TKN-1",)}, "token.refused"),
    ],
)
def test_what_the_booth_knows_of_itself_counts_too(changed: dict[str, object], finding: str) -> None:
    area, _, kind = finding.partition(".")
    unmeasured = msgspec.structs.replace(WELL, devices=None)
    assert verdicts(unmeasured, msgspec.structs.replace(BOOTH, **changed))[area] == kind
