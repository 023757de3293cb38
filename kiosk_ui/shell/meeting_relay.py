"""Passes what is said about a meeting's page between agent and window, and leases only what the window shows."""

from collections.abc import Callable
from typing import Protocol

from protocol.meeting import CloseMeeting, MeetingFact, MeetingLease, MeetingPhase, MeetingVolume, OpenMeeting
from protocol.shell import ShellLease, ToWindow

FIRST_LEASE_MS = 2000


class Watch(Protocol):
    """What it asks of the shell's dead man's switch."""

    def lease(self, ms: int, now_s: float) -> None:
        """A view may stay for `ms` more."""

    def over(self) -> None:
        """No view is there."""


class MeetingRelay:
    """`send` says something to the window and answers whether there is one; `tell` brings a fact to the agent."""

    def __init__(
        self,
        watch: Watch,
        now_s: Callable[[], float],
        send: Callable[[ToWindow], bool],
        tell: Callable[[MeetingFact], None],
    ) -> None:
        self._watch = watch
        self._now_s = now_s
        self._send = send
        self._tell = tell
        self.is_open = False

    def hear_agent(self, message: OpenMeeting | CloseMeeting | MeetingVolume) -> None:
        """Pass it on; without a window there is nothing to open or to close."""
        there_is_one = self._send(message)
        if isinstance(message, OpenMeeting):
            if there_is_one:
                self.is_open = True
                self._watch.lease(FIRST_LEASE_MS, self._now_s())
            else:
                self._tell(MeetingFact(phase=MeetingPhase.LOST, call_id=message.call_id, why="window"))
        elif isinstance(message, CloseMeeting) and not there_is_one:
            self._tell(MeetingFact(phase=MeetingPhase.CLOSED, why="no window"))

    def take_lease(self, lease: ShellLease) -> None:
        """Keep watch over it; that of a meeting's page which is not there leases nothing."""
        if lease.meeting and not self.is_open:
            return
        if lease.meeting:
            self._send(MeetingLease(ms=lease.ms))
        self._watch.lease(lease.ms, self._now_s())

    def hear_window(self, fact: MeetingFact) -> None:
        """What became of the page."""
        self.is_open = fact.phase is MeetingPhase.LOADED
        if not self.is_open:
            self._watch.over()
        self._tell(fact)
