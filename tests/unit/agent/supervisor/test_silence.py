"""A shell that beat and stopped hangs; one that never beat, has gone, or slept beside us does not."""

from typing import cast

import pytest

from agent.ports import Page, Shell, ShellLeft
from agent.supervisor.closing import CloseWatch
from agent.supervisor.meeting import MeetingDesk
from agent.supervisor.shell_desk import ShellDesk
from agent.supervisor.silence import SILENT_S, Silence
from protocol.shell import ShellBeat
from tests.fake_clock import FakeClock

UNUSED = object()


def broken_off(silence: Silence, start_s: float, end_s: float) -> list[float]:
    """When it was told between these moments, asked once a second."""
    moments = [start_s + step for step in range(int(end_s - start_s) + 1)]
    return [now_s for now_s in moments if silence.is_broken_off(now_s)]


def test_a_shell_that_stops_beating_is_told_once() -> None:
    silence = Silence()
    silence.beat(100.0)
    assert broken_off(silence, 100.0, 200.0) == [100.0 + SILENT_S + 1]


def test_a_shell_that_never_beat_is_left_alone() -> None:
    assert broken_off(Silence(), 100.0, 200.0) == []


def test_a_shell_that_has_gone_hangs_no_more() -> None:
    silence = Silence()
    silence.beat(100.0)
    silence.forget()
    assert broken_off(silence, 100.0, 200.0) == []


def test_our_own_sleep_is_not_its_silence() -> None:
    silence = Silence()
    silence.beat(100.0)
    assert broken_off(silence, 100.0, 102.0) == []
    assert broken_off(silence, 5000.0, 5000.0 + SILENT_S) == []
    assert broken_off(silence, 5000.0 + SILENT_S + 1, 5020.0) == [5000.0 + SILENT_S + 1]


@pytest.mark.anyio
async def test_the_session_of_a_hung_shell_is_overdue_once_and_again_only_after_it_beat() -> None:
    clock = FakeClock()
    desk = ShellDesk(
        clock=clock,
        page=cast("Page", UNUSED),
        shell=cast("Shell", UNUSED),
        close_watch=cast("CloseWatch", UNUSED),
        meeting=cast("MeetingDesk", UNUSED),
        feed=lambda _: None,
        window_is=lambda _: None,
        renew_lease=lambda: None,
    )

    async def overdue_within(seconds: int) -> int:
        count = 0
        for _ in range(seconds):
            await clock.advance(1.0)
            count += desk.is_overdue()
        return count

    desk.heard(ShellBeat())
    assert await overdue_within(30) == 1
    desk.heard(ShellBeat())
    assert await overdue_within(30) == 1
    desk.heard(ShellBeat())
    desk.heard(ShellLeft())
    assert await overdue_within(10) == 0
