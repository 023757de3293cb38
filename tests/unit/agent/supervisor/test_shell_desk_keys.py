"""What the shell says of keys and windows that are not ours, as facts of the core."""

from collections.abc import Callable
from typing import cast

from agent.core.events import EscapeSeen, Event, FaultSeen, Now
from agent.ports import Page, Shell
from agent.supervisor.closing import CloseWatch
from agent.supervisor.meeting import MeetingDesk
from agent.supervisor.shell_desk import ShellDesk
from protocol.shell import ForeignWindow, KeysFact
from tests.fake_clock import FakeClock

UNUSED = object()
NOW = Now(boot_s=0, central_ms=None)


def desk_with(fed: list[Event]) -> ShellDesk:
    def feed(make: Callable[[Now], Event]) -> None:
        fed.append(make(NOW))

    return ShellDesk(
        clock=FakeClock(),
        page=cast("Page", UNUSED),
        shell=cast("Shell", UNUSED),
        close_watch=cast("CloseWatch", UNUSED),
        meeting=cast("MeetingDesk", UNUSED),
        feed=feed,
        window_is=lambda _: None,
        renew_lease=lambda: None,
    )


def test_keys_that_could_not_be_held_are_a_fault_until_they_are_held() -> None:
    fed: list[Event] = []
    desk = desk_with(fed)
    desk.heard(KeysFact(held=390, missing=("Mod1+F4",)))
    desk.heard(KeysFact(held=390, missing=("Mod1+F4", "self-test")))
    desk.heard(KeysFact(held=393))
    assert fed == [
        FaultSeen(now=NOW, code="KUN-1", raised=True),
        FaultSeen(now=NOW, code="KUN-1", raised=False),
    ]


def test_a_window_that_is_not_ours_counts_as_an_attempt() -> None:
    fed: list[Event] = []
    desk_with(fed).heard(ForeignWindow(closed=True))
    assert fed == [EscapeSeen(now=NOW, kind="foreign_window")]
