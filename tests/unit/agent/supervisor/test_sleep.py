"""A PC that sleeps: boot time jumps, nothing ran meanwhile, and the agent notices before it judges what is late."""

from pathlib import Path

import pytest

from agent.core.events import Woke
from protocol.outcome import EndReason, FaultParty
from protocol.page import Farewell
from protocol.terminal import VisitState
from tests.agent_rig import Rig, running_rig

pytestmark = pytest.mark.anyio


async def sleep(rig: Rig, seconds: float) -> None:
    """Nothing runs for so long; what was waited for meanwhile comes late, all at once."""
    rig.clock.boot_s += seconds
    await rig.clock.advance(0.05)


async def talking(rig: Rig) -> None:
    await rig.show_window()
    rig.plan(in_s=5)
    await rig.come_to(VisitState.TALKING)


async def test_thirty_seconds_of_sleep_in_a_call_cost_nobody_any_talk_time(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        began_s = rig.clock.boot_s
        await rig.clock.advance(10)
        await sleep(rig, 30)
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=100)
        assert rig.clock.boot_s - began_s == pytest.approx(60 + 30, abs=1.5)
        rig.answer_close()
        await rig.clock.advance(10)
        [usage] = rig.central.usage()
        assert (usage.usage.end_reason, usage.usage.talk_delivered_ms) == (EndReason.COMPLETED, 60_000)
        assert usage.usage.interrupted_ms == pytest.approx(30_000, abs=1_500)


async def test_a_day_of_sleep_in_a_call_ends_it_at_once_as_the_terminals_fault(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        await rig.clock.advance(10)
        await sleep(rig, 86_400)
        assert isinstance(rig.shown.screen, Farewell)
        rig.answer_close()
        await rig.clock.advance(10)
        [usage] = rig.central.usage()
        assert (usage.usage.end_reason, usage.usage.fault_party) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
        assert usage.usage.talk_delivered_ms <= 10_600
        assert rig.central.now_ms() - usage.usage.ended_at_ms > 80_000_000


async def test_a_pc_that_slept_until_a_session_calls_it_when_it_wakes(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=3600)
        await rig.clock.advance(5)
        await sleep(rig, 3600)
        await rig.come_to(VisitState.TALKING)
        await rig.finish()
        assert rig.central.usage()[0].usage.end_reason is EndReason.COMPLETED


async def test_an_agent_that_runs_never_thinks_that_it_slept(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        heard: list[float] = []
        notice = rig.supervisor.loop._take

        def take(event: object) -> None:
            if isinstance(event, Woke):
                heard.append(event.since_s)
            notice(event)  # type: ignore[arg-type]  # passes on what it was given

        rig.supervisor.loop._take = take  # type: ignore[method-assign, assignment]  # an ear, and nothing else
        await rig.show_window()
        await rig.clock.advance(300)
        assert heard == []
        await sleep(rig, 10)
        assert len(heard) == 1
