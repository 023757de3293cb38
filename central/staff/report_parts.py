"""The parts of a page of reports in one language: tables, drawings and the large figures."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from central.reports.compose import DEEDS, Line, Report
from central.reports.figures import Figures
from central.reports.plot import Plot, plot
from central.staff.report_numbers import Numbers
from central.staff.words import DAYS_ID, MONTHS_ID, Words
from protocol.outcome import EndReason

TALK = ("records", "promised", "extended", "delivered", "share", "interruptions", "interrupted")
NARROW = 5
"""So many of these columns stand beside a drawing."""
MONDAY = date(2024, 1, 1)
Named = Callable[[str], str]


class Row(Struct, frozen=True):
    """One line: what it is of, and its figures as text."""

    name: str
    cells: tuple[str, ...]


class TableView(Struct, frozen=True, kw_only=True):
    """One table; without rows it says `none`. `sums` is its last line."""

    id: str
    head: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: Row | None = None
    none: str = ""


class PlotView(Struct, frozen=True, kw_only=True):
    """A drawing, what it says in a sentence, and the table of the same figures."""

    id: str
    text: str
    plot: Plot
    table: TableView


class Fact(Struct, frozen=True):
    """One of the large figures at the top."""

    name: str
    value: str
    unit: str
    detail: str


class Tables:
    """Tables in one language."""

    def __init__(self, said: Words) -> None:
        self.said = said
        self.numbers = Numbers(said.language)

    def facts(self, report: Report) -> list[Fact]:
        """The large figures."""
        said, numbers, total = self.said, self.numbers, report.total
        missed = said.say("report.fact.sessions.more", held=total.records, missed=report.missed)
        due = said.say(
            "report.fact.delivered.more",
            promised=numbers.minutes(total.owed_s * 1000),
            extended=numbers.minutes(total.extended_s * 1000),
        )
        inmate, family = report.ended(EndReason.NO_SHOW_INMATE), report.ended(EndReason.NO_SHOW_FAMILY)
        away = said.say("report.fact.no_shows.more", inmate=inmate, family=family)
        lost = said.say("report.fact.interruptions.more", time=numbers.minutes(total.interrupted_ms))
        return [
            Fact(said.say("report.fact.sessions"), numbers.count(report.sessions), "", missed),
            Fact(
                said.say("report.fact.delivered"), numbers.minutes(total.delivered_ms), said.say("report.minutes"), due
            ),
            Fact(said.say("report.fact.share"), numbers.percent(total.share), "", said.say("report.fact.share.more")),
            Fact(said.say("report.fact.no_shows"), numbers.count(inmate + family), "", away),
            Fact(said.say("report.fact.interruptions"), numbers.count(total.interruptions), "", lost),
        ]

    def talk(
        self, name: str, lines: Sequence[Line], total: Figures, named: Named, columns: int = len(TALK)
    ) -> TableView:
        """A breakdown of the records with the first so many columns; its last line is the total."""
        return TableView(
            id=name,
            head=self.said.say(f"report.{name}"),
            first=self.said.say(f"report.{name}.one"),
            columns=tuple(self.said.say(f"report.column.{column}") for column in TALK[:columns]),
            rows=tuple(Row(named(line.key), self._figures(line.figures)[:columns]) for line in lines),
            sums=Row(self.said.say("report.sum"), self._figures(total)[:columns]),
            none=self.said.say("report.none.records"),
        )

    def _figures(self, figures: Figures) -> tuple[str, ...]:
        numbers = self.numbers
        return (
            numbers.count(figures.records),
            numbers.minutes(figures.owed_s * 1000),
            numbers.minutes(figures.extended_s * 1000),
            numbers.minutes(figures.delivered_ms),
            numbers.percent(figures.share),
            numbers.count(figures.interruptions),
            numbers.minutes(figures.interrupted_ms),
        )

    def sessions(self, report: Report) -> TableView:
        """What became of all sessions that were planned."""
        counted = {"with_record": report.total.records, "on_paper": report.on_paper}
        counted |= {f"not_held.{why}": count for why, count in report.not_held.items()} | {"to_come": report.to_come}
        rows = [(key, count) for key, count in counted.items() if count or key == "with_record"]
        return TableView(
            id="sessions",
            head=self.said.say("report.sessions"),
            first=self.said.say("report.sessions.one"),
            columns=(self.said.say("report.column.sessions"),),
            rows=tuple(Row(self._became(key), (self.numbers.count(n),)) for key, n in rows),
            sums=Row(self.said.say("report.sum"), (self.numbers.count(report.sessions),)),
        )

    def _became(self, key: str) -> str:
        known = f"report.session.{key}"
        return self.said.say(known if self.said.has(known) else "report.session.not_held.other")

    def paper(self, report: Report) -> TableView:
        """What was entered from paper, apart from the rest."""
        numbers = self.numbers
        return TableView(
            id="paper",
            head=self.said.say("report.paper"),
            first=self.said.say("report.paper.one"),
            columns=tuple(self.said.say(f"report.column.{each}") for each in ("sessions", "promised", "talked")),
            rows=tuple(
                Row(
                    self.said.say(f"report.paper.{each.outcome}"),
                    (
                        numbers.count(each.count),
                        numbers.minutes(each.promised_s * 1000),
                        numbers.minutes(each.talk_s * 1000),
                    ),
                )
                for each in report.paper
            ),
        )

    def officers(self, report: Report) -> TableView:
        """What each of the staff did."""
        nobody = self.said.say("report.officer.unknown")
        return TableView(
            id="by_officer",
            head=self.said.say("report.by_officer"),
            first=self.said.say("report.by_officer.one"),
            columns=tuple(self.said.say(f"report.column.{deed}") for deed in DEEDS),
            rows=tuple(
                Row(each.name or nobody, tuple(self.numbers.count(each.deeds[deed]) for deed in DEEDS))
                for each in report.officers
            ),
            none=self.said.say("report.none.officers"),
        )

    def plot(
        self, name: str, lines: Sequence[Line], total: Figures, keys: Sequence[str], named: Named, short: Named
    ) -> PlotView:
        """A drawing of all these keys, those without a record as well."""
        counts = {line.key: line.figures.records for line in lines}
        top = [key for key in counts if counts[key] == max(counts.values())]
        text = self.said.say("report.none.records")
        if top:
            which = "most" if len(top) == 1 else "tied"
            text = self.said.say(f"report.{name}.{which}", name=named(top[0]), n=self.numbers.count(counts[top[0]]))
        return PlotView(
            id=f"plot-{name}",
            text=text,
            plot=plot([(short(key), counts.get(key, 0)) for key in keys]),
            table=self.talk(name, lines, total, named, NARROW),
        )

    def named(self, table: str, key: str) -> str:
        """What a line of a table is of, where its key alone says it."""
        known: dict[str, Named] = {
            "total": lambda _key: self.said.say("report.sum"),
            "by_reason": lambda key: self.said.say(f"report.reason.{key}"),
            "by_party": lambda key: self.said.say(f"report.party.{key}"),
            "by_day": self.day,
            "by_month": self.month,
            "by_weekday": self.weekday,
            "by_hour": self.hour,
            "sessions": self._became,
            "paper": lambda key: self.said.say(f"report.paper.{key}"),
            "by_officer": lambda key: key or self.said.say("report.officer.unknown"),
        }
        return known[table](key) if table in known else key

    def hour(self, key: str) -> str:
        """An hour of the day: 09.00-09.59."""
        dot = "." if self.said.language == "id" else ":"
        return f"{int(key):02d}{dot}00-{int(key):02d}{dot}59"

    def weekday(self, key: str) -> str:
        """A day of the week, Monday is 0."""
        return DAYS_ID[int(key)] if self.said.language == "id" else f"{MONDAY + timedelta(days=int(key)):%A}"

    def month(self, key: str) -> str:
        """A month with its year, of 2026-11."""
        name = MONTHS_ID[int(key[5:]) - 1] if self.said.language == "id" else f"{date.fromisoformat(key + '-01'):%B}"
        return f"{name} {key[:4]}"

    def day(self, key: str) -> str:
        """A date with its weekday, of 2026-11-21."""
        return self.said.day(date.fromisoformat(key))
