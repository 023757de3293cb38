"""`bilik-central retention`: how long names, usage records, trails and reports of terminals are kept."""

import argparse

import msgspec

from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.store import retention, staff
from central.store.engine import Database
from central.store.retention import Keep
from central.time import now_ms


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "retention", "how long names, records and trails are kept")
    change = command(actions, "set", "change how many days are kept; what is older goes in the next night", _set)
    change.add_argument("settings", nargs="+", metavar="KEY=DAYS")
    command(actions, "show", "how many days are kept", _show)


async def _set(args: argparse.Namespace, database: Database) -> Outcome:
    words = dict(word.partition("=")[::2] for word in args.settings)
    if not all(words.values()):
        raise Unusable("write each setting as KEY=DAYS, for example usage_days=730")
    async with database.write() as tx:
        fresh = retention.changed(await retention.get(tx), words)
        await retention.put(tx, fresh)
        await staff.note(tx, user=BY, act="retention_set", subject="retention", detail=words, now_ms=now_ms())
    return _outcome(fresh)


async def _show(args: argparse.Namespace, database: Database) -> Outcome:
    del args
    async with database.read() as db:
        return _outcome(await retention.get(db))


def _outcome(keep: Keep) -> Outcome:
    data = msgspec.structs.asdict(keep)
    return Outcome(data, "\n".join(f"{key}={days}" for key, days in data.items()))
