"""The plan of a day: told times are kept, the rest share what is free; told times give way only where somebody would have none."""

from collections.abc import Mapping, Sequence, Set

from msgspec import Struct

from central.schedule.keep import Keeping, Kept, told_of
from central.schedule.layout import Layout, is_absent, is_lost, layout_of
from central.schedule.level import Needing, Shared, share
from central.schedule.model import Day, Moved, NotToday, Plan, Reason, Turn, Waiting, Why
from central.schedule.room import Gap, Placed, Room, gaps_between, on_step

PARTS = (4, 2, 1)
"""Which part of the told times beyond the notice is let go, the latest first: a quarter, a half, all."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One way to lay the day out. `given_up`: ids of those whose told times were let go for it."""

    kept: Kept
    shared: Shared
    given_up: Set[str] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether nobody lost a turn for it."""
        return not any(person.id in self.given_up for person in self.shared.without)


def plan(day: Day) -> Plan:
    """Who talks where, when and how long, who does not today, and which told times moved. The same day gives the same plan."""
    layout = layout_of(day)
    people, refused = _sift(day)
    best = _best(day, layout, people)
    refused |= {person.id: _reason(day, layout, person) for person in best.shared.without}
    known = {person.id: person for person in day.waiting}
    turns = _turns(day, best, known)
    return Plan(
        turns=turns,
        not_today=tuple(NotToday(each.id, refused[each.id]) for each in day.waiting if each.id in refused),
        moved=tuple(moved for turn in turns if (moved := _moved(day, known[turn.id], turn)) is not None),
        why=_why(day, layout, people, best),
    )


def _best(day: Day, layout: Layout, people: list[Waiting]) -> Attempt:
    """Keeping comes first; the fewest told times are let go that serve the most people, and nobody loses a turn for it."""
    far = _far(day, people)
    best = _attempt(day, layout, people, frozenset())
    if day.anew:
        whole = _attempt(day, layout, people, frozenset(far))
        return whole if whole.holds else best
    for part in PARTS:
        if not best.shared.without or not far:
            break
        other = _attempt(day, layout, people, frozenset(far[-(len(far) // part) :]))
        if other.holds and len(other.shared.without) < len(best.shared.without):
            best = other
    return best


def _far(day: Day, people: Sequence[Waiting]) -> list[str]:
    """Whose told times may be let go, in order of the time; what an officer put there by hand is not."""
    from_ms = day.now_ms + day.rules.notice_s * 1000
    free = [person for person in people if not person.pinned]
    far = [person for person in free if person.told is not None and person.told.start_at_ms > from_ms]
    return [person.id for person in sorted(far, key=lambda person: told_of(person).start_at_ms)]


def _attempt(day: Day, layout: Layout, people: list[Waiting], given_up: Set[str]) -> Attempt:
    kept = Keeping(day, layout, [person for person in people if person.id not in given_up]).keep()
    gaps: list[Gap] = []
    change_ms = day.rules.change_over_s * 1000
    for booth, stretches in enumerate(layout.open):
        gaps += gaps_between(booth, stretches, kept.placed[booth], change_ms, day.rules.step_s * 1000)
    needing = _needing(day, people, kept, given_up)
    shared = share(day, needing, lambda: Room(gaps, kept.taken, day.rules))
    return Attempt(kept=kept, shared=shared, given_up=given_up)


def _needing(day: Day, people: Sequence[Waiting], kept: Kept, given_up: Set[str]) -> list[Needing]:
    """First who lost the place of a told time, then who makes up for a call we broke, then everybody in queue order."""
    notice_ms = day.now_ms + day.rules.notice_s * 1000
    lost = [
        Needing(person=person, not_before_ms=max(told_of(person).start_at_ms, person.not_before_ms))
        for person in kept.loose
    ]
    rest = [
        Needing(
            person=person,
            not_before_ms=max(person.not_before_ms, notice_ms if person.id in given_up else 0),
        )
        for person in people
        if person.told is None or person.id in given_up
    ]
    return [*lost, *sorted(rest, key=lambda each: not each.person.make_up)]


def _sift(day: Day) -> tuple[list[Waiting], dict[str, Reason]]:
    """Who can have a turn at all; told times use an inmate's quota before the others."""
    refused: dict[str, Reason] = {}
    left = dict(day.quota)
    for person in sorted(day.waiting, key=lambda each: each.told is None):
        if is_absent(person, day):
            refused[person.id] = Reason.ABSENT
        elif person.inmate and not person.make_up and person.inmate in left:
            if left[person.inmate] < 1:
                refused[person.id] = Reason.QUOTA
            left[person.inmate] -= 1
    return [person for person in day.waiting if person.id not in refused], refused


def _reason(day: Day, layout: Layout, person: Waiting) -> Reason:
    if not any(window.to_ms > max(day.now_ms, person.not_before_ms) for window in day.windows):
        return Reason.CLOSED
    if not layout.open_ms:
        return Reason.NO_BOOTH
    limits = person.limits or day.rules.limits
    shortest_s = limits.floor_s if person.exemption is None else person.exemption.talk_s
    longest_ms = max(window.to_ms - window.from_ms for window in day.windows)
    return Reason.TOO_LONG if shortest_s * 1000 > longest_ms else Reason.FULL


def _turns(day: Day, attempt: Attempt, known: Mapping[str, Waiting]) -> tuple[Turn, ...]:
    placed = [*(turn for booth in attempt.kept.placed for turn in booth), *attempt.shared.placed]
    found: list[Turn] = []
    following: dict[int, int] = {}
    for turn in sorted(placed, key=lambda each: (each.start_at_ms, each.booth), reverse=True):
        until = min(turn.closing_at_ms, following.get(turn.booth, turn.closing_at_ms))
        following[turn.booth] = turn.start_at_ms - day.rules.change_over_s * 1000
        found.append(_turn(day, known[turn.id], turn, until))
    return tuple(reversed(found))


def _turn(day: Day, person: Waiting, placed: Placed, until_ms: int) -> Turn:
    step = day.rules.step_s
    room_s = (until_ms - placed.start_at_ms) // 1000 // step * step
    ceiling_s = room_s if person.exemption else (person.limits or day.rules.limits).ceiling_s
    return Turn(
        id=placed.id,
        booth=day.booths[placed.booth].id,
        start_at_ms=placed.start_at_ms,
        talk_s=placed.talk_ms // 1000,
        closing_at_ms=placed.closing_at_ms,
        most_s=max(placed.talk_ms // 1000, min(room_s, ceiling_s)),
    )


def _moved(day: Day, person: Waiting, turn: Turn) -> Moved | None:
    """Who is a moment late, or is called as soon as can be, has not been moved; the booth alone is no matter to a family."""
    told = person.told
    if told is None:
        return None
    latest = max(told.start_at_ms + day.rules.tolerance_s * 1000, on_step(day.now_ms, day.rules))
    if told.start_at_ms <= turn.start_at_ms <= latest and turn.talk_s >= told.talk_s:
        return None
    return Moved(id=person.id, told=told, start_at_ms=turn.start_at_ms, talk_s=turn.talk_s)


def _why(day: Day, layout: Layout, people: Sequence[Waiting], attempt: Attempt) -> Why:
    change_s, limits = day.rules.change_over_s, day.rules.limits
    return Why(
        bound=attempt.shared.bound,
        talk_s=attempt.shared.talk_s,
        waiting=len(people),
        kept=sum(len(booth) for booth in attempt.kept.placed),
        given_up=len(attempt.given_up),
        exempt=sum(person.exemption is not None for person in people),
        pinned=sum(person.pinned for person in people),
        booths=sum(bool(stretches) for stretches in layout.open),
        lost=tuple(booth.id for booth in day.booths if booth.works and is_lost(booth, day)),
        open_s=layout.open_ms // 1000,
        room_default=layout.holds(limits.default_s, change_s),
        room_floor=layout.holds(limits.floor_s, change_s),
    )
