"""A report as plain tables, for files: every breakdown with the same columns, so that the sums can be checked."""

from collections.abc import Iterable

from msgspec import Struct

from central.reports.compose import DEEDS, Line, Report
from central.reports.figures import Figures

COLUMNS = ("records", "promised_s", "extended_s", "delivered_ms", "interrupted_ms", "interruptions", "carried_s")
BREAKDOWNS = (
    *("by_facility", "by_booth", "by_reason", "by_party"),
    *("by_day", "by_month", "by_weekday", "by_hour"),
)


class Entry(Struct, frozen=True):
    """One line of a table: what it is of, and its numbers."""

    key: str
    numbers: tuple[int, ...]


class Table(Struct, frozen=True, kw_only=True):
    """One table. `name` and `columns` are keys of words; numbers of columns in _s are seconds, in _ms milliseconds."""

    name: str
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]


def tables(report: Report, *, with_officers: bool) -> tuple[Table, ...]:
    """All tables: the total, its breakdowns, what became of all sessions, what is from paper, and, if wanted, what the staff did."""
    total = _talk("total", [Line(key="total", figures=report.total)])
    broken = [_talk(name, getattr(report, name)) for name in BREAKDOWNS]
    officers = [_officers(report)] if with_officers else []
    return (total, *broken, _sessions(report), _paper(report), *officers)


def _talk(name: str, lines: Iterable[Line]) -> Table:
    entries = tuple(Entry(line.key, numbers(line.figures)) for line in lines)
    return Table(name=name, columns=COLUMNS, entries=entries)


def numbers(figures: Figures) -> tuple[int, ...]:
    """The figures in the order of COLUMNS."""
    return tuple(getattr(figures, column) for column in COLUMNS)


def _sessions(report: Report) -> Table:
    counted = {
        "with_record": report.total.records,
        "on_paper": report.on_paper,
        **{f"not_held.{why}": count for why, count in report.not_held.items()},
        "to_come": report.to_come,
    }
    entries = tuple(Entry(key, (count,)) for key, count in counted.items())
    return Table(name="sessions", columns=("sessions",), entries=entries)


def _paper(report: Report) -> Table:
    entries = tuple(Entry(each.outcome, (each.count, each.promised_s, each.talk_s)) for each in report.paper)
    return Table(name="paper", columns=("sessions", "promised_s", "talk_s"), entries=entries)


def _officers(report: Report) -> Table:
    entries = tuple(Entry(each.name, tuple(each.deeds[kind] for kind in DEEDS)) for each in report.officers)
    return Table(name="by_officer", columns=DEEDS, entries=entries)
