"""What suspend, reboot and a wall clock that is moved do to a call: real agents, boot time that jumps, time namespaces."""

import itertools
import os
import signal
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from protocol import page
from tests.length import IS_LONG
from tests.stage.fake_page import FakeBooth
from tests.stage.house import House
from tests.stage.sleepy_agent import VARIABLE
from tests.stage.terminal import Terminal
from tests.stage.visits import begin_talking, usage_events, usage_of
from tests.stage.waiting import boot_s, pause, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.shortened]

TALK_S = 10
LATE_S = 0.5
DAY_S = 86_400
long_only = pytest.mark.skipif(not IS_LONG, reason="make test-long")


def is_talking(booth: FakeBooth) -> bool:
    """What the screen says."""
    return isinstance(booth.screen, page.Call) and booth.screen.phase == "talking"


# ---- suspend ------------------------------------------------------------------------------------------------------


def sleepy(house: House, name: str) -> tuple[Terminal, FakeBooth, Callable[[float], None]]:
    """A booth whose PC can be put to sleep: everything in it stops, and boot time has moved on when it wakes."""
    slept = house.stage.home / f"slept-{uuid.uuid4().hex}"
    slept.write_text("0")
    terminal = house.stage.terminal(
        name, central=house.central, facility=house.facility, env={VARIABLE: str(slept)}, run=False
    )
    agent = terminal.start_agent(module="tests.stage.sleepy_agent")
    booth = house.stage.booth(terminal)
    booth.wait_for_screen(page.Idle)

    def sleep(seconds: float) -> None:
        agent.signal(signal.SIGSTOP)
        fresh = slept.with_suffix(".new")
        fresh.write_text(f"{float(slept.read_text()) + seconds}")
        fresh.replace(slept)
        agent.signal(signal.SIGCONT)

    return terminal, booth, sleep


def test_a_pc_that_sleeps_30_s_in_a_call_gives_all_the_talk_time_all_the_same(house: House) -> None:
    terminal, booth, sleep = sleepy(house, "Bilik 51")
    planned = house.central.add_session(terminal.id, "151", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    wait_for(lambda: boot_s() > began_s + 3, within_s=5, what="three seconds of talk")
    sleep(30)
    woke_s = boot_s()
    wait_for(lambda: booth.seen[-1].at_s > woke_s and is_talking(booth), within_s=5, what="talking again")
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 5)
    usage = usage_of(house.central, planned)
    awake_s = usage["interrupted_ms"] / 1000 - 30
    assert (usage["end_reason"], usage["talk_delivered_ms"]) == ("completed", TALK_S * 1000)
    assert 0 <= awake_s <= 3
    assert booth.shut[-1].at_s == pytest.approx(began_s + TALK_S + awake_s, abs=LATE_S)
    assert usage_events(house.central, planned) == 1


def test_a_pc_that_sleeps_a_day_in_a_call_ends_it_when_it_wakes_and_says_whose_fault_it_was(house: House) -> None:
    terminal, booth, sleep = sleepy(house, "Bilik 52")
    planned = house.central.add_session(terminal.id, "152", talk_s=TALK_S)
    begin_talking(booth, house.stage.fake_family(planned))
    sleep(DAY_S)
    woke_s = boot_s()
    booth.wait_for_screen(page.Farewell, within_s=3)
    assert booth.shut[-1].at_s - woke_s <= 1.5
    usage = usage_of(house.central, planned)
    assert (usage["end_reason"], usage["fault_party"]) == ("terminal_fault", "terminal")
    assert usage["talk_delivered_ms"] < 3_000
    wait_for(lambda: isinstance(booth.screen, page.Idle), within_s=10, what="the booth to be ready for the next")


# ---- an agent that comes back on another boot time -----------------------------------------------------------------


def moved(*, by_s: float, boot_id: Path | None = None) -> Sequence[str]:
    """A command under which boot time is off by so much, and the boot has another name if one is given."""
    under = ["unshare", "--time", "--boottime", str(round(by_s))]
    if boot_id is None:
        return under
    script = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'
    return [*under, "--mount", "sh", "-c", script, str(boot_id)]


def needs_namespaces() -> None:
    """Skip where this account may not make them."""
    if os.geteuid() != 0:
        pytest.skip("needs root for a time namespace")


def in_a_call(house: House, name: str, number: str) -> tuple[Terminal, FakeBooth, str]:
    """A booth two seconds into a call of a minute, its agent just killed; also the id of the session."""
    needs_namespaces()
    terminal, booth = house.booth(name)
    planned = house.central.add_session(terminal.id, number, talk_s=60)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    wait_for(lambda: boot_s() > began_s + 2, within_s=5, what="two seconds of talk")
    assert terminal.agent is not None
    terminal.agent.kill()
    return terminal, booth, planned.id


def left_after_coming_back(booth: FakeBooth, since_s: float) -> float:
    """Seconds of talk left when the call is back."""
    wait_for(lambda: booth.seen[-1].at_s > since_s and is_talking(booth), within_s=15, what="talking again")
    return float(booth.seen[-1].show.screen.left_ms / 1000)


def usage_body(house: House, session_id: str) -> list[str]:
    """The usage records of this session."""
    rows = house.central.rows("select body from usage where session_id = ? and not provisional", session_id)
    return [str(row["body"]) for row in rows]


@long_only
@pytest.mark.parametrize("slept_s", [30, 90])
def test_an_agent_killed_before_a_sleep_goes_on_after_it_at_a_cost_of_2_s(slept_s: int, house: House) -> None:
    terminal, booth, session_id = in_a_call(house, f"Bilik 53 {slept_s}", f"153{slept_s}")
    killed_s = boot_s()
    terminal.start_agent(under=moved(by_s=slept_s))
    assert 54 <= left_after_coming_back(booth, killed_s) <= 57
    booth.hang_up()
    wait_for(lambda: usage_body(house, session_id), within_s=10, what="the usage record", every_s=0.1)


@long_only
def test_an_agent_killed_before_a_sleep_of_a_day_ends_the_visit_when_it_is_back(house: House) -> None:
    terminal, booth, session_id = in_a_call(house, "Bilik 54", "154")
    terminal.start_agent(under=moved(by_s=DAY_S))
    [body] = wait_for(lambda: usage_body(house, session_id), within_s=15, what="the usage record", every_s=0.1)
    assert '"end_reason":"terminal_fault"' in body
    assert not booth.view_open


def test_a_pc_that_lost_power_in_a_call_goes_on_in_its_next_boot_and_gives_a_second_twice_at_most(house: House) -> None:
    terminal, booth, session_id = in_a_call(house, "Bilik 55", "155")
    killed_s = boot_s()
    name = house.stage.home / "next-boot"
    name.write_text(f"{uuid.uuid4()}\n")
    terminal.start_agent(under=moved(by_s=20 - boot_s(), boot_id=name))
    assert 55 <= left_after_coming_back(booth, killed_s) <= 60 - 2 + 1
    booth.hang_up()
    [body] = wait_for(lambda: usage_body(house, session_id), within_s=10, what="the usage record", every_s=0.1)
    assert '"restarts":1' in body


# ---- the wall clock -----------------------------------------------------------------------------------------------

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
STEPS = ("+1h", "-1h", "+1d", "-1d", "+365d", "-3650d")
ZONES = ("Asia/Jayapura", "America/Los_Angeles", "Pacific/Kiritimati")


def replaced(file: Path, content: bytes) -> None:
    """Changed at once, so that nobody reads half of it."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(file)


@pytest.mark.parametrize("at_boot", ["-365d", "@2000-01-01 00:00:00"] if IS_LONG else ["@2000-01-01 00:00:00"])
def test_a_dead_battery_at_boot_and_a_clock_and_zone_moved_in_a_call_change_no_time_that_people_get(
    at_boot: str, house: House
) -> None:
    if not Path(FAKETIME).exists():
        pytest.fail("the Debian package faketime is missing: make setup installs it")
    stamp, zone = house.stage.home / f"clock{len(at_boot)}", house.stage.home / f"zone{len(at_boot)}"
    replaced(stamp, at_boot.encode())
    replaced(zone, Path("/usr/share/zoneinfo/Asia/Jakarta").read_bytes())
    env = {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
        "TZ": f":{zone}",
    }
    terminal, booth = house.booth(f"Bilik 56 {len(at_boot)}", env=env)
    planned = house.central.add_session(terminal.id, f"156{len(at_boot)}", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    for number, step in enumerate(STEPS):
        replaced(stamp, step.encode())
        replaced(zone, Path("/usr/share/zoneinfo", ZONES[number % len(ZONES)]).read_bytes())
        pause(1)
        assert is_talking(booth), step
        clock = booth.seen[-1].show.clock
        assert clock is not None
        assert abs(clock.now_ms - time.time_ns() // 1_000_000) < 70_000
        assert clock.zone == "WIB"
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 15)
    usage = usage_of(house.central, planned)
    end_s = began_s + TALK_S + usage["interrupted_ms"] / 1000
    assert booth.shut[-1].at_s == pytest.approx(end_s, abs=LATE_S)
    assert usage["end_reason"] == "completed"
    assert abs(usage["ended_at_ms"] - time.time_ns() // 1_000_000) < 60_000
    assert all(abs(step_s) < 1.5 for step_s in jumps(booth)), "the countdown never jumped"


def jumps(booth: FakeBooth) -> list[float]:
    """How far each lease's countdown was from where the one before it had put it, in seconds."""
    leases = [(at_s, one) for at_s, one in booth.heard_from_agent if isinstance(one, page.Lease) and one.running]
    ends_s = [at_s + one.left_ms / 1000 for at_s, one in leases]
    return [later - earlier for earlier, later in itertools.pairwise(ends_s)]
