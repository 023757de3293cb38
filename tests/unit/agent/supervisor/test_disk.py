"""A disk that is slow or fails: the end comes on time, nothing is given, nothing that matters is lost."""

from pathlib import Path

import pytest

from agent.ports import Change, JournalDamaged, Unreachable
from protocol.outcome import EndReason
from protocol.page import CheckIn, Farewell, HungUp, RulesAccepted, Start
from protocol.terminal import Command, CommandAnswered, FaultChanged, VisitState
from tests.agent_rig import Rig, running_rig
from tests.fakes import MemoryJournal

pytestmark = pytest.mark.anyio


async def talking(rig: Rig, talk_s: int = 60) -> None:
    await rig.show_window()
    rig.plan(in_s=5, talk_s=talk_s)
    await rig.come_to(VisitState.TALKING)


async def test_a_commit_that_hangs_delays_neither_lease_nor_end_nor_close(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        end_s = visit.talk.ends_at()
        assert end_s is not None
        rig.journal.hold()
        expires = rig.central.now_ms() + 30_000
        rig.central.give(Command(id="c1", kind="message", session_id="s1", text="hello", expires_at_ms=expires))
        before = len(rig.leases)
        await rig.clock.advance(20)
        assert len(rig.leases) - before >= 40
        await rig.clock.advance_until(lambda: isinstance(rig.shown.screen, Farewell), limit_s=60, step_s=0.01)
        assert abs(rig.clock.boot_s - end_s) < 0.02
        rig.answer_close()
        await rig.clock.advance(3)
        assert rig.usage_in_journal() == []
        rig.journal.release()
        await rig.clock.advance(15)
        [usage] = rig.central.usage()
        assert usage.usage.end_reason is EndReason.COMPLETED
        assert usage.usage.close_late_ms is not None
        assert usage.usage.close_late_ms < 50


async def test_what_gives_waits_for_its_commit(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5)
        await rig.come_to(VisitState.RULES)
        rig.journal.hold()

        rig.page.say(RulesAccepted())
        await rig.clock.advance(5)
        assert rig.central.sockets == {}
        rig.journal.release()
        await rig.clock.advance(1)
        assert "s1" in rig.central.sockets


async def test_what_was_taken_back_during_a_slow_commit_is_never_given(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5)
        await rig.come_to(VisitState.RULES)
        rig.journal.hold()

        rig.page.say(RulesAccepted())
        await rig.clock.advance(1)
        expires = rig.central.now_ms() + 60_000
        rig.central.give(
            Command(id="c1", kind="end", session_id="s1", reason="ended_by_officer", expires_at_ms=expires)
        )
        await rig.clock.advance(1)
        assert rig.state is VisitState.FAREWELL
        rig.journal.release()
        await rig.clock.advance(2)
        assert rig.central.sockets == {}
        assert len(rig.usage_in_journal()) == 1


async def test_a_failed_commit_opens_nothing_and_says_so(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5)
        await rig.come_to(VisitState.CHECK_IN)
        await rig.clock.advance(2)
        rig.journal.failing = True

        rig.page.say(Start())
        await rig.clock.advance(3)
        assert rig.central.opened == []
        assert "JRN-1" in rig.supervisor.loop.booth.faults
        rig.page.say(Start())
        await rig.clock.advance(3)
        assert rig.central.opened == []
        rig.journal.failing = False
        await rig.clock.advance_until(lambda: "JRN-1" not in rig.supervisor.loop.booth.faults, limit_s=20)
        await rig.clock.advance(1)
        assert isinstance(rig.shown.screen, CheckIn)
        rig.page.say(Start())
        await rig.clock.advance_until(lambda: rig.state is VisitState.RULES, limit_s=60)
        raised = [
            event.raised for event in rig.journal.events() if isinstance(event, FaultChanged) and event.code == "JRN-1"
        ]
        assert raised == [True, False]


async def test_a_running_call_on_a_broken_disk_ends_on_time_and_is_reported_once_when_it_heals(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        rig.journal.failing = True
        await rig.clock.advance_until(lambda: rig.state is VisitState.FAREWELL, limit_s=70)
        rig.answer_close()
        await rig.clock.advance(10)
        assert rig.central.usage() == []
        rig.journal.failing = False
        await rig.clock.advance(40)
        [usage] = rig.central.usage()
        assert usage.usage.end_reason is EndReason.COMPLETED
        assert len(rig.usage_in_journal()) == 1


async def test_a_record_that_a_broken_disk_never_takes_reaches_central_from_memory_and_only_once(
    tmp_path: Path,
) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        rig.journal.failing = True
        rig.page.say(HungUp())
        rig.answer_close()
        rig.central.error = Unreachable("away")
        await rig.clock.advance(40)
        assert rig.central.usage() == []
        rig.central.error = None
        await rig.clock.advance(70)
        [usage] = rig.central.usage()
        assert usage.usage.end_reason is EndReason.ENDED_BY_INMATE
        rig.journal.failing = False
        await rig.clock.advance(60)
        assert len(rig.central.usage()) == 1
        assert rig.usage_in_journal() == []


async def test_an_extension_that_cannot_be_remembered_is_not_given(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        rig.journal.failing = True
        expires = rig.central.now_ms() + 30_000
        rig.central.give(Command(id="c1", kind="extend", session_id="s1", add_s=30, expires_at_ms=expires))
        await rig.clock.advance(3)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert visit.talk.total_s == 60
        assert visit.state is VisitState.TALKING
        rig.journal.failing = False
        await rig.clock.advance(20)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert visit.talk.total_s == 90
        answers = [event for event in rig.journal.events() if isinstance(event, CommandAnswered)]
        assert len(answers) == 1


async def test_an_extension_on_a_slow_disk_counts_only_once_it_is_remembered(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        end_s = visit.talk.ends_at()
        assert end_s is not None
        await rig.clock.advance(end_s - rig.clock.boot_s - 5)
        rig.journal.hold()
        expires = rig.central.now_ms() + 30_000
        rig.central.give(Command(id="c1", kind="extend", session_id="s1", add_s=30, expires_at_ms=expires))
        await rig.clock.advance_until(lambda: isinstance(rig.shown.screen, Farewell), limit_s=10, step_s=0.01)
        assert abs(rig.clock.boot_s - end_s) < 0.02
        assert rig.leases[-1].ms <= 520
        rig.answer_close()
        rig.journal.release()
        await rig.clock.advance(10)
        [usage] = rig.central.usage()
        assert (usage.usage.talk_extended_s, usage.usage.talk_delivered_ms) == (0, 60_000)
        [answer] = [event for event in rig.journal.events() if isinstance(event, CommandAnswered)]
        assert answer.why == "the visit was over before this could be remembered"


async def test_an_extension_whose_commit_is_slow_counts_as_soon_as_it_is_done(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        rig.journal.hold()
        expires = rig.central.now_ms() + 30_000
        rig.central.give(Command(id="c1", kind="extend", session_id="s1", add_s=30, expires_at_ms=expires))
        await rig.clock.advance(5)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert visit.talk.total_s == 60
        rig.journal.release()
        await rig.clock.advance(1)
        visit = rig.supervisor.loop.booth.visit
        assert visit is not None
        assert visit.talk.total_s == 90
        await rig.finish()
        [usage] = rig.central.usage()
        assert (usage.usage.talk_extended_s, usage.usage.talk_delivered_ms) == (30, 90_000)


async def test_an_order_to_end_is_obeyed_on_a_broken_disk_and_answered_when_it_heals(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await talking(rig)
        rig.journal.failing = True
        expires = rig.central.now_ms() + 60_000
        rig.central.give(
            Command(id="c1", kind="end", session_id="s1", reason="ended_by_officer", expires_at_ms=expires)
        )
        await rig.clock.advance(0.5)
        assert isinstance(rig.shown.screen, Farewell)
        rig.journal.failing = False
        await rig.clock.advance(30)
        assert rig.central.commands == {}
        assert len(rig.central.usage()) == 1


class DamagedOnce(MemoryJournal):
    """Finds its file damaged in one commit, and goes on with a new one."""

    is_damaged = False

    async def commit(self, change: Change) -> None:
        if self.is_damaged:
            self.is_damaged = False
            raise JournalDamaged("journal.damaged-1: kept here")
        await super().commit(change)


async def test_damage_in_a_call_costs_nothing_and_staff_are_told_where_the_file_is(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.crash()
        journal = rig.journal = DamagedOnce()
        await rig.start()
        await talking(rig)
        journal.is_damaged = True
        expires = rig.central.now_ms() + 30_000
        rig.central.give(Command(id="c1", kind="extend", session_id="s1", add_s=30, expires_at_ms=expires))
        await rig.clock.advance(10)
        assert "JRN-2" in rig.supervisor.loop.booth.faults
        assert "JRN-1" not in rig.supervisor.loop.booth.faults
        told = FaultChanged(code="JRN-2", raised=True, detail="journal.damaged-1: kept here")
        assert told in rig.central.events.values()
        await rig.finish()
        [usage] = rig.central.usage()
        assert (usage.usage.end_reason, usage.usage.talk_extended_s) == (EndReason.COMPLETED, 30)
