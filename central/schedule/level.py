"""The longest talk time with which everybody has a turn, found by halving; those without a told time share it."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from central.schedule.model import Bound, Day, Waiting
from central.schedule.room import Placed, Room


class Needing(Struct, frozen=True, kw_only=True):
    """Somebody who needs a turn, and no sooner than when."""

    person: Waiting
    not_before_ms: int


class Shared(Struct, frozen=True, kw_only=True):
    """A talk time, who got a turn with it, and who did not."""

    talk_s: int
    bound: Bound
    placed: tuple[Placed, ...]
    without: tuple[Waiting, ...]


def share(day: Day, needing: Sequence[Needing], room: Callable[[], Room]) -> Shared:
    """Lay everybody out in order, with the longest talk time that serves all, or the shortest if none does."""
    elastic = [each.person for each in needing if each.person.exemption is None]
    least, most = _bounds(day, elastic)
    best = _lay(day, needing, room(), most)
    talk_s = most
    if best[1] and least < most:
        talk_s, best = _longest(day, needing, room, least, most)
    return Shared(
        talk_s=talk_s, bound=_bound(day, elastic, talk_s, most, best[1]), placed=tuple(best[0]), without=tuple(best[1])
    )


Laid = tuple[list[Placed], list[Waiting]]


def _longest(day: Day, needing: Sequence[Needing], room: Callable[[], Room], least: int, most: int) -> tuple[int, Laid]:
    """Between a shortest that may or may not serve all, and a longest that does not."""
    step = day.rules.step_s
    low, high = 0, -(-(most - least) // step)
    best = _lay(day, needing, room(), least)
    if best[1]:
        return least, best
    while high - low > 1:
        middle = (low + high) // 2
        laid = _lay(day, needing, room(), least + middle * step)
        if laid[1]:
            high = middle
        else:
            low, best = middle, laid
    return least + low * step, best


def _lay(day: Day, needing: Sequence[Needing], room: Room, talk_s: int) -> Laid:
    talks = [_talk_ms(day, each.person, talk_s) for each in needing]
    shortest = min(talks, default=0)
    placed: list[Placed] = []
    without: list[Waiting] = []
    for each, talk_ms in zip(needing, talks, strict=True):
        person = each.person
        found = room.place(person.id, person.inmate, talk_ms, not_before_ms=each.not_before_ms, shortest_ms=shortest)
        if found is None:
            without.append(person)
        else:
            placed.append(found)
    return placed, without


def _talk_ms(day: Day, person: Waiting, talk_s: int) -> int:
    if person.exemption is not None:
        return person.exemption.talk_s * 1000
    limits = person.limits or day.rules.limits
    return max(limits.floor_s, min(talk_s, _most(day, person))) * 1000


def _most(day: Day, person: Waiting) -> int:
    limits = person.limits or day.rules.limits
    return limits.default_s if day.expecting_more else limits.ceiling_s


def _bounds(day: Day, elastic: Sequence[Waiting]) -> tuple[int, int]:
    limits = [(each.limits or day.rules.limits).floor_s for each in elastic] or [day.rules.limits.floor_s]
    mosts = [_most(day, each) for each in elastic] or [_most(day, Waiting(id=""))]
    return min(limits), max(mosts)


def _bound(day: Day, elastic: Sequence[Waiting], talk_s: int, most: int, without: Sequence[Waiting]) -> Bound:
    if not elastic:
        return Bound.NOBODY
    if without:
        return Bound.FLOOR
    if talk_s == most:
        return Bound.DEFAULT if day.expecting_more else Bound.CEILING
    return Bound.SHARED
