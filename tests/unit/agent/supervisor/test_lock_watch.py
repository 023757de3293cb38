"""A change of the lock-down is said once when it is seen, and once when it is gone."""

from agent.core.events import FaultSeen, Now
from agent.supervisor.lock_watch import LockWatch
from agent.supervisor.loop import Make
from tests.fakes import FakeHealth


def test_only_what_is_news_becomes_an_event() -> None:
    seen: list[tuple[bool, str | None]] = []

    def feed(make: Make) -> None:
        event = make(Now(boot_s=0.0, central_ms=None))
        assert isinstance(event, FaultSeen)
        assert event.code == "KUN-2"
        seen.append((event.raised, event.detail))

    health = FakeHealth()
    watch = LockWatch(health, feed)
    for boot_s, lock in ((0, None), (5, "a"), (10, "a"), (20, "b"), (30, None), (40, None)):
        health.lock = lock
        watch.watch(float(boot_s))
    assert seen == [(False, None), (True, "a"), (False, None)]
