"""`bilik-central user`: staff who may log in."""

import argparse
import getpass
import sys

from central.commands.outcome import BY, Outcome, Subparsers, Unusable, command, group
from central.credentials import Passwords
from central.store import facilities, staff
from central.store.engine import Database, Writing
from central.store.staff import Role, User
from central.time import now_ms

SHORTEST = 8
LONGEST = 256


def add_to(commands: Subparsers) -> None:
    """Put the commands of this group on the command line."""
    actions = group(commands, "user", "staff")
    add = command(actions, "add", "create a user; the password is read from standard input", _add)
    add.add_argument("name")
    add.add_argument("--role", choices=list(Role), required=True)
    add.add_argument("--facility", metavar="ID", help="only this one; without: all")
    renew = command(actions, "password", "a new password, read from standard input; ends all logins", _renew)
    remove = command(actions, "remove", "let somebody log in no more; ends all logins", _remove)
    for parser in (renew, remove):
        parser.add_argument("name")
    command(actions, "list", "all users", _list)


async def _add(args: argparse.Namespace, database: Database) -> Outcome:
    if not args.name.isprintable() or not 1 <= len(args.name) <= 64:
        raise Unusable("a user's name has 1 to 64 letters")
    password = _password()
    password_hash = await Passwords().hash(password)
    async with database.write() as tx:
        if args.facility is not None and await facilities.get(tx, args.facility) is None:
            raise Unusable(f"there is no facility {args.facility}; see: bilik-central facility list")
        user_id = await staff.add_user(
            tx,
            name=args.name,
            role=Role(args.role),
            facility_id=args.facility,
            password_hash=password_hash,
            now_ms=now_ms(),
        )
        detail = {"name": args.name, "role": args.role, "facility": args.facility}
        await staff.note(tx, user=BY, act="user_add", subject=user_id, detail=detail, now_ms=now_ms())
    return Outcome({"id": user_id}, f"{args.name} may log in")


def _password() -> str:
    words = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline()
    password = words.rstrip("\r\n")
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unusable(f"a password has {SHORTEST} to {LONGEST} letters; write it to standard input")
    return password


async def _renew(args: argparse.Namespace, database: Database) -> Outcome:
    password_hash = await Passwords().hash(_password())
    async with database.write() as tx:
        user = await _known(tx, args.name)
        await staff.change_password(tx, user, password_hash)
        await staff.note(tx, user=BY, act="user_password", subject=user.id, detail={}, now_ms=now_ms())
    return Outcome({"id": user.id}, f"{user.name} has a new password and is logged out everywhere")


async def _remove(args: argparse.Namespace, database: Database) -> Outcome:
    async with database.write() as tx:
        user = await _known(tx, args.name)
        await staff.remove_user(tx, user)
        await staff.note(tx, user=BY, act="user_remove", subject=user.id, detail={"name": user.name}, now_ms=now_ms())
    return Outcome({"id": user.id}, f"{user.name} may log in no more")


async def _known(tx: Writing, name: str) -> User:
    user = await staff.by_name(tx, name)
    if user is None:
        raise Unusable(f"there is no user {name}; see: bilik-central user list")
    return user


async def _list(_args: argparse.Namespace, database: Database) -> Outcome:
    async with database.read() as db:
        found = await staff.every(db)
    rows = [{"id": user.id, "name": user.name, "role": user.role.value, "facility": user.facility_id} for user in found]
    return Outcome(rows, "\n".join(f"{row['name']}  {row['role']}  {row['facility'] or 'all'}" for row in rows))
