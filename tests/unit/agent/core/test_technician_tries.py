"""A technician's tries and waits, over kills, reboots and answers that do not come."""

from hypothesis import given
from hypothesis import strategies as st

from agent.core import events as ev
from agent.core import policy
from agent.core.booth import encode
from agent.core.effects import CheckTechnicianPin
from agent.core.technician import wait_after
from protocol.maintenance import TechnicianPin
from protocol.terminal import FaultChanged, Mode
from tests.unit.agent.core.desk import Desk, reports
from tests.unit.agent.core.technician_desk import PIN, come, seen, try_pin


def test_the_waits_double_from_one_minute_to_an_hour() -> None:
    assert [wait_after(wrong) for wrong in range(1, 14)] == [0] * 4 + [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert wait_after(10**9) == 3600


def test_five_tries_then_a_growing_wait() -> None:
    desk = Desk().open()
    for wrong in range(1, 5):
        come(desk)
        assert try_pin(desk, "wrong") == 1
        assert desk.screen == TechnicianPin(busy=False, said="wrong", retry_s=0)
        assert desk.booth.technician.wrong == wrong
    try_pin(desk, "wrong")
    assert desk.screen == TechnicianPin(busy=False, said="wrong", retry_s=60)
    assert try_pin(desk, "right") == 0, "no PIN is looked at while a wait stands"
    desk.tick(59.5)
    assert come(desk).retry_s == 1
    assert try_pin(desk, "right") == 0
    desk.tick(0.5)
    assert come(desk) == TechnicianPin(busy=False, said=None, retry_s=0)
    assert try_pin(desk, "wrong") == 1
    assert come(desk).retry_s == 120


def test_every_wrong_try_is_told_and_the_first_raises_a_fault_that_the_right_one_clears() -> None:
    desk = Desk().open()
    come(desk)
    try_pin(desk, "wrong")
    try_pin(desk, "failed")
    assert seen(desk) == ["wrong", "failed"]
    assert desk.booth.faults == ("TEK-1",)
    assert desk.booth.escape_attempts == {"technician_chord": 1, "technician_pin_wrong": 1, "technician_pin_failed": 1}
    try_pin(desk, "right")
    assert desk.booth.faults == ()
    assert desk.booth.technician.wrong == 0
    raised = [event.raised for event in reports(desk.effects) if isinstance(event, FaultChanged)]
    assert raised == [True, False]


def test_a_booth_without_a_pin_says_so_and_counts_no_try() -> None:
    desk = Desk().open()
    for _ in range(9):
        come(desk)
        assert try_pin(desk, "unset") == 1
    assert desk.screen == TechnicianPin(busy=False, said="unset", retry_s=0)
    assert seen(desk) == []


def test_a_check_without_an_answer_counts_as_a_try_that_failed() -> None:
    desk = Desk().open()
    come(desk)
    desk.feed(ev.TechnicianPinEntered, pin=PIN)
    desk.tick(policy.TECHNICIAN_CHECK_S)
    assert desk.screen == TechnicianPin(busy=False, said="failed", retry_s=0)
    assert desk.booth.technician.wrong == 1
    desk.feed(ev.TechnicianPinChecked, outcome="right")
    assert desk.booth.mode is Mode.IN_SERVICE


def guessed(times: int) -> Desk:
    desk = Desk().open()
    for _ in range(times):
        come(desk)
        try_pin(desk, "wrong")
        desk.tick(desk.booth.technician.wait_s if desk.booth.technician.wrong < times else 0.0)
    return desk


def test_a_kill_of_the_agent_keeps_the_wait() -> None:
    desk = guessed(6)
    desk.at += 20
    desk.crash(5.0)
    assert come(desk).retry_s == 95
    assert "TEK-1" in desk.booth.faults


def test_a_reboot_begins_the_wait_in_full_again() -> None:
    desk = guessed(6)
    desk.tick(110)
    desk.at = 20.0
    desk.crash(same_boot=False, has_map=False)
    assert come(desk).retry_s == 120
    assert try_pin(desk, "right") == 0


def test_a_wait_that_is_over_is_not_begun_again_by_a_reboot_but_the_next_is_longer() -> None:
    desk = guessed(6)
    desk.tick(121)
    desk.crash(same_boot=False, has_map=False)
    assert come(desk).retry_s == 0
    try_pin(desk, "wrong")
    assert come(desk).retry_s == 240


def test_a_kill_while_a_pin_is_looked_at_gives_no_try_away() -> None:
    desk = guessed(4)
    come(desk)
    desk.feed(ev.TechnicianPinEntered, pin=PIN)
    desk.crash(1.0)
    assert desk.screen == TechnicianPin(busy=False, said="failed", retry_s=59)
    desk.feed(ev.TechnicianPinChecked, outcome="right")
    assert desk.booth.mode is Mode.IN_SERVICE


def test_the_journal_never_holds_a_pin() -> None:
    desk = Desk().open()
    come(desk)
    effects = desk.feed(ev.TechnicianPinEntered, pin=PIN)
    assert PIN.encode() not in encode(desk.booth)
    assert PIN not in repr(effects)
    assert PIN not in repr(ev.TechnicianPinEntered(now=desk.now, pin=PIN))


HAPPENS = st.sampled_from(["guess", "guess", "guess", "kill", "reboot", "wait a little", "wait long"])


@given(happens=st.lists(HAPPENS, max_size=60), down_s=st.sampled_from([0.5, 20.0]))
def test_whatever_is_killed_or_rebooted_a_guess_waits_its_whole_time_in_one_boot(
    happens: list[str], down_s: float
) -> None:
    desk = Desk().open()
    looked, sitting_s, served = 0, 0.0, True
    for what in happens:
        before = desk.at
        if what == "guess":
            desk.feed(ev.TechnicianCame, how="chord")
            effects = desk.feed(ev.TechnicianPinEntered, pin=PIN)
            if any(isinstance(effect, CheckTechnicianPin) for effect in effects):
                assert served
                looked, sitting_s = looked + 1, 0.0
                served = wait_after(looked) == 0
                desk.feed(ev.TechnicianPinChecked, outcome="wrong")
        elif what == "reboot":
            desk.at, sitting_s = 20.0, 0.0
            desk.crash(same_boot=False)
        elif what == "kill":
            desk.crash(down_s)
            sitting_s += desk.at - before
        else:
            desk.tick(0.9 if what == "wait a little" else 70.0)
            sitting_s += desk.at - before
        served = served or sitting_s >= wait_after(looked)
    assert desk.booth.technician.wrong == looked
