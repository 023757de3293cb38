"""What a page of reports shows: the figures of a report as people here write them, table by table, and what is drawn."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from central.reports.compose import Report
from central.staff.report_numbers import Numbers
from central.staff.report_parts import Fact, PlotView, Tables, TableView
from central.staff.words import Words
from central.store.facilities import Facility
from central.store.terminals import Terminal

LONG_DAYS = 62


class ReportView(Struct, frozen=True, kw_only=True):
    """All that is shown of one report."""

    facts: tuple[Fact, ...]
    notes: tuple[str, ...]
    tables: tuple[TableView, ...]
    plots: tuple[PlotView, ...]
    is_empty: bool


class Naming(Struct, frozen=True, kw_only=True):
    """Names for ids. `is_one`: a single facility is shown, whose booths are told apart; else facilities are."""

    facilities: Mapping[str, str]
    booths: Mapping[str, str]
    is_one: bool
    with_officers: bool


def naming(places: Sequence[Facility], booths: Sequence[Terminal], *, is_one: bool, with_officers: bool) -> Naming:
    """The names of these facilities and booths."""
    return Naming(
        facilities={each.id: each.name for each in places},
        booths={each.id: each.name if is_one else f"{each.facility.name}: {each.name}" for each in booths},
        is_one=is_one,
        with_officers=with_officers,
    )


def view(report: Report, said: Words, names: Naming) -> ReportView:
    """The page's model out of a report."""
    tables = Tables(said)
    shown = [
        _places(report, tables, names),
        tables.talk("by_reason", report.by_reason, report.total, lambda key: tables.named("by_reason", key)),
        tables.talk("by_party", report.by_party, report.total, lambda key: tables.named("by_party", key)),
        tables.sessions(report),
        *([tables.paper(report)] if report.paper else []),
        *([tables.officers(report)] if names.with_officers else []),
    ]
    return ReportView(
        facts=tuple(tables.facts(report)),
        notes=tuple(_notes(report, said)),
        tables=tuple(shown),
        plots=tuple(_plots(report, tables)),
        is_empty=report.is_empty,
    )


def _places(report: Report, tables: Tables, known: Naming) -> TableView:
    """Booths, or facilities where all are shown, by name."""
    name, lines, names = "by_booth", report.by_booth, known.booths
    if not known.is_one:
        name, lines, names = "by_facility", report.by_facility, known.facilities
    named = {line.key: names.get(line.key, line.key) for line in lines}
    ordered = sorted(lines, key=lambda line: _natural(named[line.key]))
    return tables.talk(name, ordered, report.total, lambda key: named[key])


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Bilik 2 before Bilik 10."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _notes(report: Report, said: Words) -> list[str]:
    found = []
    if not report.complete:
        found.append(said.say("report.note.incomplete"))
    if report.provisional:
        found.append(said.say("report.note.provisional", n=report.provisional))
    if report.total.carried_s:
        time = Numbers(said.language).minutes(report.total.carried_s * 1000)
        found.append(said.say("report.note.carried", time=time))
    if report.on_paper:
        found.append(said.say("report.note.paper", n=report.on_paper))
    if report.to_come:
        found.append(said.say("report.note.to_come", n=report.to_come))
    return found


def _plots(report: Report, tables: Tables) -> list[PlotView]:
    hours = [int(line.key) for line in report.by_hour]
    span = [str(hour) for hour in range(min(hours), max(hours) + 1)] if hours else []
    weekdays = [str(day) for day in range(7)]
    drawn = [
        tables.plot("by_hour", report.by_hour, report.total, span, tables.hour, lambda key: f"{int(key):02d}"),
        tables.plot(
            "by_weekday", report.by_weekday, report.total, weekdays, tables.weekday, lambda key: tables.weekday(key)[:3]
        ),
    ]
    if len(report.period.days) > LONG_DAYS:
        months = sorted({day.isoformat()[:7] for day in report.period.days})
        drawn.append(tables.plot("by_month", report.by_month, report.total, months, tables.month, lambda key: key[5:]))
    elif len(report.period.days) > 1:
        days = [day.isoformat() for day in report.period.days]
        drawn.append(
            tables.plot("by_day", report.by_day, report.total, days, tables.day, lambda key: str(int(key[8:])))
        )
    return drawn


def period_name(report: Report, said: Words) -> str:
    """The period in words: November 2026, or Senin 23 November 2026, or from one day to another."""
    period, tables = report.period, Tables(said)
    if period.kind == "month":
        return tables.month(period.first.isoformat()[:7])
    first, last = (f"{said.day(day)} {day.year}" for day in (period.first, period.last))
    return first if period.first == period.last else said.say("report.period.range", first=first, last=last)
