"""`bilik-central command`: tell a booth to do something, and see what became of it."""

import argparse
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command
from central.store import commands, sessions, staff
from central.store.commands import Issued
from central.store.engine import Database
from central.time import now_ms
from protocol.release import MANIFEST, SIGNATURE, Release
from protocol.terminal import CommandKind

SHOW = "show"
ADMIT = "admit"


def add_to(parsers: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    parser = command(parsers, "command", "tell a booth something, or: show ID, admit --session ID", _run)
    parser.add_argument("kind", metavar="KIND", choices=[*CommandKind, ADMIT, SHOW], help=", ".join(CommandKind))
    parser.add_argument("id", nargs="?", help="with show: the command's id")
    parser.add_argument("--terminal", metavar="ID")
    parser.add_argument("--session", metavar="ID")
    parser.add_argument("--add", type=int, metavar="SECONDS", help="with extend")
    parser.add_argument("--text", help="with message")
    parser.add_argument("--reason", help="with end: ended_by_officer, cancelled, moved")
    parser.add_argument("--fault-party", help="with end: none, inmate, family, facility")
    parser.add_argument("--release", type=Path, metavar="FOLDER", help="with set_version: a signed release")
    parser.add_argument("--level", type=int, help="with volume: 0 to 100")


async def _run(args: argparse.Namespace, database: Database) -> Outcome:
    if args.kind == SHOW:
        return await _show(args, database)
    if args.kind == ADMIT:
        return await _admit(args, database)
    terminal_id = args.terminal
    release = _release(args)
    async with database.write() as tx:
        if terminal_id is None and args.session is not None:
            session = await sessions.get(tx, args.session)
            terminal_id = None if session is None else session.terminal_id
        if terminal_id is None:
            raise Unusable(f"{args.kind} needs --terminal ID; see: bilik-central terminal list")
        sent = await commands.issue(
            tx,
            CommandKind(args.kind),
            terminal_id=terminal_id,
            issued_by=BY,
            now_ms=now_ms(),
            session_id=args.session,
            reason=args.reason,
            fault_party=args.fault_party,
            add_s=args.add,
            text=args.text,
            level=args.level,
            version=None if release is None else release.version,
            sha256=None if release is None else release.sha256,
        )
        detail = {"terminal": terminal_id, "session": sent.session_id, "command": sent.id}
        await staff.note(tx, user=BY, act=args.kind, subject=terminal_id, detail=detail, now_ms=now_ms())
    return Outcome({"id": sent.id}, sent.id)


class Named(NamedTuple):
    """A release as set_version names it."""

    version: str
    sha256: str


def _release(args: argparse.Namespace) -> Named | None:
    """Version and hash of the release; raises Unusable where set_version lacks one that could be fetched."""
    if args.kind != CommandKind.SET_VERSION:
        return None
    if args.release is None:
        raise Unusable("set_version needs --release FOLDER, with release.json and release.json.sig in it")
    try:
        listed = (args.release / MANIFEST).read_bytes()
        release = msgspec.json.decode(listed, type=Release)
        missing = [name for name in (SIGNATURE, *(one.file for one in release.packages)) if not _has(args, name)]
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(f"--release {args.release}: {MANIFEST} cannot be read ({error})") from error
    if missing:
        raise Unusable(f"--release {args.release}: {', '.join(missing)} is missing")
    return Named(release.version, hashlib.sha256(listed).hexdigest())


def _has(args: argparse.Namespace, name: str) -> bool:
    return bool((args.release / name).is_file())


async def _admit(args: argparse.Namespace, database: Database) -> Outcome:
    if args.session is None:
        raise Unusable("admit needs --session ID")
    async with database.write() as tx:
        if not await sessions.admit(tx, args.session, user=BY, now_ms=now_ms()):
            raise Unusable(f"there is no running session {args.session}")
        await staff.note(tx, user=BY, act=ADMIT, subject=args.session, detail={}, now_ms=now_ms())
    return Outcome({"session": args.session}, f"the family of {args.session} is admitted")


async def _show(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = None if args.id is None else await commands.get(db, args.id)
    if found is None:
        raise Unusable(f"there is no command {args.id or ''}; write: bilik-central command show ID")
    data = _data(found)
    return Outcome(data, " ".join(str(data[key]) for key in ("id", "kind", "state", "why") if data[key] is not None))


def _data(found: Issued) -> dict[str, Any]:
    return {
        "id": found.command.id,
        "kind": found.command.kind,
        "terminal": found.terminal_id,
        "session": found.command.session_id,
        "state": found.state,
        "why": found.why,
        "issued_at_ms": found.issued_at_ms,
        "answered_at_ms": found.answered_at_ms,
        "expires_at_ms": found.command.expires_at_ms,
    }
