"""One visit on fakes, from the schedule to the usage record."""

from pathlib import Path

import pytest

from protocol.outcome import EndReason
from protocol.page import Call, Farewell, Idle
from protocol.shell import OrderKind
from protocol.terminal import VisitState
from tests.agent_rig import running_rig

pytestmark = pytest.mark.anyio


async def test_a_visit_goes_from_the_schedule_to_its_usage_record(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        assert isinstance(rig.shown.screen, Call)
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=70)
        rig.answer_close()
        assert isinstance(rig.shown.screen, Farewell)
        await rig.clock.advance(20)
        assert rig.state is VisitState.NONE
        assert isinstance(rig.shown.screen, Idle)
        assert OrderKind.RESTART_WINDOW in rig.shell.orders()
        [usage] = rig.central.usage()
        assert usage.usage.end_reason is EndReason.COMPLETED
        assert 59_000 <= usage.usage.talk_delivered_ms <= 60_000
        assert rig.journal.rows == []
