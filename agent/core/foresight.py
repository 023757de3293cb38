"""What an end that is sure to come will say, known before it comes."""

from agent.core import policy
from agent.core.booth import Booth, screen_for, step
from agent.core.events import Now, Ticked
from protocol.page import Farewell


def farewell_after(booth: Booth, now: Now, ms: int) -> Farewell | None:
    """The farewell that follows when a lease of `ms` given at `now` runs out; None if that lease is not the last one.

    It holds only if nothing happens before: the next lease says it again, or says otherwise.
    """
    if ms >= policy.LEASE_MS:
        return None
    later = Now(now.boot_s + (ms + 1) / 1000, None if now.central_ms is None else now.central_ms + ms + 1)
    after, _ = step(booth, Ticked(now=later))
    screen = screen_for(after, later)
    return screen if isinstance(screen, Farewell) else None
