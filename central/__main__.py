"""The command line of central: `bilik-central [--database URL] COMMAND`."""

import argparse
import asyncio
import json
import logging
import os
import sys

import uvloop
from sqlalchemy.exc import SQLAlchemyError

from central.commands import (
    backup,
    command,
    facility,
    openapi,
    rejected,
    retention,
    schedule,
    serve,
    session,
    terminal,
    usage,
    user,
)
from central.commands.outcome import Outcome, Unusable
from central.logs import begin_log
from central.privacy import keep_private
from central.store.engine import Database
from central.store.impossible import Impossible
from central.store.lock import HeldElsewhere
from central.store.upgrade import upgrade

DEFAULT_DATABASE = "sqlite:///bilik-central.sqlite3"
GROUPS = (serve, facility, schedule, terminal, session, command, usage, rejected, user, retention, backup)
BAD_INPUT = 2
FAILED = 1


def parser() -> argparse.ArgumentParser:
    """Everything that can be typed."""
    found = argparse.ArgumentParser(prog="bilik-central", description="Bilik's server and its commands.")
    default = os.environ.get("BILIK_CENTRAL_DATABASE", DEFAULT_DATABASE)
    found.add_argument("--database", default=default, metavar="URL", help="sqlite:///FILE or postgresql://...")
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_to(commands)
    contract = commands.add_parser("openapi", help="print the contract of the API")
    contract.add_argument("--json", action="store_true", help="it is JSON in any case")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0: done, 1: failed, 2: what was typed cannot be used."""
    args = parser().parse_args(arguments)
    if args.command == "openapi":
        openapi.write()
        return 0
    keep_private()
    begin_log(as_json=getattr(args, "log_format", "text") == "json")
    code = answer(args)
    return _leave(code) if args.command == "serve" else code


def _leave(code: int) -> int:
    """All is closed: taking the interpreter apart would cost half a second more, and whoever restarts us waits for it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def answer(args: argparse.Namespace) -> int:
    """Do what was typed and print what it gave; the exit code, as of `main`."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcome = runner.run(_run(args))
    except (Unusable, Impossible, HeldElsewhere) as error:
        print(f"bilik-central: {error}", file=sys.stderr)
        return BAD_INPUT
    except (SQLAlchemyError, OSError) as error:
        print(f"bilik-central: the database cannot be used: {_plain(error)}", file=sys.stderr)
        return FAILED
    if outcome.data is not None:
        print(json.dumps(outcome.data, ensure_ascii=False) if args.json else outcome.words)
    return 0


async def _run(args: argparse.Namespace) -> Outcome:
    database = Database(args.database)
    try:
        if getattr(args, "upgrades", True):
            await upgrade(database)
        outcome: Outcome = await args.run(args, database)
        return outcome
    finally:
        await database.close()


def _plain(error: Exception) -> str:
    """The cause without statement and values, which may hold names."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
