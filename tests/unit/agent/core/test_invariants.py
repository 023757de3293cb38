"""Random days at a booth, with crashes, losses, clock steps and a failing disk, against what must always be so."""

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from agent.core import events as ev
from agent.core.booth import encode, family_clock_for, next_wake, screen_for, status_for
from agent.core.visit import JOINED, OPENED
from protocol.call import Clock
from protocol.outcome import ALLOWED_PARTIES
from protocol.page import Call, Screen
from protocol.terminal import OutboxEvent, TerminalStatus, UsageWritten, VisitState
from tests.length import IS_LONG
from tests.unit.agent.core.account import EPSILON_S
from tests.unit.agent.core.booth_machine import BoothMachine
from tests.unit.agent.core.world import FAMILY, INMATE, MEETING_LINK, PIN, SECRET, SETTINGS

pytestmark = [pytest.mark.slow, pytest.mark.shortened, pytest.mark.timeout(600)]


class GuardedBooth(BoothMachine):
    """The random day, looked at after every event."""

    @invariant()
    def a_call_view_is_leased_only_inside_a_granted_session(self) -> None:
        visit, lease = self.world.booth.visit, self.world.lease_ms()
        if lease is not None:
            assert visit is not None
            assert visit.grant is not None
            assert visit.opened
            assert visit.state in JOINED
        if isinstance(screen_for(self.world.booth, self.world.now()), Call):
            assert visit is not None
            assert visit.opened

    @invariant()
    def a_lease_never_reaches_beyond_the_end(self) -> None:
        visit, lease = self.world.booth.visit, self.world.lease_ms()
        if lease is None or visit is None:
            return
        until_s = self.world.real_s + lease / 1000
        account = self.world.account
        assert 0 <= lease <= 2000
        assert until_s <= account.end_by_s + EPSILON_S or lease == 0
        if account.since_s is not None:
            assert until_s <= account.since_s + account.total_s - account.given_s + EPSILON_S or lease == 0

    @invariant()
    def talk_time_is_what_was_counted_here(self) -> None:
        world, visit = self.world, self.world.booth.visit
        if visit is not None and visit.opened and not world.booth.adrift:
            delivered_s = visit.talk.delivered_s(world.now().boot_s)
            assert abs(delivered_s - world.account.read(world.real_s)) < EPSILON_S
            assert visit.talk.total_s == world.account.total_s

    @invariant()
    def a_meeting_talks_only_while_its_page_is_on_the_glass(self) -> None:
        visit = self.world.booth.visit
        if visit is not None and visit.is_meeting and visit.state is VisitState.TALKING:
            assert visit.call_id is not None
            assert visit.call_id == self.world.account.loaded

    @invariant()
    def who_may_be_heard_sees_the_sign_at_both_ends(self) -> None:
        visit, now = self.world.booth.visit, self.world.now()
        if visit is None or not visit.listening:
            return
        assert visit.state in JOINED
        assert not visit.is_meeting
        screen, clock = screen_for(self.world.booth, now), family_clock_for(self.world.booth, now)
        assert not isinstance(screen, Call) or screen.listening
        assert clock is not None
        assert clock.listening

    @invariant()
    def nothing_goes_on_past_the_hard_stop(self) -> None:
        world, visit = self.world, self.world.booth.visit
        if visit is not None and visit.state in OPENED and not world.booth.adrift:
            now_s = world.now().boot_s
            assert visit.end_by_s is not None
            assert now_s <= visit.end_by_s + EPSILON_S
            assert abs(world.real(visit.end_by_s) - world.account.end_by_s) < 0.01
            credit_s = SETTINGS.join_grace_s if visit.is_meeting else SETTINGS.credit_s
            assert visit.talk.lost_s(now_s) <= credit_s + EPSILON_S

    @invariant()
    def the_core_never_asks_for_a_tick_that_has_passed(self) -> None:
        world = self.world
        world.feed(ev.Ticked)
        wake = next_wake(world.booth, world.now())
        assert wake is None or wake > world.now().boot_s

    @invariant()
    def nothing_personal_is_saved(self) -> None:
        saved = encode(self.world.booth).decode()
        assert not [word for word in (INMATE, FAMILY, SECRET, PIN, MEETING_LINK) if word in saved]

    @invariant()
    def all_that_is_shown_and_sent_keeps_its_bounds(self) -> None:
        booth, now = self.world.booth, self.world.now()
        for value, kind in (
            (screen_for(booth, now), Screen),
            (status_for(booth, now), TerminalStatus),
            (family_clock_for(booth, now), Clock | None),
        ):
            assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value
        for event in self.world.committed[-3:]:
            assert msgspec.json.decode(msgspec.json.encode(event), type=OutboxEvent) == event

    @invariant()
    def no_session_has_two_records_and_each_is_sound(self) -> None:
        records = self.world.usage()
        ids = [record.session_id for record in records]
        assert len(ids) == len(set(ids))
        assert set(ids) <= self.world.reached()
        for record in records:
            assert record.fault_party in ALLOWED_PARTIES[record.end_reason]
            assert record.talk_delivered_ms <= (record.talk_promised_s + record.talk_extended_s) * 1000

    def teardown(self) -> None:
        """When all is over every session that reached CHECK_IN has its one record."""
        world = self.world
        if world.broken:
            world.heal_disk()
        world.has_map = True
        for _ in range(30):
            world.real_s += 2000.0
            world.feed(ev.Ticked)
        assert {record.session_id for record in world.usage()} == world.reached()
        assert len(world.usage()) == len(world.reached())
        assert not world.booth.pending
        assert UsageWritten not in [type(event) for event in world.owed]


TestBooth = GuardedBooth.TestCase
TestBooth.settings = settings(
    max_examples=600 if IS_LONG else 60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
