"""Registrations out of a file: every wrong cell is named by line and column, and all rows are taken or none."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import anyio.to_thread
from msgspec import Struct

from central.context import Central
from central.credentials import code_hashed, family_code
from central.days import table_file, wishes
from central.days.table_file import Row, Unreadable
from central.days.wishes import Asked, Wrong
from central.staff.gate import Staff
from central.staff.words import LANGUAGES, words
from central.store import registrations, staff
from central.store.engine import Writing
from central.store.facilities import Facility
from central.store.registrations import Full, Registration, Wish
from central.store.schedules import Schedule

COLUMNS = ("name", "relation", "phone", "inmate", "day")
NEEDED = ("name", "inmate")
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
SHOWN = 50
SAID = {"daftar.wrong.relation": "import.wrong.relation"}
"""What is said of a cell in other words than of a field of the form."""
ALSO = {
    "spouse": ("suami", "istri", "isteri", "husband", "wife"),
    "parent": ("ayah", "bapak", "ibu", "father", "mother"),
    "child": ("anak kandung", "son", "daughter"),
    "sibling": ("kakak", "adik", "saudara", "saudari", "saudara kandung", "brother", "sister"),
}
"""What people write for a relation beside the words of the form."""


class Mistake(Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `line`: None for the file as a whole; `column` is one of COLUMNS or empty; `key`: a sentence."""

    key: str
    line: int | None = None
    column: str = ""
    detail: str = ""


class NotImported(Exception):
    """Nothing was imported; `mistakes` in the order of the file."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = tuple(mistakes)


class Upload(Struct, frozen=True, kw_only=True):
    """A file that was sent. `nonce`: of its form, so that sending it twice is once; `day`: for rows without one."""

    name: str
    body: bytes
    nonce: str
    day: date
    language: str


async def take(
    central: Central, who: Staff, facility: Facility, schedule: Schedule, upload: Upload
) -> list[Registration]:
    """Store all rows as registrations that wait for an officer, in the order of the file. Raises NotImported."""
    now = central.clock()
    try:
        rows = await anyio.to_thread.run_sync(table_file.read, upload.name, upload.body)
    except Unreadable as error:
        raise NotImported([Mistake(key=f"import.file.{error.why}")]) from error
    days = wishes.days_offered(schedule, facility.settings.timezone, now_ms=now)
    found = _wishes(rows, facility, upload, days)
    async with central.database.write() as tx:
        taken = await _store(tx, central, schedule, found, now)
        detail = {"rows": len(found)}
        await staff.note(tx, user=who.user.name, act="import", subject=facility.id, detail=detail, now_ms=now)
    return taken


def header(language: str) -> list[str]:
    """The columns' names in this language."""
    said = words(language)
    return [said.say(f"import.column.{column}") for column in COLUMNS]


def _wishes(rows: Sequence[Row], facility: Facility, upload: Upload, days: tuple[date, ...]) -> list[tuple[int, Wish]]:
    places = _places(rows[0])
    relations = _relations()
    found: list[tuple[int, Wish]] = []
    mistakes: list[Mistake] = []
    for row in rows[1:]:
        cells = {column: row.cells[at] if at < len(row.cells) else "" for column, at in places.items()}
        typed = _typed(cells, relations, upload, row.line)
        try:
            found.append((row.line, wishes.listed(typed, facility_id=facility.id, days=days, language=upload.language)))
        except Wrong as wrong:
            mistakes += [
                Mistake(line=row.line, column=column, key=SAID.get(key, key), detail=cells.get(column, ""))
                for column, key in wrong.errors.items()
            ]
    if mistakes:
        raise NotImported(mistakes)
    return found


def _places(first: Row) -> dict[str, int]:
    """Where each column is; raises NotImported for one that is missing, unknown or there twice."""
    names = {
        said.casefold(): column
        for language in LANGUAGES
        for column, said in zip(COLUMNS, header(language), strict=True)
    } | {column: column for column in COLUMNS}
    mistakes: list[Mistake] = []
    places: dict[str, int] = {}
    for at, cell in enumerate(first.cells):
        column = names.get(cell.casefold())
        if cell and (column is None or column in places):
            mistakes.append(Mistake(line=first.line, key="import.header.unknown", detail=cell))
        elif column is not None:
            places[column] = at
    mistakes += [
        Mistake(line=first.line, column=column, key="import.header.missing")
        for column in NEEDED
        if column not in places
    ]
    if mistakes:
        raise NotImported(mistakes)
    return places


def _relations() -> dict[str, str]:
    """What may be written for each relation, in both languages."""
    known = {
        words(language).say(f"daftar.relation.{each}").casefold(): each
        for language in LANGUAGES
        for each in wishes.RELATIONS
    }
    also = {written: each for each, words_ in ALSO.items() for written in words_}
    return also | known | {each: each for each in wishes.RELATIONS}


def _typed(cells: Mapping[str, str], relations: Mapping[str, str], upload: Upload, line: int) -> Asked:
    relation = cells.get("relation", "")
    return Asked(
        name=cells.get("name", ""),
        relation=relations.get(relation.casefold(), relation) if relation else "other",
        phone=_phone(cells.get("phone", "")),
        inmate=cells.get("inmate", ""),
        day=_day(cells.get("day", ""), upload.day),
        nonce=hashlib.sha256(f"{upload.nonce}:{line}".encode()).hexdigest()[:48],
    )


def _phone(cell: str) -> str:
    """A spreadsheet drops the nought at the beginning of what it takes for a number."""
    digits = "".join(letter for letter in cell if letter.isdigit())
    return f"0{cell}" if digits == cell and cell.startswith("8") else cell


def _day(cell: str, otherwise: date) -> str:
    if not cell:
        return otherwise.isoformat()
    for form in DATES:
        try:
            return datetime.strptime(cell, form).date().isoformat()  # noqa: DTZ007 - a date there, without any zone
        except ValueError:
            continue
    return cell


async def _store(
    tx: Writing, central: Central, schedule: Schedule, found: Sequence[tuple[int, Wish]], now: int
) -> list[Registration]:
    mistakes: list[Mistake] = []
    taken: list[Registration] = []
    for line, wish in found:
        id_ = registrations.fresh_id()
        hashed = code_hashed(family_code(central.options.link_secret, id_))
        if await registrations.has_same(tx, wish):
            mistakes.append(Mistake(line=line, column="name", key="import.again", detail=wish.visitor_name))
            continue
        try:
            stored = await registrations.add(
                tx,
                wish,
                id_=id_,
                code_hash=hashed,
                most_waiting=schedule.most_waiting,
                most_by_phone=schedule.most_by_phone,
                now_ms=now,
            )
            taken.append(stored)
        except Full as full:
            mistakes.append(
                Mistake(line=line, column="phone" if full.why == "phone" else "day", key=f"daftar.full.{full.why}")
            )
    if mistakes:
        raise NotImported(mistakes)
    return taken
