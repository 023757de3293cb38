"""Visits on fakes: the whole course, the close, enrolment, commands twice."""

from pathlib import Path

import pytest

from agent.ports import Unauthorised, Unreachable
from protocol.call import CallPhase, Clock, Ended, HangUp
from protocol.outcome import EndReason
from protocol.page import Call, Closed, Connecting, Farewell, Idle, NotEnrolled, Notice
from protocol.shell import LeaseOver, OrderKind, ShellLease
from protocol.terminal import Command, CommandAnswered, CommandOutcome, Mode, VisitState
from tests.agent_rig import Rig, running_rig

pytestmark = pytest.mark.anyio


async def test_a_visit_goes_from_the_schedule_to_its_usage_record(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        assert isinstance(rig.shown.screen, Call)
        await rig.finish()
        assert isinstance(rig.shown.screen, Idle)
        assert OrderKind.RESTART_WINDOW in rig.shell.orders()
        [usage] = rig.central.usage()
        assert usage.usage.end_reason is EndReason.COMPLETED
        assert 59_000 <= usage.usage.talk_delivered_ms <= 60_000


async def test_the_view_is_leased_twice_a_second_and_never_beyond_the_end(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        before = len(rig.leases)
        await rig.clock.advance(10)
        assert 20 <= len(rig.leases) - before <= 22
        assert rig.leases[-1].ms == 2000
        await rig.clock.advance_until(lambda: rig.leases[-1].left_ms < 700)
        assert rig.leases[-1].ms <= 700
        shell_leases = [message.ms for message in rig.shell.sent if isinstance(message, ShellLease)]
        assert shell_leases == [lease.ms for lease in rig.leases]


async def test_the_shell_is_told_that_the_lease_is_over_when_the_page_has_closed_the_call(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        await rig.clock.advance_until(lambda: isinstance(rig.shown.screen, Farewell), limit_s=70)
        assert not any(isinstance(message, LeaseOver) for message in rig.shell.sent)
        rig.answer_close()
        assert any(isinstance(message, LeaseOver) for message in rig.shell.sent)
        await rig.clock.advance(1)
        assert OrderKind.END_RENDERER not in rig.shell.orders()


async def test_a_page_that_does_not_close_loses_its_renderer_after_300_ms(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=70, step_s=0.01)
        await rig.clock.advance(0.25)
        assert OrderKind.END_RENDERER not in rig.shell.orders()
        await rig.clock.advance(0.1)
        assert OrderKind.END_RENDERER in rig.shell.orders()


async def test_a_page_whose_lease_ran_out_a_moment_before_the_end_keeps_its_renderer(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        end_s = visit.talk.ends_at()
        assert end_s is not None
        await rig.clock.advance(end_s - rig.clock.boot_s - 0.001)
        rig.page.say(Closed(call_id=rig.call_id, by="lease"))
        await rig.clock.advance(3)
        assert rig.state is VisitState.FAREWELL
        assert OrderKind.END_RENDERER not in rig.shell.orders()
        [usage] = rig.usage_in_journal()
        assert usage.usage.end_reason is EndReason.COMPLETED
        assert usage.usage.close_late_ms == 0


async def test_a_call_whose_lease_ran_out_by_mistake_is_started_anew(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        old = rig.call_id
        rig.is_connected = False
        rig.page.say(Closed(call_id=old, by="lease"))
        await rig.clock.advance(1)
        assert rig.call_id != old
        assert rig.started[-1] == rig.call_id


async def test_an_unenrolled_agent_waits_and_takes_up_an_enrolment_by_itself(tmp_path: Path) -> None:
    async with running_rig(tmp_path, is_enrolled=False) as rig:
        await rig.show_window()
        await rig.clock.advance(10)
        assert isinstance(rig.shown.screen, NotEnrolled)
        assert rig.central.syncs == []
        rig.enrol()
        await rig.clock.advance(5)
        assert rig.central.token == "a-device-token"
        assert isinstance(rig.shown.screen, Idle)


async def test_without_an_answer_of_central_there_is_no_clock_and_nothing_opens(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.central.error = Unreachable("central is away")
    await rig.start()
    try:
        await rig.show_window()
        await rig.clock.advance(30)
        assert isinstance(rig.shown.screen, Connecting)
        assert rig.shown.clock is None
        rig.central.error = None
        await rig.clock.advance(20)
        assert isinstance(rig.shown.screen, Idle)
        assert rig.shown.clock is not None
        assert rig.shown.clock.zone == "WIB"
        assert rig.shown.clock.offset_min == 420
    finally:
        await rig.close()


async def test_a_command_that_comes_again_and_again_is_done_once(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        extend = Command(id="c1", kind="extend", session_id="s1", add_s=30, expires_at_ms=rig.central.now_ms() + 30_000)
        rig.central.give(extend)
        await rig.clock.advance(2)
        assert rig.central.commands == {}
        for _ in range(3):
            rig.central.give(extend)
            await rig.clock.advance(12)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert visit.talk.total_s == 90
        assert rig.central.commands == {}
        answers = [event for event in rig.journal.events() if isinstance(event, CommandAnswered)]
        assert {answer.outcome for answer in answers} == {CommandOutcome.DONE}
        notices = [message.kind for message in rig.page.sent if isinstance(message, Notice)]
        assert notices.count("extended") == 1


async def test_an_order_to_end_is_obeyed_at_once(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        expires = rig.central.now_ms() + 60_000
        rig.central.give(
            Command(id="c1", kind="end", session_id="s1", reason="ended_by_officer", expires_at_ms=expires)
        )
        await rig.clock.advance(0)
        assert isinstance(rig.shown.screen, Farewell)


async def test_the_family_hears_the_time_at_every_change_and_every_five_seconds(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        await rig.clock.advance(0)
        told = [message for message in rig.socket.sent if isinstance(message, Clock)]
        assert told[-1].phase is CallPhase.TALKING
        assert told[-1].running
        await rig.clock.advance(16)
        later = [message for message in rig.socket.sent if isinstance(message, Clock)]
        assert len(later) - len(told) == 3


async def test_the_family_is_told_why_it_ended_before_the_socket_closes(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        rig.socket.hear(HangUp())
        await rig.clock.advance(0)
        [farewell] = [message for message in rig.socket.sent if isinstance(message, Ended)]
        assert farewell.reason is EndReason.ENDED_BY_FAMILY
        assert rig.socket.broken


async def test_a_refused_token_is_forgotten_only_after_it_lasted(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(10)
        rig.central.error = Unauthorised("the token is refused")
        rig.central.news()
        await rig.clock.advance(30)
        assert rig.credentials.read() == "a-device-token"
        await rig.clock.advance(60)
        assert rig.credentials.read() is None
        assert rig.supervisor.loop.booth.mode is Mode.UNENROLLED
        assert isinstance(rig.shown.screen, NotEnrolled)
