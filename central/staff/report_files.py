"""A report as a file: CSV for programs, one line a figure's line; a workbook for people, a sheet a table."""

import csv
import io
from collections.abc import Callable

from central.reports.compose import Report
from central.reports.tables import Entry, Table, tables
from central.staff.report_view import Naming
from central.staff.words import Words

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(report: Report, said: Words, naming: Naming) -> bytes:
    """All tables below each other: what the line is of, its key and name, then the numbers by the column's own name."""
    del said
    found = tables(report, with_officers=naming.with_officers)
    columns = list(dict.fromkeys(column for table in found for column in table.columns))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["table", "key", "name", *columns])
    writer.writeheader()
    for table in found:
        for entry in table.entries:
            row = {"table": table.name, "key": guarded(entry.key), "name": guarded(named(table, entry, naming))}
            writer.writerow(row | dict(zip(table.columns, entry.numbers, strict=True)))
    return text.getvalue().encode()


def named(table: Table, entry: Entry, naming: Naming) -> str:
    """The name of a facility or booth; nothing for what is its own name."""
    known = {"by_facility": naming.facilities, "by_booth": naming.booths or {}}.get(table.name, {})
    return known.get(entry.key, "")


FILES: dict[str, Callable[[Report, Words, Naming], bytes]] = {"csv": as_csv}
