"""What the agent says to the shell of a meeting's page, and what it makes of the answers."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

import msgspec

from agent.core import events as ev
from agent.core.state import Visit
from agent.ports import Shell
from agent.supervisor.closing import CloseWatch
from agent.supervisor.meeting import MeetingDesk
from protocol.meeting import CloseMeeting, MeetingFact, MeetingPhase, MeetingVolume, OpenMeeting
from protocol.shell import LeaseOver, ToShell
from protocol.terminal import VisitState
from tests.fake_clock import FakeClock
from tests.unit.agent.core.desk import MEETING_URL, SESSION, Desk

NOW = ev.Now(boot_s=0.0, central_ms=None)


class House:
    """The desk between a shell and a core that only remember."""

    def __init__(self) -> None:
        self.sent: list[ToShell] = []
        self.fed: list[ev.Event] = []
        shell = cast("Shell", self)
        self.watch = CloseWatch(FakeClock(), shell, self.feed, self.spawn)
        self.desk = MeetingDesk(shell, self.watch, self.feed)
        self.visit: Visit = (
            Desk(row=msgspec.structs.replace(SESSION, call_kind="web_page")).to(VisitState.WAITING).visit
        )

    def send(self, message: ToShell) -> None:
        self.sent.append(message)

    def feed(self, make: Callable[[ev.Now], ev.Event]) -> None:
        self.fed.append(make(NOW))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        work.close()

    def hear(self, phase: MeetingPhase, why: str | None = None) -> None:
        self.desk.heard(MeetingFact(phase=phase, call_id="s1-1", why=why))


def test_a_call_is_opened_with_its_link_and_its_load_is_told() -> None:
    house = House()
    house.desk.start(house.visit, 70)
    (opened,) = house.sent
    assert isinstance(opened, OpenMeeting)
    assert (opened.url, opened.pages, opened.volume_percent) == (MEETING_URL, (MEETING_URL,), 70)
    house.hear(MeetingPhase.LOADED)
    assert house.fed == [ev.MeetingLoaded(now=NOW, call_id="s1-1")]


def test_without_a_grant_nothing_is_opened() -> None:
    house = House()
    house.desk.start(msgspec.structs.replace(house.visit, grant=None), 70)
    assert house.sent == []


def test_a_page_that_is_lost_is_leased_no_more() -> None:
    house = House()
    house.desk.start(house.visit, 70)
    house.hear(MeetingPhase.LOST, "crashed")
    assert house.fed == [ev.MeetingLost(now=NOW, call_id="s1-1", why="crashed")]
    assert house.sent[1:] == [LeaseOver()]
    house.desk.volume(10)
    assert MeetingVolume(percent=10) not in house.sent


def test_only_the_window_can_say_that_the_page_is_closed() -> None:
    house = House()
    house.desk.start(house.visit, 70)
    house.desk.volume(10)
    house.desk.close("s1-1", 0.0)
    assert house.sent[1:] == [MeetingVolume(percent=10), CloseMeeting()]
    house.watch.engine_gone("page left")
    assert house.watch.is_waiting
    house.hear(MeetingPhase.CLOSED, "ordered")
    assert not house.watch.is_waiting
    assert house.fed[0] == ev.ViewClosed(now=NOW, call_id="s1-1")


def test_a_window_that_ends_takes_the_page_with_it() -> None:
    house = House()
    house.desk.start(house.visit, 70)
    house.desk.close("s1-1", 0.0)
    house.watch.window_gone("window ended")
    house.desk.window_gone()
    assert not house.watch.is_waiting
    assert house.fed[-1] == ev.MeetingLost(now=NOW, call_id="s1-1", why="window")
    told = len(house.fed)
    house.desk.window_gone()
    assert len(house.fed) == told


def test_a_lease_that_ran_out_before_the_end_is_a_loss_and_no_close() -> None:
    house = House()
    house.desk.start(house.visit, 70)
    house.hear(MeetingPhase.CLOSED, "lease")
    assert house.fed == [ev.MeetingLost(now=NOW, call_id="s1-1", why="lease")]


def test_a_load_of_nothing_in_particular_means_nothing() -> None:
    house = House()
    house.desk.heard(MeetingFact(phase=MeetingPhase.LOADED))
    house.desk.heard(MeetingFact(phase=MeetingPhase.CLOSED))
    assert house.fed == []
