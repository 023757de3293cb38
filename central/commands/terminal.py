"""`bilik-central terminal`: add a call PC, give it a new enrolment code, list, revoke."""

import argparse
import hashlib
import ssl
from pathlib import Path
from typing import Any

from central.commands.address import checked
from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.credentials import code_hashed, new_code
from central.store import boots, facilities, staff, status, terminals, values
from central.store.engine import Database, Writing
from central.time import now_ms

CODE_LASTS_MS = 86_400_000


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "terminal", "a call PC")
    add = command(actions, "add", "create a terminal and print its enrolment string", _add)
    add.add_argument("name")
    add.add_argument("--facility", required=True, metavar="ID")
    renew = command(actions, "code", "a new enrolment string for a terminal that is there", _code)
    renew.add_argument("id")
    for parser in (add, renew):
        parser.add_argument("--url", help="central's address as the terminal reaches it")
        parser.add_argument("--ca-file", type=Path, help="a private CA's certificate (PEM)")
    revoke = command(actions, "revoke", "make a terminal's device token void", _revoke)
    revoke.add_argument("id")
    approve = command(actions, "approve", "say which of two computers with one enrolment is the real one", _approve)
    approve.add_argument("id")
    approve.add_argument(
        "--boot", metavar="BOOT", help="as terminal list names it; without it the one that was there first"
    )
    listed = command(actions, "list", "all terminals", _list)
    listed.add_argument("--facility", metavar="ID")


async def _add(args: argparse.Namespace, database: Database) -> Outcome:
    ca = _ca_hash(args.ca_file)
    async with database.write() as tx:
        if await facilities.get(tx, args.facility) is None:
            raise Unusable(f"there is no facility {args.facility}; see: bilik-central facility list")
        url = await _url(tx, args.url)
        terminal_id = await terminals.add(tx, name=args.name, facility_id=args.facility, now_ms=now_ms())
        await _note(tx, "terminal_add", terminal_id, {"name": args.name})
        enrolment = await _enrolment(tx, terminal_id, url, ca)
    return Outcome({"id": terminal_id, "enrolment": enrolment}, f"{terminal_id}\n{enrolment}")


async def _code(args: argparse.Namespace, database: Database) -> Outcome:
    ca = _ca_hash(args.ca_file)
    async with database.write() as tx:
        if await terminals.get(tx, args.id) is None:
            raise Unusable(f"there is no terminal {args.id}; see: bilik-central terminal list")
        enrolment = await _enrolment(tx, args.id, await _url(tx, args.url), ca)
        await _note(tx, "terminal_code", args.id, {})
    return Outcome({"id": args.id, "enrolment": enrolment}, enrolment)


async def _enrolment(tx: Writing, terminal_id: str, url: str, ca: str) -> str:
    code = new_code()
    expires = now_ms() + CODE_LASTS_MS
    await terminals.add_code(tx, terminal_id=terminal_id, code_hash=code_hashed(code), expires_at_ms=expires)
    if ca:
        await values.put(tx, values.ENROLMENT_CA, ca.removeprefix("~"))
    return f"{url}#{code}{ca}"


async def _note(tx: Writing, act: str, subject: str, detail: dict[str, str]) -> None:
    await staff.note(tx, user=BY, act=act, subject=subject, detail=detail, now_ms=now_ms())


async def _url(tx: Writing, url: str | None) -> str:
    found = url or await values.get(tx, values.PUBLIC_URL)
    if not found:
        raise Unusable(
            "central's address is not known yet: add --url https://..., or start serve once with --public-url"
        )
    return checked(found, "--url")


def _ca_hash(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        der = ssl.PEM_cert_to_DER_cert(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise Unusable(f"--ca-file {path}: this is no certificate in PEM that can be read ({error})") from error
    return "~" + hashlib.sha256(der).hexdigest()


async def _revoke(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        if not await terminals.revoke(tx, args.id, now_ms=now_ms()):
            raise Unusable(f"there is no terminal {args.id}; see: bilik-central terminal list")
        await _note(tx, "terminal_revoke", args.id, {})
    return Outcome({"id": args.id}, f"{args.id} is revoked; to use it again: bilik-central terminal code {args.id}")


async def _approve(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        chosen = await boots.approve(tx, args.id, args.boot, now_ms=now_ms())
        detail = {"boot": chosen.boot_id}
        await staff.note(tx, user=BY, act="approve", subject=args.id, detail=detail, now_ms=now_ms())
    words = f"{args.id} is the computer of boot {chosen.boot_id}; the other one has to be enrolled anew"
    return Outcome({"id": args.id, "boot": chosen.boot_id}, words)


async def _list(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = await terminals.every(db, args.facility)
        beats = await status.latest(db, args.facility)
        clones = await boots.clones(db, args.facility)
    rows = [
        {
            "id": terminal.id,
            "name": terminal.name,
            "facility": terminal.facility.id,
            "enrolled_at_ms": terminal.enrolled_at_ms,
            "revoked_at_ms": terminal.revoked_at_ms,
            "heartbeats": beats[terminal.id].count if terminal.id in beats else 0,
            "seen_at_ms": beats[terminal.id].at_ms if terminal.id in beats else None,
            "mode": beats[terminal.id].status.mode.value if terminal.id in beats else None,
            "cloned_boots": [boot.boot_id for boot in clones.get(terminal.id, ())],
        }
        for terminal in found
    ]
    return Outcome(rows, "\n".join(_line(row) for row in rows))


def _line(row: dict[str, Any]) -> str:
    said = f"{row['id']}  {row['name']}  {row['mode'] or 'never seen'}"
    return said if not row["cloned_boots"] else f"{said}  two computers, boots: {' '.join(row['cloned_boots'])}"
