"""One step under way: the moment, the booth as it becomes, and the effects so far."""

from typing import Any

import msgspec

from agent.core.effects import Effect, Report
from agent.core.events import Now
from agent.core.state import Booth, Visit
from protocol.terminal import OutboxEvent


class Turn:
    """The only thing in the core that changes; it lives no longer than one call of `step`.

    `now` may lie before `arrived`: a deadline is kept at the moment it was due, not when the tick for it came.
    """

    def __init__(self, booth: Booth, now: Now) -> None:
        self.booth = booth
        self.now = now
        self.arrived = now
        self.effects: list[Effect] = []

    @property
    def visit(self) -> Visit:
        """The visit at hand; asking for it without one is a bug."""
        if self.booth.visit is None:
            raise RuntimeError(
                "there is no visit at this booth; its rules were applied all the same: a bug in agent.core"
            )
        return self.booth.visit

    def change(self, **fields: Any) -> None:
        """Replace fields of the booth."""
        self.booth = msgspec.structs.replace(self.booth, **fields)

    def change_visit(self, **fields: Any) -> None:
        """Replace fields of the visit at hand."""
        self.change(visit=msgspec.structs.replace(self.visit, **fields))

    def do(self, *effects: Effect) -> None:
        """Ask for effects, in this order."""
        self.effects.extend(effects)

    def report(self, event: OutboxEvent) -> None:
        """Put an event into the outbox."""
        self.do(Report(event=event))

    def go_to(self, boot_s: float) -> None:
        """Take up what was due at `boot_s`."""
        self.now = moment(self.arrived, boot_s)

    def central_ms(self) -> int:
        """Central's time now; while the map is unknown, reckoned from the last moment known on both clocks."""
        anchor = self.booth.anchor
        if self.now.central_ms is not None or anchor is None:
            return self.now.central_ms or 0
        return anchor.central_ms + round((self.now.boot_s - anchor.boot_s) * 1000)


def moment(now: Now, boot_s: float) -> Now:
    """Another moment on both clocks."""
    if now.central_ms is None:
        return Now(boot_s, None)
    return Now(boot_s, now.central_ms + round((boot_s - now.boot_s) * 1000))
