"""`bilik-central facility`: add one, change its settings, list all."""

import argparse

import msgspec

from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.staff import settings_form
from central.store import facilities, staff
from central.store.engine import Database
from central.time import now_ms


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "facility", "a Rutan or Lapas and its settings")
    add = command(actions, "add", "create a facility", _add)
    add.add_argument("name")
    add.add_argument("--timezone", default="Asia/Jakarta")
    change = command(actions, "set", "change settings of a facility", _set)
    change.add_argument("id")
    for parser in (add, change):
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    command(actions, "list", "all facilities", _list)


def _words(pairs: list[str]) -> dict[str, str]:
    words = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise Unusable(f"--set {pair}: write KEY=VALUE, for example --set check_in=pin")
        words[key.strip()] = value.strip()
    return words


async def _add(args: argparse.Namespace, database: Database) -> Outcome:
    settings = facilities.settings_from_words({"timezone": args.timezone} | _words(args.settings))
    async with database.write() as tx:
        facility_id = await facilities.add(tx, name=args.name, settings=settings, now_ms=now_ms())
        detail = {"name": args.name}
        await staff.note(tx, user=BY, act="facility_add", subject=facility_id, detail=detail, now_ms=now_ms())
    return Outcome({"id": facility_id}, facility_id)


async def _set(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        facility = await facilities.get(tx, args.id)
        if facility is None:
            raise Unusable(f"there is no facility {args.id}; see: bilik-central facility list")
        settings = facilities.settings_from_words(_words(args.settings), facility.settings)
        await facilities.change_settings(tx, args.id, settings)
        detail = settings_form.changes(facility.settings, settings)
        await staff.note(tx, user=BY, act="settings", subject=args.id, detail=detail, now_ms=now_ms())
    data = msgspec.to_builtins(settings)
    return Outcome(data, "\n".join(f"{key}={value}" for key, value in data.items()))


async def _list(_args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = await facilities.every(db)
    return Outcome(msgspec.to_builtins(found), "\n".join(f"{facility.id}  {facility.name}" for facility in found))
