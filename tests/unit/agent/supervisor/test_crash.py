"""Visits on fakes: crashes at every step, central away from every step on, orderly ends, bugs."""

from pathlib import Path

import pytest

from agent.ports import Unreachable
from protocol.call import Peer
from protocol.outcome import EndReason
from protocol.terminal import VisitState
from tests.agent_rig import Rig, running_rig

pytestmark = pytest.mark.anyio

STATES = (VisitState.CHECK_IN, VisitState.RULES, VisitState.WAITING, VisitState.TALKING)


@pytest.mark.parametrize("state", STATES)
async def test_after_a_crash_a_new_agent_goes_on_and_reports_the_visit_once(tmp_path: Path, state: VisitState) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(state)
        await rig.crash()
        rig.is_connected = False
        await rig.clock.advance(1)
        await rig.start()
        await rig.show_window()
        await rig.clock.advance(3)
        assert rig.state is (VisitState.INTERRUPTED if state is VisitState.TALKING else state)
        if state is VisitState.TALKING:
            rig.socket.hear(Peer(present=True, ready=True, admitted=True))
            rig.is_connected = True
            await rig.clock.advance_until(lambda: rig.state is VisitState.TALKING, limit_s=10)
        await rig.finish()
        [usage] = rig.central.usage()
        assert len(rig.usage_in_journal()) == 1
        if state is VisitState.TALKING:
            assert usage.usage.end_reason is EndReason.COMPLETED
            assert usage.usage.talk_delivered_ms <= 60_000
            assert usage.usage.restarts >= 1


async def test_a_crash_after_the_end_loses_no_usage_record(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=70)
        await rig.crash()
        await rig.start()
        await rig.clock.advance(10)
        assert len(rig.central.usage()) == 1
        assert len(rig.usage_in_journal()) == 1


@pytest.mark.parametrize("state", STATES)
async def test_with_central_away_from_any_step_on_the_visit_ends_on_time_and_is_reported_later(
    tmp_path: Path, state: VisitState
) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(state)
        rig.central.error = Unreachable("central is away")
        rig.central.news()
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=700)
        rig.answer_close()
        await rig.clock.advance(30)
        assert rig.central.usage() == []
        rig.central.error = None
        await rig.clock.advance(40)
        [usage] = rig.central.usage()
        if state is VisitState.TALKING:
            assert usage.usage.end_reason is EndReason.COMPLETED
            assert usage.usage.talk_delivered_ms >= 59_000


async def test_an_agent_that_is_ended_in_order_says_so_and_keeps_the_call_for_the_next_one(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        await rig.stop()
        assert rig.services.told == ["ready", "stopping"]
        assert rig.usage_in_journal() == []
        await rig.start()
        assert rig.state is VisitState.INTERRUPTED


async def test_a_bug_ends_the_agent_and_is_not_swallowed_by_the_page_server(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    await rig.start()
    await rig.show_window()
    rig.page.say("no message at all")  # type: ignore[arg-type]  # this is the bug
    await rig.clock.advance(0)
    with pytest.raises(ExceptionGroup) as caught:
        await rig.close()
    assert caught.group_contains(TypeError)
