"""`bilik-central rejected`: reports of terminals that could not count, as they came."""

import argparse
from typing import Any

import msgspec

from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.store import rejected, staff
from central.store.engine import Database
from central.time import now_ms


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "rejected", "reports of terminals that could not count (fault LAP-1)")
    listed = command(actions, "list", "those that nobody has looked at, with their JSON", _list)
    listed.add_argument("--all", action="store_true", help="those too that were looked at")
    seen = command(actions, "seen", "say that one was looked at: it alarms no more, and is kept", _seen)
    seen.add_argument("id", type=int)


async def _list(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = await rejected.every(db, unseen=not args.all)
    rows: list[dict[str, Any]] = [msgspec.to_builtins(each) for each in found]
    lines = [
        f"{row['id']}  {row['terminal_id']}  {row['boot_id']}/{row['seq']}  {row['why']}\n  {row['body']}"
        for row in rows
    ]
    return Outcome(rows, "\n".join(lines) or "every report could be read")


async def _seen(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        if not await rejected.seen(tx, args.id, now_ms=now_ms()):
            raise Unusable(f"there is no report {args.id}; see: bilik-central rejected list --all")
        await staff.note(tx, user=BY, act="rejected_seen", subject=str(args.id), detail={}, now_ms=now_ms())
    return Outcome({"id": args.id}, f"report {args.id} alarms no more and is kept")
