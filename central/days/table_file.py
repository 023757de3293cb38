"""A table that an office sends: CSV as spreadsheets write it, or a workbook; bounded before it is opened, read as plain text."""

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from msgspec import Struct
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

FILE_BYTES = 1_000_000
UNPACKED_BYTES = 20_000_000
PARTS = 200
ROWS = 500
COLUMNS = 20
CELL = 300
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    RuntimeError,
)
"""What the workbook's reader raises for a file that is none; RuntimeError is one with a password."""


class Unreadable(Exception):
    """The file as a whole cannot be taken; `why`: large, kind, broken, empty, rows."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Row(Struct, frozen=True):
    """One line of the table, counted as the spreadsheet does; cells as text without spaces around."""

    line: int
    cells: tuple[str, ...]


def read(name: str, body: bytes) -> list[Row]:
    """The first sheet's lines that hold anything, the one with the columns' names included; raises Unreadable."""
    if len(body) > FILE_BYTES:
        raise Unreadable("large")
    if body.startswith(b"PK"):
        rows = _workbook(body)
    elif name.lower().endswith((".csv", ".txt", ".tsv")) or b"\0" not in body[:1000]:
        rows = _csv(body)
    else:
        raise Unreadable("kind")
    if len(rows) < 2:
        raise Unreadable("empty")
    if len(rows) > ROWS + 1:
        raise Unreadable("rows")
    return rows


def _csv(body: bytes) -> list[Row]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(_rows((reader.line_num, cells) for cells in reader))
    except csv.Error as error:
        raise Unreadable("broken") from error


def _workbook(body: bytes) -> list[Row]:
    """The sizes in the archive's directory bound what is unpacked: a reader takes no more of a part than it says."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
        if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
            raise Unreadable("large")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            cells = sheet.iter_rows(max_row=ROWS * 2, max_col=COLUMNS, values_only=True)
            return list(_rows(enumerate(cells, 1)))
    except BROKEN as error:
        raise Unreadable("broken") from error


def _rows(lines: Iterator[tuple[int, Sequence[Any]]] | enumerate[Any]) -> Iterator[Row]:
    for line, cells in lines:
        texts = tuple(_text(cell) for cell in cells[:COLUMNS])
        if any(texts):
            yield Row(line, texts)


def _text(cell: Any) -> str:
    """Dates as 2026-06-08, numbers without a decimal that says nothing: a phone number is no sum."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())[:CELL]


def template_csv(columns: Sequence[str]) -> bytes:
    """An empty table with these columns; the mark at its beginning tells spreadsheets that it is UTF-8."""
    return ("\ufeff" + ",".join(columns) + "\r\n").encode()


def template_workbook(columns: Sequence[str], *, choices: Sequence[str], choice_column: int) -> bytes:
    """The same as a workbook, in which one column offers its choices; phones and dates are text, so that nothing is lost."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(columns))
    for at, _ in enumerate(columns, 1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = 26
        sheet.column_dimensions[letter].number_format = "@"
    offer = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
    letter = get_column_letter(choice_column)
    offer.add(f"{letter}2:{letter}{ROWS + 1}")
    sheet.add_data_validation(offer)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
