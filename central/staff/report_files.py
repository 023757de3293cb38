"""A report as a file: CSV for programs, one line a figure's line; a workbook for people, a sheet a table."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from central.reports.compose import Report
from central.reports.tables import Entry, Table, tables
from central.staff.report_parts import Tables
from central.staff.report_view import Naming
from central.staff.words import Words

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DURATION, WHOLE = "[h]:mm:ss", "#,##0"
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
    known = {"by_facility": naming.facilities, "by_booth": naming.booths}.get(table.name, {})
    return known.get(entry.key, "")


def as_xlsx(report: Report, said: Words, naming: Naming) -> bytes:
    """A sheet for each table, in this language; times are durations that a spreadsheet adds up."""
    shown = Tables(said)
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables(report, with_officers=naming.with_officers):
        sheet = book.create_sheet(_sheet_name(said.say(f"report.{table.name}")))
        sheet.freeze_panes = "B2"
        sheet.column_dimensions["A"].width = 36
        heads = (f"report.{table.name}.one", *(f"report.column.{_column(each)}" for each in table.columns))
        for number, head in enumerate(heads, 1):
            _write(sheet, 1, number, said.say(head)).font = Font(bold=True)
        for line, entry in enumerate(table.entries, 2):
            _write(sheet, line, 1, _shown(table, entry, shown, naming))
            for number, (column, value) in enumerate(zip(table.columns, entry.numbers, strict=True), 2):
                cell = sheet.cell(line, number, _value(column, value))
                cell.number_format = DURATION if column.endswith(("_s", "_ms")) else WHOLE
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _write(sheet: Worksheet, line: int, column: int, text: str) -> Cell:
    """A cell that is text whatever it begins with."""
    cell = sheet.cell(line, column)
    if not isinstance(cell, Cell):
        raise TypeError("a fresh sheet has no merged cells")
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    return cell


def _sheet_name(text: str) -> str:
    """At most 31 letters, and none that a sheet's name may not have."""
    return "".join(letter for letter in text if letter not in "[]:*?/\\")[:31]


def _column(name: str) -> str:
    """The word of a column: promised for promised_s."""
    return {"talk_s": "talked"}.get(name, name.removesuffix("_ms").removesuffix("_s"))


def _value(column: str, number: int) -> int | timedelta:
    if column.endswith("_s"):
        return timedelta(seconds=number)
    return timedelta(milliseconds=number) if column.endswith("_ms") else number


def _shown(table: Table, entry: Entry, shown: Tables, naming: Naming) -> str:
    return named(table, entry, naming) or shown.named(table.name, entry.key)


FILES: dict[str, Callable[[Report, Words, Naming], bytes]] = {"csv": as_csv, "xlsx": as_xlsx}
