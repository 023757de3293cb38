"""Times of visits in which something is killed, stopped or hangs, at the worst moment."""

import os
import signal
from collections.abc import Callable

from benchmarks.rows import Row, timed
from tests.stage.kiosk import Kiosk, Visit
from tests.stage.waiting import boot_s, wait_for

REPEATS = 3
TALK_S = 10
LATE_MS = 1_000.0
COLD_ALLOWANCE_MS = 2_000.0


class Times:
    """What was measured, in ms."""

    def __init__(self) -> None:
        self.window_back: list[float] = []
        self.agent_back: list[float] = []
        self.engine_cold: list[float] = []
        self.agent_cold: list[float] = []
        self.closed: dict[str, list[float]] = {"renderer hung": [], "window stopped": [], "agent killed": []}


def measure(kiosk: Kiosk, tell: Callable[[str], None]) -> Times:
    """Break things, one visit each."""
    times = Times()
    for number in range(REPEATS):
        tell(f"window killed, agent killed, and the three ends that nobody orders: round {number + 1} of {REPEATS}")
        _kill_window(kiosk, times)
        _kill_agent(kiosk, times)
        for what, break_it in (
            ("renderer hung", _hang_renderer),
            ("window stopped", _stop_window),
            ("agent killed", _kill_the_agent),
        ):
            times.closed[what].append(_break_before_the_end(kiosk, break_it))
    return times


# ---- back in the call ---------------------------------------------------------------------------------------------


def _kill_window(kiosk: Kiosk, times: Times) -> None:
    visit = kiosk.begin(talk_s=60)
    window = kiosk.window_pid
    kiosk.glass.watch()
    killed_s = boot_s()
    os.kill(window, signal.SIGKILL)
    frame = kiosk.wait_for_entry("first_frame", since_s=killed_s, within_s=30)
    times.window_back.append(1000 * (float(frame["boot_s"]) - killed_s))
    up = kiosk.wait_for_entry("window", since_s=killed_s, phase="starting")
    painted = kiosk.wait_for_entry("window", since_s=killed_s, phase="painted")
    times.engine_cold.append(1000 * (float(painted["boot_s"]) - float(up["boot_s"])))
    _finish(kiosk, visit)


def _kill_agent(kiosk: Kiosk, times: Times) -> None:
    visit = kiosk.begin(talk_s=60)
    assert kiosk.terminal.agent is not None
    killed_s = boot_s()
    kiosk.terminal.agent.kill()
    started_s = boot_s()
    kiosk.terminal.start_agent()
    joined = kiosk.wait_for_entry("shell_joined", since_s=killed_s, within_s=30)
    times.agent_cold.append(1000 * (float(joined["boot_s"]) - started_s))
    frame = kiosk.wait_for_entry("first_frame", since_s=killed_s, within_s=30)
    times.agent_back.append(1000 * (float(frame["boot_s"]) - killed_s))
    _finish(kiosk, visit)


def _finish(kiosk: Kiosk, visit: Visit) -> None:
    kiosk.glass.stop()
    kiosk.officer.end_now()
    visit.usage()
    visit.leave()


# ---- nobody is there to end it ------------------------------------------------------------------------------------


def _break_before_the_end(kiosk: Kiosk, break_it: Callable[[Kiosk], Callable[[], None]]) -> float:
    """Break something one second before the end; returns how late the view was off the glass, in ms.

    A visit that this machine's own load interrupts ends later than reckoned and is not counted, but tried again.
    """
    while True:
        visit = kiosk.begin(talk_s=TALK_S)
        end_s = kiosk.talking_since_s(visit) + TALK_S
        wait_for(
            lambda end_s=end_s: boot_s() >= end_s - 1.0, within_s=TALK_S + 1, what="the last second", every_s=0.002
        )
        if not visit.was_interrupted():
            return _broken_late_ms(kiosk, visit, end_s, break_it)
        visit.usage(within_s=60)
        visit.leave()


def _broken_late_ms(kiosk: Kiosk, visit: Visit, end_s: float, break_it: Callable[[Kiosk], Callable[[], None]]) -> float:
    kiosk.glass.watch()
    mend = break_it(kiosk)
    closed_s = kiosk.glass.wait_until_closed(within_s=10)
    kiosk.glass.stop()
    mend()
    visit.usage(within_s=30)
    visit.leave()
    return max(0.0, 1000 * (closed_s - end_s))


def _hang_renderer(kiosk: Kiosk) -> Callable[[], None]:
    """A stopped renderer is one that hangs: nothing in it runs, and it does not end by itself."""
    for pid in kiosk.renderer_pids:
        os.kill(pid, signal.SIGSTOP)
    return lambda: None


def _stop_window(kiosk: Kiosk) -> Callable[[], None]:
    os.kill(kiosk.window_pid, signal.SIGSTOP)
    return lambda: None


def _kill_the_agent(kiosk: Kiosk) -> Callable[[], None]:
    assert kiosk.terminal.agent is not None
    kiosk.terminal.agent.kill()
    return lambda: kiosk.terminal.start_agent() and None


def rows(times: Times) -> list[Row]:
    """The table's part; what may be the engine's and agent's own cold start is measured in the same visits."""
    engine_ms, agent_ms = max(times.engine_cold, default=0.0), max(times.agent_cold, default=0.0)
    return [
        timed("window killed -> call back", times.window_back, must=engine_ms + COLD_ALLOWANCE_MS, by="max"),
        timed("agent killed -> call back", times.agent_back, must=agent_ms + engine_ms + COLD_ALLOWANCE_MS, by="max"),
        timed("cold start of the engine, in those visits", times.engine_cold, must=None),
        timed("cold start of the agent, in those visits", times.agent_cold, must=None),
        *(
            timed(f"{what} 1 s before the end -> off the glass", late_ms, must=LATE_MS, by="max")
            for what, late_ms in times.closed.items()
        ),
    ]
