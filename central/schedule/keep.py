"""Told times are kept: what officers put by hand first, each at its booth; late ones wait there or go where nobody is moved for them."""

from collections import defaultdict, deque

from msgspec import Struct

from central.schedule.layout import Layout
from central.schedule.model import Day, Told, Waiting, Window
from central.schedule.room import Placed, Taken, gaps_between, on_step


class Fit(Struct, frozen=True, kw_only=True):
    """A place for one turn."""

    booth: int
    start_at_ms: int
    talk_ms: int
    closing_at_ms: int


class Kept(Struct, kw_only=True):
    """By index of the booth who stays where; `loose`: those whose booth cannot have them any more, in order of their time."""

    placed: list[list[Placed]]
    taken: Taken
    loose: list[Waiting]


class Keeping:
    """Goes through told times in order, so that one who waits makes only those wait who come after.

    What an officer put by hand is laid first; the others find their places around it.
    """

    def __init__(self, day: Day, layout: Layout, people: list[Waiting]) -> None:
        self._day = day
        self._layout = layout
        self._free = [0] * len(day.booths)
        self._change_ms = day.rules.change_over_s * 1000
        self._people = sorted((each for each in people if each.told), key=_told_start)
        self._coming: dict[str, deque[int]] = defaultdict(deque)
        self._by_hand: list[list[Placed]] = [[] for _ in day.booths]
        self.kept = Kept(placed=[[] for _ in day.booths], taken=running_inmates(day), loose=[])

    def keep(self) -> Kept:
        """Everybody who can stay, and who cannot."""
        others = [person for person in self._people if not self._stays_by_hand(person)]
        self._by_hand = [list(placed) for placed in self.kept.placed]
        self._free = [0] * len(self._free)
        for person in others:
            self._coming[told_of(person).booth].append(told_of(person).start_at_ms)
        for person in others:
            self._coming[told_of(person).booth].popleft()
            fit = self._best(person)
            if fit is None:
                self.kept.loose.append(person)
            else:
                self._put(person, fit)
        for placed in self.kept.placed:
            placed.sort(key=lambda turn: turn.start_at_ms)
        return self.kept

    def _stays_by_hand(self, person: Waiting) -> bool:
        """Whether an officer put it there and the booth can have it; it may begin late there, and goes nowhere else."""
        fit = self._own(person) if person.pinned else None
        if fit is not None:
            self._put(person, fit)
        return fit is not None

    def _best(self, person: Waiting) -> Fit | None:
        told = told_of(person)
        own = self._own(person)
        if own is not None and own.start_at_ms <= told.start_at_ms + self._day.rules.tolerance_s * 1000:
            return own
        fits = [own] if own is not None else []
        fits += [fit for booth in range(len(self._free)) if (fit := self._elsewhere(person, booth)) is not None]
        return min(fits, key=lambda fit: fit.start_at_ms, default=None)

    def _own(self, person: Waiting) -> Fit | None:
        """At the own booth; a lost one is not waited for."""
        told = told_of(person)
        index = self._layout.index.get(told.booth)
        if index is None:
            return None
        stretches = self._layout.held[index]
        if not self._layout.open[index] and (not stretches or told.start_at_ms < stretches[0].from_ms):
            return None
        return self._due(person, index) or self._fit(
            person, index, stretches, told.talk_s * 1000, self._shortest_ms(person)
        )

    def _due(self, person: Waiting, index: int) -> Fit | None:
        """Called and not opened yet: the turn stays where it is, so that nobody is moved for one who may not come."""
        told, booth = told_of(person), self._day.booths[index]
        late_ms = self._day.now_ms - told.start_at_ms
        if not 0 < late_ms < self._day.rules.grace_s * 1000 or booth.running is not None:
            return None
        talk_ms = told.talk_s * 1000
        if told.start_at_ms < max(self._free[index], booth.free_from_ms) or self._is_by_hand(index, person):
            return None
        if self._clear(person, told.start_at_ms, talk_ms) > told.start_at_ms:
            return None
        ends = told.start_at_ms + talk_ms
        for window in self._day.windows:
            closing = window.to_ms if booth.until_ms is None else min(window.to_ms, booth.until_ms)
            if window.from_ms <= told.start_at_ms and ends <= closing:
                return Fit(booth=index, start_at_ms=told.start_at_ms, talk_ms=talk_ms, closing_at_ms=closing)
        return None

    def _is_by_hand(self, index: int, person: Waiting) -> bool:
        """Whether an officer put somebody else where this told time is."""
        begins = told_of(person).start_at_ms
        ends = begins + told_of(person).talk_s * 1000
        return any(
            turn.start_at_ms < ends + self._change_ms and begins < turn.start_at_ms + turn.talk_ms + self._change_ms
            for turn in self._by_hand[index]
        )

    def _clear(self, person: Waiting, start: int, talk_ms: int) -> int:
        """From then on, the first start at which the inmate talks nowhere else."""
        taken = self.kept.taken.get(person.inmate, ()) if person.inmate else ()
        for begins, ends in sorted(taken):
            if start < ends and begins < start + talk_ms + self._change_ms:
                start = on_step(ends, self._day.rules)
        return start

    def _elsewhere(self, person: Waiting, booth: int) -> Fit | None:
        """At another booth, in full and before the next who has a time there."""
        talk_ms = told_of(person).talk_s * 1000
        fit = self._fit(person, booth, self._layout.open[booth], talk_ms, talk_ms)
        coming = self._coming[self._day.booths[booth].id]
        if fit is None or (coming and coming[0] < fit.start_at_ms + talk_ms + self._change_ms):
            return None
        return fit

    def _fit(
        self, person: Waiting, booth: int, stretches: tuple[Window, ...], talk_ms: int, shortest_ms: int
    ) -> Fit | None:
        told_ms, step_ms = told_of(person).start_at_ms, self._day.rules.step_s * 1000
        for gap in gaps_between(booth, stretches, self._by_hand[booth], self._change_ms, 0):
            soonest = max(self._free[booth], gap.from_ms)
            start = told_ms if told_ms >= soonest else on_step(soonest, self._day.rules)
            start = self._clear(person, start, talk_ms)
            room, is_cut = gap.to_ms - start, gap.to_ms < gap.closing_at_ms
            if room >= (talk_ms if is_cut else shortest_ms):
                talk = talk_ms if room >= talk_ms else max(shortest_ms, room // step_ms * step_ms)
                return Fit(booth=booth, start_at_ms=start, talk_ms=talk, closing_at_ms=gap.closing_at_ms)
        return None

    def _shortest_ms(self, person: Waiting) -> int:
        if person.exemption is not None:
            return told_of(person).talk_s * 1000
        floor_s = (person.limits or self._day.rules.limits).floor_s
        return min(floor_s, told_of(person).talk_s) * 1000

    def _put(self, person: Waiting, fit: Fit) -> None:
        end = fit.start_at_ms + fit.talk_ms + self._change_ms
        self._free[fit.booth] = end
        if person.inmate:
            self.kept.taken.setdefault(person.inmate, []).append((fit.start_at_ms, end))
        self.kept.placed[fit.booth].append(
            Placed(
                id=person.id,
                booth=fit.booth,
                start_at_ms=fit.start_at_ms,
                talk_ms=fit.talk_ms,
                closing_at_ms=fit.closing_at_ms,
            )
        )


def told_of(person: Waiting) -> Told:
    """What somebody who was told was told."""
    if person.told is None:
        raise TypeError(f"{person.id} was not told any time")
    return person.told


def running_inmates(day: Day) -> Taken:
    """Who talks now, until when and the change-over behind it."""
    change_ms = day.rules.change_over_s * 1000
    calls = (booth.running for booth in day.booths if booth.running is not None)
    return {call.inmate: [(day.now_ms, max(day.now_ms, call.ends_at_ms) + change_ms)] for call in calls if call.inmate}


def _told_start(person: Waiting) -> int:
    return told_of(person).start_at_ms
