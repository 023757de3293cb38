"""`bilik-central session` and `sessions`: plan calls one by one or by file, list, cancel."""

import argparse
import csv
import io
import sys
import zoneinfo
from datetime import datetime
from pathlib import Path
from typing import Any

from central import planning
from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.credentials import Passwords
from central.planning import COLUMNS, NEEDED, Plan, WrongWords, plan
from central.store import facilities, sessions, staff, terminals, values
from central.store.engine import Database
from central.store.facilities import Facility
from central.time import now_ms

ROWS_AT_MOST = 20_000
ERRORS_SHOWN = 200
FROM_INPUT = "-"
SECRETS = ("pin", "url")
"""What had better not stand in a process list."""


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    for name in ("session", "sessions"):
        actions = group(commands, name, "planned calls")
        add = command(actions, "add", "plan one call and print the family's link", _add)
        for column in COLUMNS:
            about = f"{FROM_INPUT}: read from standard input" if column in SECRETS else None
            add.add_argument(f"--{column}", required=column in NEEDED, help=about)
        listed = command(actions, "list", "calls of a day around now, with their links", _list)
        listed.add_argument("--facility", metavar="ID")
        cancel = command(actions, "cancel", "take back a planned call", _cancel)
        cancel.add_argument("id")
        moved = command(actions, "move", "plan a call at another terminal; its link stays good", _move)
        moved.add_argument("id")
        moved.add_argument("--terminal", required=True, metavar="ID")
        imported = command(actions, "import", "plan the calls of a CSV file, all or none", _import)
        imported.add_argument("file", type=Path)


async def _add(args: argparse.Namespace, database: Database) -> Outcome:
    try:
        row = {column: getattr(args, column) or "" for column in COLUMNS}
        row |= {column: sys.stdin.readline() for column in SECRETS if row[column] == FROM_INPUT}
        planned = plan(row, await _places(database), now_ms=now_ms())
    except WrongWords as wrong:
        raise Unusable("\n".join(f"--{column}: {words}" for column, words in wrong.errors.items())) from wrong
    data = (await _store(database, [planned]))[0]
    return Outcome(data, f"{data['id']}\n{data['link']}")


async def _store(database: Database, plans: list[Plan]) -> list[dict[str, Any]]:
    """PINs are hashed before the transaction begins: it would keep the server from writing."""
    async with database.write() as tx:
        secret = await values.link_secret(tx)
        base = await values.get(tx, values.PUBLIC_URL) or ""
    now = now_ms()
    passwords = Passwords(light=True)
    made = [await each.session(passwords, secret, now_ms=now) for each in plans]
    async with database.write() as tx:
        await sessions.add(tx, [session for session, _token in made], now_ms=now)
        for session, _token in made:
            detail = {"number": session.number}
            await staff.note(tx, user=BY, act="session_add", subject=session.id, detail=detail, now_ms=now)
    return [
        {"id": session.id, "number": session.number, "link": planning.family_link(session, base, secret)}
        for session, _ in made
    ]


async def _places(database: Database) -> dict[str, Facility]:
    async with database.read() as db:
        return {terminal.id: terminal.facility for terminal in await terminals.every(db)}


async def _import(args: argparse.Namespace, database: Database) -> Outcome:
    rows = _rows(args.file)
    now = now_ms()
    plans, errors = [], []
    places = await _places(database)
    for line, row in rows:
        try:
            plans.append(plan(row, places, now_ms=now))
        except WrongWords as wrong:
            errors += [f"{args.file}: line {line}, {column}: {words}" for column, words in wrong.errors.items()]
    if errors:
        more = len(errors) - ERRORS_SHOWN
        shown = errors if more <= 0 else [*errors[:ERRORS_SHOWN], f"... and {more} more"]
        raise Unusable("\n".join([*shown, "nothing was imported"]))
    data = await _store(database, plans)
    return Outcome({"imported": len(data), "sessions": data}, f"{len(data)} sessions imported")


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Lines and their words; raises Unusable if the file as a whole cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: cannot be read as UTF-8 text ({error})") from error
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(path, header)
        found = [(reader.line_num, _named(path, reader.line_num, header, words)) for words in reader if any(words)]
    except csv.Error as error:
        raise Unusable(f"{path}: line {reader.line_num}: {error}") from error
    if not found or len(found) > ROWS_AT_MOST:
        raise Unusable(f"{path}: has {len(found)} rows; 1 to {ROWS_AT_MOST} can be imported at once")
    return found


def _check_header(path: Path, header: list[str]) -> None:
    missing = [column for column in NEEDED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    double = sorted({column for column in header if header.count(column) > 1})
    said = [f"missing: {', '.join(missing)}"] if missing else []
    said += [f"unknown: {', '.join(unknown)}"] if unknown else []
    said += [f"twice: {', '.join(double)}"] if double else []
    if said:
        raise Unusable(f"{path}: line 1 names the columns; {'; '.join(said)}; there are: {', '.join(COLUMNS)}")


def _named(path: Path, line: int, header: list[str], words: list[str]) -> dict[str, str]:
    if len(words) > len(header):
        raise Unusable(f"{path}: line {line}, column {len(header) + 1}: more values than columns; nothing was imported")
    return dict(zip(header, words, strict=False))


async def _list(args: argparse.Namespace, database: Database) -> Outcome:
    now = now_ms()
    async with database.write() as tx:
        found = await sessions.between(tx, now - sessions.DAY_MS, now + sessions.DAY_MS, facility_id=args.facility)
        zones = {facility.id: facility.settings.timezone for facility in await facilities.every(tx)}
        secret = await values.link_secret(tx)
        base = await values.get(tx, values.PUBLIC_URL) or ""
    rows = [
        {
            "id": session.id,
            "terminal": session.terminal_id,
            "number": session.number,
            "start_at_ms": session.start_at_ms,
            "start": _local(session.start_at_ms, zones[session.facility_id]),
            "talk_s": session.talk_s,
            "state": session.state,
            "visit_state": session.visit_state,
            "why": session.why,
            "link": planning.family_link(session, base, secret),
        }
        for session in found
    ]
    return Outcome(rows, "\n".join(f"{row['id']}  {row['start']}  {row['number']}  {row['state']}" for row in rows))


def _local(at_ms: int, zone: str) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zoneinfo.ZoneInfo(zone)).isoformat(timespec="seconds")


async def _cancel(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        await sessions.cancel(tx, args.id)
        await staff.note(tx, user=BY, act="session_cancel", subject=args.id, detail={}, now_ms=now_ms())
    return Outcome({"id": args.id, "state": "cancelled"}, f"{args.id} is cancelled")


async def _move(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        session = await sessions.move(tx, args.id, args.terminal)
        detail = {"from": session.terminal_id, "to": args.terminal}
        await staff.note(tx, user=BY, act="session_move", subject=args.id, detail=detail, now_ms=now_ms())
    return Outcome({"id": args.id, "terminal": args.terminal}, f"{args.id} is planned at {args.terminal}")
