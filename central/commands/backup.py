"""`bilik-central backup FILE` and `bilik-central restore FILE`."""

import argparse
from pathlib import Path

import msgspec

from central.backup.manifest import Manifest
from central.commands.outcome import Outcome, Subparsers, command
from central.store.engine import Database
from central.time import now_ms


def add_to(commands: Subparsers) -> None:
    """Put the commands on the command line; neither brings the database to a newer shape before it has looked."""
    made = command(commands, "backup", "copy the whole database into a new file while central runs", _backup)
    made.add_argument("file", type=Path, metavar="FILE")
    made.set_defaults(upgrades=False)
    back = command(commands, "restore", "let a backup be the database; every `serve` must be stopped", _restore)
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--force", action="store_true", help="also over a database that is newer than the backup")
    back.set_defaults(upgrades=False)


async def _backup(args: argparse.Namespace, database: Database) -> Outcome:
    from central.backup.whole import back_up

    made = await back_up(database, args.file, now_ms=now_ms())
    return Outcome(_told(made), f"{args.file}: {_words(made)}; keep it like the original: it holds names")


async def _restore(args: argparse.Namespace, database: Database) -> Outcome:
    from central.backup.whole import put_back

    found, kept = await put_back(database, args.file, force=args.force, now_ms=now_ms())
    words = f"put back and looked at: {_words(found)}"
    if kept is not None:
        words += f"\nthe database that was there is kept as {kept}: remove it when it is not needed"
    return Outcome(_told(found) | {"kept": None if kept is None else str(kept)}, words)


def _told(manifest: Manifest) -> dict[str, object]:
    return dict(msgspec.to_builtins(manifest))


def _words(manifest: Manifest) -> str:
    rows = sum(manifest.facts.rows.values())
    return f"{rows} rows in {len(manifest.facts.rows)} tables, shape {manifest.facts.shape}"
