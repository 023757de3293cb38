"""A call that is any meeting's page: the window's way of showing it, told to the shell and heard from it."""

import logging
from collections.abc import Callable

from agent.core.events import MeetingLoaded, MeetingLost
from agent.core.state import Visit
from agent.ports import Shell
from agent.supervisor.closing import CloseWatch
from agent.supervisor.loop import Make
from protocol.meeting import CloseMeeting, MeetingFact, MeetingPhase, MeetingVolume, OpenMeeting
from protocol.shell import LeaseOver

log = logging.getLogger(__name__)


class MeetingDesk:
    """Knows which call's page the window was asked to show; its address passes through here and is kept nowhere."""

    def __init__(self, shell: Shell, close_watch: CloseWatch, feed: Callable[[Make], None]) -> None:
        self._shell = shell
        self._close_watch = close_watch
        self._feed = feed
        self._call_id: str | None = None

    def start(self, visit: Visit, volume_percent: int) -> None:
        """Let the window show the page of this visit's meeting; the same one open already is kept."""
        grant, call_id = visit.grant, visit.call_id
        if grant is None or grant.call_url is None or call_id is None:
            return
        log.info("meeting_opened", extra={"call_id": call_id})
        self._call_id = call_id
        wanted = OpenMeeting(
            call_id=call_id,
            url=grant.call_url,
            pages=grant.call_pages,
            hosts=grant.call_hosts,
            volume_percent=volume_percent,
        )
        self._shell.send(wanted)

    def close(self, call_id: str | None, over_at_s: float | None) -> None:
        """The page must be off the glass; the window answers even if it shows none."""
        self._close_watch.begin(call_id, over_at_s, is_windows=True)
        self._shell.send(CloseMeeting())

    def volume(self, percent: int) -> None:
        """Loudness of the page, if there is one."""
        if self._call_id is not None:
            self._shell.send(MeetingVolume(percent=percent))

    def heard(self, fact: MeetingFact) -> None:
        """What became of the page."""
        log.info("meeting", extra={"phase": str(fact.phase), "call_id": fact.call_id, "why": fact.why})
        if fact.phase is MeetingPhase.LOADED:
            if (call_id := fact.call_id) is not None:
                self._feed(lambda now: MeetingLoaded(now=now, call_id=call_id))
            return
        if fact.phase is MeetingPhase.CLOSED and self._close_watch.is_waiting:
            self._close_watch.closed(fact.call_id, fact.why or "window")
        self._lost(fact.call_id, fact.why or "failed")

    def window_gone(self) -> None:
        """The window has ended, and the page with it."""
        self._lost(self._call_id, "window")

    def _lost(self, call_id: str | None, why: str) -> None:
        if call_id is not None:
            self._feed(lambda now: MeetingLost(now=now, call_id=call_id, why=why))
            self._shell.send(LeaseOver())
        if call_id == self._call_id:
            self._call_id = None
