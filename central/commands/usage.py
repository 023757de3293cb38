"""`bilik-central usage`: what was promised and what was delivered, without a name."""

import argparse
import csv
from pathlib import Path
from typing import Any

import msgspec

from central.commands import usage_report
from central.commands.outcome import Outcome, Subparsers, Unusable, command, group
from central.store import events
from central.store.engine import Database
from central.store.events import StoredUsage
from protocol.outcome import UsageRecord

OWN = ("facility", "terminal", "number", "provisional", "received_at_ms")
COLUMNS = (*OWN, *(field for field in UsageRecord.__struct_fields__ if field != "quality"))


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "usage", "usage records")
    export = command(actions, "export", "write all usage records to a CSV file", _export)
    export.add_argument("file", type=Path)
    export.add_argument("--facility", metavar="ID")
    usage_report.add_to(actions)


async def _export(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = await events.usage_records(db, facility_id=args.facility)
    rows = [_row(each) for each in found]
    try:
        with args.file.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise Unusable(f"{args.file}: cannot be written ({error})") from error
    return Outcome({"records": rows}, f"{len(rows)} usage records written to {args.file}")


def _row(stored: StoredUsage) -> dict[str, Any]:
    own = (stored.facility_id, stored.terminal_id, stored.number, stored.provisional, stored.received_at_ms)
    row: dict[str, Any] = dict(zip(OWN, own, strict=True)) | msgspec.to_builtins(stored.record)
    return row
