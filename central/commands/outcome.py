"""What a command gives back: data for programs, words for people."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from central.store.engine import Database

Run = Callable[[argparse.Namespace, Database], Awaitable["Outcome"]]
BY = "command line"
"""Who did it, in the audit trail and on the board."""
Subparsers = Any
"""argparse has no public name for what add_subparsers returns."""


@dataclass(frozen=True)
class Outcome:
    """`data` is what --json prints."""

    data: Any
    words: str


class Unusable(Exception):
    """What was typed cannot be used; the message says what, where and what is allowed; exit code 2."""


def command(group: Subparsers, name: str, about: str, run: Run) -> argparse.ArgumentParser:
    """One command of a group; every one takes --json."""
    parser: argparse.ArgumentParser = group.add_parser(name, help=about, description=about)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def group(commands: Subparsers, name: str, about: str) -> Subparsers:
    """A group of commands."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    return parser.add_subparsers(dest="action", required=True, metavar="ACTION")
