"""Told times are kept: each at its booth; late ones wait there or go where nobody is moved for them."""

from collections import defaultdict, deque

from msgspec import Struct

from central.schedule.layout import Layout
from central.schedule.model import Day, Told, Waiting, Window
from central.schedule.room import Placed, Taken, on_step


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
    """Goes through told times in order, so that one who waits makes only those wait who come after."""

    def __init__(self, day: Day, layout: Layout, people: list[Waiting]) -> None:
        self._day = day
        self._layout = layout
        self._free = [0] * len(day.booths)
        self._change_ms = day.rules.change_over_s * 1000
        self._people = sorted((each for each in people if each.told), key=_told_start)
        self._coming: dict[str, deque[int]] = defaultdict(deque)
        for person in self._people:
            self._coming[told_of(person).booth].append(told_of(person).start_at_ms)
        self.kept = Kept(placed=[[] for _ in day.booths], taken=running_inmates(day), loose=[])

    def keep(self) -> Kept:
        """Everybody who can stay, and who cannot."""
        for person in self._people:
            self._coming[told_of(person).booth].popleft()
            fit = self._best(person)
            if fit is None:
                self.kept.loose.append(person)
            else:
                self._put(person, fit)
        return self.kept

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
        if told.start_at_ms < max(self._free[index], booth.free_from_ms, self._busy(person)):
            return None
        ends = told.start_at_ms + told.talk_s * 1000
        for window in self._day.windows:
            closing = window.to_ms if booth.until_ms is None else min(window.to_ms, booth.until_ms)
            if window.from_ms <= told.start_at_ms and ends <= closing:
                return Fit(booth=index, start_at_ms=told.start_at_ms, talk_ms=told.talk_s * 1000, closing_at_ms=closing)
        return None

    def _busy(self, person: Waiting) -> int:
        """Until when the inmate talks elsewhere."""
        return max((end for _, end in self.kept.taken.get(person.inmate, ())), default=0) if person.inmate else 0

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
        earliest = max(self._free[booth], self._busy(person))
        told_ms, step_ms = told_of(person).start_at_ms, self._day.rules.step_s * 1000
        for stretch in stretches:
            soonest = max(earliest, stretch.from_ms)
            start = told_ms if told_ms >= soonest else on_step(soonest, self._day.rules)
            room = stretch.to_ms - start
            if room >= shortest_ms:
                talk = talk_ms if room >= talk_ms else max(shortest_ms, room // step_ms * step_ms)
                return Fit(booth=booth, start_at_ms=start, talk_ms=talk, closing_at_ms=stretch.to_ms)
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
