"""When somebody who waits will be served, honestly: the plan's time, and how much later it may become; pure."""

from msgspec import Struct

from central.schedule.layout import is_lost
from central.schedule.model import Day, Plan

LATER_A_TURN_S = 90
"""What each turn that is still ahead at the booth may add: late joiners, interruptions that are given back."""

LATER_LOST_S = 900
"""What is added while the booth is not heard of."""

MINUTE_MS = 60_000


class Expected(Struct, frozen=True, kw_only=True):
    """Between two instants, in whole minutes. `ahead`: turns before it at its booth, the running one included."""

    from_ms: int
    to_ms: int
    ahead: int


def expect(day: Day, plan: Plan, id_: str) -> Expected | None:
    """What can be said to somebody of this plan; None to who has no turn in it."""
    turn = next((each for each in plan.turns if each.id == id_), None)
    if turn is None:
        return None
    booth = next(each for each in day.booths if each.id == turn.booth)
    ahead = sum(each.booth == turn.booth and each.start_at_ms < turn.start_at_ms for each in plan.turns)
    ahead += booth.running is not None
    later_ms = (ahead * LATER_A_TURN_S + is_lost(booth, day) * LATER_LOST_S) * 1000
    soonest = max(turn.start_at_ms, day.now_ms)
    return Expected(
        from_ms=soonest // MINUTE_MS * MINUTE_MS,
        to_ms=-(-(soonest + later_ms) // MINUTE_MS) * MINUTE_MS,
        ahead=ahead,
    )
