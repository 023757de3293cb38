"""Whole visits on a real window with a family in real Chromium: what is seen on the glass from outside, whatever is killed."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.length import IS_LONG
from tests.stage.kiosk import Kiosk, Visit
from tests.stage.stage import Stage
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(180)]

TALK_S = 10
LATE_S = 1.0
LEASE_S = 2.0


@pytest.fixture(scope="module")
def kiosk(keep_logs_of: Callable[[Stage], None]) -> Iterator[Kiosk]:
    """One booth for all tests of this module; each brings its own visit and leaves an idle booth."""
    with Stage("window") as stage:
        keep_logs_of(stage)
        yield Kiosk(stage)


def talked(kiosk: Kiosk, visit: Visit, seconds: float) -> float:
    """Let some seconds of talk go by; returns the moment the talk began."""
    began_s = kiosk.talking_since_s(visit)
    wait_for(lambda: boot_s() >= began_s + seconds, within_s=seconds + 1, what=f"{seconds} s of talk")
    return began_s


def finished(kiosk: Kiosk, visit: Visit) -> dict[str, object]:
    """Wait for the end, check that there is one usage record, and leave the booth idle."""
    visit.wait_closed(within_s=TALK_S + 30)
    usage = visit.usage()
    assert visit.usage_events() == 1
    wait_for(lambda: not kiosk.glass.is_view(), within_s=LATE_S, what="the view to be off the glass")
    visit.leave()
    told = kiosk.entries("renderer_ended", since_s=visit.since_s)
    assert not [one for one in told if "went on" in one["why"]], "an honest page has no line left after its call"
    return usage


def test_a_visit_closes_by_itself_on_the_glass_and_the_next_finds_a_new_window(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    window = kiosk.window_pid
    began_s = talked(kiosk, visit, 2)
    kiosk.glass.watch()
    closed_s = kiosk.glass.wait_until_closed(within_s=TALK_S + 5)
    kiosk.glass.stop()
    assert closed_s == pytest.approx(began_s + TALK_S, abs=LATE_S)
    usage = finished(kiosk, visit)
    assert usage["end_reason"] == "completed"
    assert TALK_S * 1000 - 500 <= int(str(usage["talk_delivered_ms"])) <= TALK_S * 1000
    wait_for(lambda: kiosk.window_pid != window, within_s=10, what="another window", every_s=0.1)


def test_a_window_killed_in_a_call_comes_back_into_the_call(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    talked(kiosk, visit, 2)
    killed_s = boot_s()
    os.kill(kiosk.window_pid, signal.SIGKILL)
    kiosk.wait_for_entry("first_frame", since_s=killed_s, within_s=20)
    usage = finished(kiosk, visit)
    assert usage["end_reason"] == "completed"


@pytest.mark.shortened
@pytest.mark.skipif(not IS_LONG, reason="make test-long; a killed window is tried above")
def test_a_renderer_killed_in_a_call_comes_back_into_the_call(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    talked(kiosk, visit, 2)
    killed_s = boot_s()
    for pid in kiosk.renderer_pids:
        os.kill(pid, signal.SIGKILL)
    kiosk.wait_for_entry("first_frame", since_s=killed_s, within_s=20)
    usage = finished(kiosk, visit)
    assert usage["end_reason"] == "completed"


def test_an_agent_killed_in_a_call_on_the_glass_comes_back_into_the_call(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    talked(kiosk, visit, 2)
    assert kiosk.terminal.agent is not None
    killed_s = boot_s()
    kiosk.terminal.agent.kill()
    kiosk.terminal.start_agent()
    kiosk.wait_for_entry("first_frame", since_s=killed_s, within_s=20)
    usage = finished(kiosk, visit)
    assert usage["end_reason"] == "completed"
    assert usage["restarts"] == 1


def test_an_agent_killed_in_the_last_second_leaves_nothing_on_the_glass_after_the_end(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    began_s = talked(kiosk, visit, TALK_S - 1)
    kiosk.glass.watch()
    assert kiosk.terminal.agent is not None
    kiosk.terminal.agent.kill()
    closed_s = kiosk.glass.wait_until_closed(within_s=5)
    kiosk.glass.stop()
    assert closed_s <= began_s + TALK_S + LATE_S
    kiosk.terminal.start_agent()
    visit.usage(within_s=30)
    assert visit.usage_events() == 1
    visit.leave()


def test_with_agent_and_shell_gone_in_the_last_second_the_page_closes_the_view_by_its_own_lease(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    began_s = talked(kiosk, visit, TALK_S - 1)
    agent, shell = kiosk.terminal.agent, kiosk.terminal.shell
    assert agent is not None
    assert shell is not None
    kiosk.glass.watch()
    shell.signal(signal.SIGSTOP)
    killed_s = boot_s()
    agent.kill()
    closed_s = kiosk.glass.wait_until_closed(within_s=5)
    kiosk.glass.stop()
    shell.signal(signal.SIGCONT)
    lease_s = LEASE_S if visit.was_interrupted() else began_s + TALK_S - killed_s
    assert closed_s <= killed_s + lease_s + LATE_S / 2
    kiosk.terminal.start_agent()
    visit.usage(within_s=30)
    assert visit.usage_events() == 1
    visit.leave()


@pytest.mark.shortened
@pytest.mark.skipif(not IS_LONG, reason="make test-long; a reloaded page is tried in test_faults_booth")
def test_a_family_that_reloads_its_browser_is_back_in_the_call(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    talked(kiosk, visit, 2)
    reloaded_s = boot_s()
    visit.family.page.reload()
    visit.family.go_back_in()
    kiosk.wait_for_move(visit, "talking", since_s=reloaded_s)
    usage = finished(kiosk, visit)
    assert usage["end_reason"] == "completed"


def test_a_second_phone_with_the_same_link_is_told_so_and_the_call_goes_on(kiosk: Kiosk) -> None:
    visit = kiosk.begin(talk_s=TALK_S)
    second = kiosk.stage.family(visit.session)
    second.open()
    second.page.wait_for_selector("#problem:not([hidden])", timeout=15_000)
    assert "perangkat lain" in second.text()
    second.context.close()
    usage = finished(kiosk, visit)
    assert usage["end_reason"] == "completed"
    assert usage["interruptions"] == 0
