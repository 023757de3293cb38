"""The report of a period: the same records summed by facility, booth, reason, fault party, day, weekday and hour."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import astuple

from central.reports.figures import Deed, Figures, Paper, Read
from central.reports.period import Period, day_of
from protocol.outcome import EndReason, FaultParty

DEEDS = ("admission", "extension", "early_end", "listen")
OUTCOMES = ("served", "no_show", "not_held")
OVER = ("ended", "cancelled")
Each = TypeVar("Each")


class Line(Struct, frozen=True, kw_only=True):
    """One line of a breakdown. `key`: an id, a word of the protocol, a date, or the number of an hour or weekday (Monday 0)."""

    key: str
    figures: Figures


class Officer(Struct, frozen=True, kw_only=True):
    """What one of the staff did in the period, how often by kind."""

    name: str
    deeds: dict[str, int]


class Report(Struct, frozen=True, kw_only=True):
    """All figures of a period. `total` is the sum of each `by_...`; what was entered from paper is in `paper` alone.

    `provisional`: so many of the total stand in for records that never came. `not_held`: sessions that ended without a visit,
    by why; `to_come`: those still planned or open. `complete`: false for a while after an upgrade.
    """

    period: Period
    total: Figures
    paper: tuple[Paper, ...]
    provisional: int
    complete: bool
    by_facility: tuple[Line, ...]
    by_booth: tuple[Line, ...]
    by_reason: tuple[Line, ...]
    by_party: tuple[Line, ...]
    by_day: tuple[Line, ...]
    by_month: tuple[Line, ...]
    by_weekday: tuple[Line, ...]
    by_hour: tuple[Line, ...]
    not_held: dict[str, int]
    to_come: int
    officers: tuple[Officer, ...]

    @property
    def missed(self) -> int:
        """Sessions that were not held."""
        return sum(self.not_held.values())

    @property
    def on_paper(self) -> int:
        """Sessions that were entered from paper, whatever became of them."""
        return sum(each.count for each in self.paper)

    @property
    def sessions(self) -> int:
        """All sessions of the period: with a usage record, from paper, not held, still to come."""
        return self.total.records + self.on_paper + self.missed + self.to_come

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self.sessions == 0 and not self.officers

    def ended(self, reason: EndReason) -> int:
        """How many visits ended so."""
        return sum(line.figures.records for line in self.by_reason if line.key == reason)


def compose(period: Period, read: Read) -> Report:
    """The whole report out of what was read."""
    cells = [(cell, cell.figures) for cell in read.cells]
    slots = [(slot, slot.figures) for slot in read.slots]
    over = [each for each in read.missed if each.state in OVER]
    reasons, parties = [each.value for each in EndReason], [each.value for each in FaultParty]
    hours, weekdays = [str(hour) for hour in range(24)], [str(day) for day in range(7)]
    return Report(
        period=period,
        total=_sum(figures for _cell, figures in cells),
        paper=_paper(read.paper),
        provisional=sum(figures.records for cell, figures in cells if cell.provisional),
        complete=read.complete,
        by_facility=_lines(cells, lambda cell: cell.facility_id),
        by_booth=_lines(cells, lambda cell: cell.terminal_id),
        by_reason=_lines(cells, lambda cell: cell.end_reason, reasons),
        by_party=_lines(cells, lambda cell: cell.fault_party, parties),
        by_day=_lines(slots, lambda slot: day_of(slot.hour).isoformat()),
        by_month=_lines(slots, lambda slot: day_of(slot.hour).isoformat()[:7]),
        by_weekday=_lines(slots, lambda slot: str(day_of(slot.hour).weekday()), weekdays),
        by_hour=_lines(slots, lambda slot: str(slot.hour % 24), hours),
        not_held=_counted((each.why or each.state, each.count) for each in over),
        to_come=sum(each.count for each in read.missed if each.state not in OVER),
        officers=_officers(read.deeds),
    )


def _sum(figures: Iterable[Figures]) -> Figures:
    sums = [0] * len(Figures.__struct_fields__)
    for each in figures:
        for place, number in enumerate(astuple(each)):
            sums[place] += number
    return Figures(**dict(zip(Figures.__struct_fields__, sums, strict=True)))


def _lines(
    rows: Iterable[tuple[Each, Figures]], key: Callable[[Each], str], order: Sequence[str] = ()
) -> tuple[Line, ...]:
    """A line for each key that there is, in this order; keys that it does not name come after it, sorted."""
    found: dict[str, list[Figures]] = {}
    for row, figures in rows:
        found.setdefault(key(row), []).append(figures)
    known = [each for each in order if each in found]
    return tuple(Line(key=each, figures=_sum(found[each])) for each in [*known, *sorted(found.keys() - set(known))])


def _counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return dict(sorted(sums.items()))


def _paper(read: Iterable[Paper]) -> tuple[Paper, ...]:
    sums = {outcome: Paper(outcome=outcome) for outcome in OUTCOMES}
    for each in read:
        sums[each.outcome] = sums.get(each.outcome, Paper(outcome=each.outcome)) + each
    return tuple(each for each in sums.values() if each.count)


def _officers(deeds: Iterable[Deed]) -> tuple[Officer, ...]:
    mine: dict[str, list[Deed]] = {}
    for deed in deeds:
        mine.setdefault(deed.officer, []).append(deed)
    return tuple(
        Officer(
            name=name,
            deeds={kind: sum(deed.count for deed in done if deed.kind == kind) for kind in DEEDS},
        )
        for name, done in sorted(mine.items())
    )
