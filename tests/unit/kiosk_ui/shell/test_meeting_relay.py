"""What the shell does for a meeting's page: passes words on, and leases only what the window shows."""

from kiosk_ui.shell.lease_watch import Ending, LeaseWatch
from kiosk_ui.shell.meeting_relay import MeetingRelay
from protocol.meeting import CloseMeeting, MeetingFact, MeetingLease, MeetingPhase, MeetingVolume, OpenMeeting
from protocol.shell import ShellLease, ToWindow

WANTED = OpenMeeting(call_id="s1-1", url="https://meet.example.org/secret", pages=(), hosts=(), volume_percent=80)


class House:
    """A relay between a window that may be missing and an agent."""

    def __init__(self, *, has_window: bool = True) -> None:
        self.has_window = has_window
        self.sent: list[ToWindow] = []
        self.told: list[MeetingFact] = []
        self.watch = LeaseWatch()
        self.relay = MeetingRelay(self.watch, lambda: 10.0, self.send, self.told.append)

    def send(self, message: ToWindow) -> bool:
        if self.has_window:
            self.sent.append(message)
        return self.has_window


def test_a_page_is_leased_from_the_moment_it_is_opened() -> None:
    house = House()
    house.relay.hear_agent(WANTED)
    assert house.sent == [WANTED]
    assert house.relay.is_open
    assert house.watch.ending(12.2) is None
    assert house.watch.ending(12.4) is Ending.RENDERER


def test_leases_reach_the_window_while_it_shows_the_page_and_lease_nothing_after() -> None:
    house = House()
    house.relay.take_lease(ShellLease(ms=500, meeting=True))
    assert (house.sent, house.watch.due_s) == ([], None)
    house.relay.hear_agent(WANTED)
    house.relay.hear_window(MeetingFact(phase=MeetingPhase.LOADED, call_id="s1-1"))
    house.relay.take_lease(ShellLease(ms=500, meeting=True))
    assert house.sent[-1] == MeetingLease(ms=500)
    assert house.watch.due_s == 10.8
    lost = MeetingFact(phase=MeetingPhase.LOST, call_id="s1-1", why="crashed")
    house.relay.hear_window(lost)
    house.relay.take_lease(ShellLease(ms=500, meeting=True))
    assert (house.watch.due_s, house.relay.is_open, house.told[-1]) == (None, False, lost)


def test_a_call_of_our_own_is_leased_as_ever() -> None:
    house = House()
    house.relay.take_lease(ShellLease(ms=2000))
    assert (house.sent, house.watch.due_s) == ([], 12.3)


def test_without_a_window_nothing_is_opened_and_all_is_closed() -> None:
    house = House(has_window=False)
    house.relay.hear_agent(WANTED)
    house.relay.hear_agent(MeetingVolume(percent=10))
    house.relay.hear_agent(CloseMeeting())
    assert not house.relay.is_open
    assert [(fact.phase, fact.call_id) for fact in house.told] == [
        (MeetingPhase.LOST, "s1-1"),
        (MeetingPhase.CLOSED, None),
    ]


def test_words_about_an_open_page_are_passed_on() -> None:
    house = House()
    for message in (WANTED, MeetingVolume(percent=10), CloseMeeting()):
        house.relay.hear_agent(message)
    assert house.sent[1:] == [MeetingVolume(percent=10), CloseMeeting()]
    assert house.relay.is_open
