"""The talk clock: what was promised, what was delivered, and what was lost to interruptions."""

import msgspec

from agent.core import policy
from agent.core.stopwatch import Stopwatch


class TalkClock(msgspec.Struct, frozen=True, kw_only=True):
    """Talk time of one visit; all moments are boot seconds.

    `talk` runs while both ends are connected, `lost` while they are not, neither before the first connection, never both.
    `seen_s`: the last moment at which this clock was looked at while it ran, which is what a crash leaves behind.
    """

    promised_s: int
    extended_s: int = 0
    talk: Stopwatch = Stopwatch()
    lost: Stopwatch = Stopwatch()
    interruptions: int = 0
    seen_s: float | None = None

    @property
    def total_s(self) -> int:
        """Promised and extended together."""
        return self.promised_s + self.extended_s

    @property
    def is_running(self) -> bool:
        """Does talk time run?"""
        return self.talk.is_running

    def delivered_s(self, at_s: float) -> float:
        """Talk time given up to `at_s`, never more than the total."""
        return min(float(self.total_s), self.talk.read(at_s))

    def left_s(self, at_s: float) -> float:
        """Talk time still owed at `at_s`."""
        return self.total_s - self.delivered_s(at_s)

    def lost_s(self, at_s: float) -> float:
        """All interruptions together up to `at_s`."""
        return self.lost.read(at_s)

    def ends_at(self) -> float | None:
        """When the talk time is used up if nothing interrupts it, or was by the charge for a crash; null while it stands."""
        if self.lost.since_s is not None and self.left_s(self.lost.since_s) < policy.NOTHING_LEFT_S:
            return self.lost.since_s
        return self.talk.reaches(self.total_s)

    def connected(self, at_s: float) -> "TalkClock":
        """Both ends hear each other from `at_s` on."""
        return msgspec.structs.replace(self, talk=self.talk.started(at_s), lost=self.lost.stopped(at_s), seen_s=at_s)

    def interrupted(self, last_packet_s: float) -> "TalkClock":
        """Back-dated to the last packet, but never before the stretch began."""
        at_s = max(last_packet_s, self.talk.since_s or last_packet_s)
        return msgspec.structs.replace(
            self,
            talk=self.talk.stopped(at_s),
            lost=self.lost.started(at_s),
            interruptions=self.interruptions + 1,
            seen_s=None,
        )

    def stopped(self, at_s: float) -> "TalkClock":
        """The visit is over."""
        return msgspec.structs.replace(self, talk=self.talk.stopped(at_s), lost=self.lost.stopped(at_s), seen_s=None)

    def seen(self, at_s: float) -> "TalkClock":
        """Remember that talk time ran up to `at_s`."""
        return msgspec.structs.replace(self, seen_s=at_s) if self.is_running else self

    def extended(self, add_s: int) -> "TalkClock":
        """So many seconds more are owed."""
        return msgspec.structs.replace(self, extended_s=self.extended_s + add_s)

    def crashed(self, at_s: float | None) -> "TalkClock":
        """Interrupted by a crash that ended at `at_s` of the same boot, or by a reboot (null); charges what the rule says."""
        if self.talk.since_s is None or self.seen_s is None:
            return self
        charge_s = (
            policy.CHARGE_REBOOT_S if at_s is None else min(max(0.0, at_s - self.seen_s), policy.CHARGE_SAME_BOOT_S)
        )
        return self.interrupted(self.seen_s + charge_s)

    def shifted(self, by_s: float) -> "TalkClock":
        """The same on a boot clock that shows `by_s` more (after a reboot, when nothing runs)."""
        return msgspec.structs.replace(self, lost=self.lost.shifted(by_s))
