"""Talk time as the tests count it, independently of the core."""

import math

import msgspec

from agent.core import events as ev

EPSILON_S = 0.002


class Account(msgspec.Struct, frozen=True):
    """Talk time as this side counts it; moments are real seconds."""

    session_id: str | None = None
    promised_s: int = 0
    added_s: int = 0
    end_by_s: float = 0.0
    given_s: float = 0.0
    since_s: float | None = None
    heard_s: float = 0.0
    loaded: str | None = None

    @property
    def total_s(self) -> int:
        return self.promised_s + self.added_s

    def read(self, at_s: float) -> float:
        running = 0.0 if self.since_s is None else max(0.0, at_s - self.since_s)
        return min(float(self.total_s), self.given_s + running)

    def of_meeting(self, event: ev.Event, call_id: str | None) -> "Account":
        """Nobody knows what is heard in it, so it is never silent; `loaded` is the call whose page is on the glass."""
        loaded = self.loaded
        if isinstance(event, ev.MeetingLoaded) and event.call_id == call_id:
            loaded = call_id
        elif isinstance(event, ev.MeetingLost) and event.call_id == loaded:
            loaded = None
        return msgspec.structs.replace(self, heard_s=math.inf, loaded=loaded)

    def stopped(self, at_s: float) -> "Account":
        return msgspec.structs.replace(self, given_s=self.read(at_s), since_s=None)
