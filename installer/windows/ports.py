r"""What the installer needs of a Windows PC: registry, accounts, services, tasks, the embedded editions' lock, files.

Keys of the registry are written `ROOT\path`: HKLM, HKU, or KIOSK, which is the kiosk account's own hive.
Whatever cannot be done raises SystemRefused and says why.
"""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Protocol

import msgspec

from installer.ports import Done, Shelf

KIOSK = "KIOSK"
EVERYBODY = "everybody else"
"""In place of an account: whose shell is not set by name."""


class Kind(IntEnum):
    """The kinds of values that can be put back, by Windows' own numbers."""

    NONE = 0
    TEXT = 1
    EXPANDED = 2
    BINARY = 3
    NUMBER = 4
    TEXTS = 7
    LONG = 11


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value of the registry: `number` for NUMBER and LONG, `text`, `texts`, or `raw` for BINARY and NONE."""

    kind: Kind
    number: int = 0
    text: str = ""
    texts: tuple[str, ...] = ()
    raw: bytes = b""


def number(value: int) -> Value:
    """A DWORD."""
    return Value(kind=Kind.NUMBER, number=value)


def text(value: str) -> Value:
    """A plain string."""
    return Value(kind=Kind.TEXT, text=value)


def binary(value: bytes) -> Value:
    """Plain bytes."""
    return Value(kind=Kind.BINARY, raw=value)


class Registry(Protocol):
    """The registry, its 64-bit side. A KIOSK hive that is missing, or cannot be seen now, has no keys."""

    def get(self, key: str, name: str) -> Value | None:
        """The value; None where it or its key is missing."""

    def set(self, key: str, name: str, value: Value) -> None:
        """Write it; the key and those above are made."""

    def delete(self, key: str, name: str) -> None:
        """Remove the value; no error if there is none."""

    def keys(self, key: str) -> tuple[str, ...] | None:
        """The names of the keys below it, sorted; None if there is no such key."""

    def delete_key(self, key: str) -> None:
        """Remove the key if nothing is in it; no error if there is none, or if something is."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service; one that starts by itself is started again whenever it ends with an error. `starts`: automatic, manual, disabled."""

    name: str
    command: str
    account: str
    words: str
    starts: str = "automatic"


class Item(StrEnum):
    """What the embedded editions can be told; the name beside it says which one."""

    FEATURE = "feature"
    SHELL = "shell"
    LAUNCHER = "launcher"
    KEY = "key"
    FILTER = "filter"


class WindowsPc(Shelf, Protocol):
    """The PC. Paths are Windows' own, with backslashes."""

    @property
    def registry(self) -> Registry:
        """Its registry."""

    # ---- accounts ----

    def sid(self, account: str) -> str | None:
        """The account's number; None if there is none of this name."""

    def has_profile(self, account: str) -> bool:
        """Whether the account has a profile, and so a hive."""

    def add_kiosk_account(self, name: str) -> None:
        """A plain user without password (Windows lets such a one in at the console alone) and with its own profile."""

    def remove_account(self, name: str) -> None:
        """Remove it with its profile; no error if there is none."""

    def is_administrator(self, name: str) -> bool:
        """Whether this account is one of the administrators."""

    # ---- services and tasks ----

    def service(self, name: str) -> Service | None:
        """The service of this name."""

    def set_service(self, service: Service) -> None:
        """Make it, or change the one that is there."""

    def remove_service(self, name: str) -> None:
        """Stop and remove it; no error if there is none."""

    def is_running(self, name: str) -> bool:
        """Whether this service runs."""

    def start(self, name: str) -> None:
        """Start it and wait until it runs."""

    def stop(self, name: str) -> None:
        """Stop it and wait until it has; no error if it does not run or is not known."""

    def task(self, name: str) -> str | None:
        """The command of a scheduled task."""

    def set_task(self, name: str, command: str, *, every_min: int) -> None:
        """A task of the system's own account, from now on and at every start."""

    def remove_task(self, name: str) -> None:
        """Remove it; no error if there is none."""

    # ---- the embedded editions' lock ----

    def embedded(self, item: Item, name: str) -> str | None:
        """How it is set: "on", "off", "pending" (after a restart), or a text; None where it is not set or not there."""

    def set_embedded(self, item: Item, name: str, value: str | None) -> None:
        """Set it; None: take it away."""

    # ---- files and programs ----

    def own_folder(self, path: str, *, account: str | None) -> None:
        """Make the folder, or take the one that is there: for the system, administrators and this account alone."""

    def access(self, path: str) -> str | None:
        """Who may do what in this folder, as Windows writes it (SDDL); None where there is no folder."""

    def set_access(self, path: str, access: str) -> None:
        """Give the folder this access back."""

    def is_own_folder(self, path: str, *, account: str | None) -> bool:
        """Whether it is there for the system, administrators and this account alone."""

    def run(self, command: Sequence[str], *, given: str = "") -> Done:
        """Run a program to its end, `given` on its standard input."""
