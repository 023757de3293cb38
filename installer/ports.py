"""What the installer needs of a Linux machine, as one small Protocol.

Errors, by what to do about them:

    InstallError
    ├── AnswersWrong    what was asked and answered cannot be used: say it better
    ├── SystemRefused   the machine did not do it (`what`, `why`): mend it, then run the same command again
    ├── StepFailed      a step was done and is not as it should be: the same
    └── UndoDamaged     the undo list cannot be read: `bilik-install rescue` works without it
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec


class InstallError(Exception):
    """The root of all errors that are not bugs; the message says what, where and what to do next."""


class AnswersWrong(InstallError):
    """An answer cannot be used."""


class SystemRefused(InstallError):
    """The machine did not do it."""


class StepFailed(InstallError):
    """A step was done and is not as it should be."""


class UndoDamaged(InstallError):
    """The undo list cannot be read."""


class NodeKind(StrEnum):
    """What may be at a path; all else (devices, sockets) is left alone and refused."""

    FILE = "file"
    LINK = "link"
    DIRECTORY = "directory"


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """What is at a path. `content`: a file's bytes; `target`: where a link points. A link's mode and owner say nothing."""

    kind: NodeKind
    content: bytes = b""
    target: str = ""
    mode: int = 0
    uid: int = 0
    gid: int = 0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account without a password. `groups` are further ones beside the one of its own name, sorted."""

    name: str
    home: str
    shell: str
    comment: str
    group: str
    groups: tuple[str, ...] = ()


class Done(msgspec.Struct, frozen=True):
    """How a command ended; 127: there is no such program."""

    code: int
    out: str = ""


class Shelf(Protocol):
    """Where the undo list is kept. Whatever cannot be done raises SystemRefused and says why."""

    def read(self, path: str) -> Node | None:
        """What is at this path itself; a link is not followed."""

    def write(self, path: str, node: Node) -> None:
        """Put a file or link there, whole or not at all, in place of any file or link, on the disk when it returns."""

    def make_directory(self, path: str, node: Node) -> None:
        """Make it, or give the one that is there this mode and owner; the directory above must be there."""

    def remove_tree(self, path: str) -> None:
        """Remove it with all that is in it; no error if nothing is there."""


class System(Shelf, Protocol):
    """The machine. Whatever cannot be done raises SystemRefused and says why."""

    # ---- files ----

    def remove(self, path: str) -> None:
        """Remove a file, a link or an empty directory; no error if nothing is there."""

    def names(self, path: str) -> tuple[str, ...]:
        """What is in this directory, sorted; empty if there is no directory."""

    def poke(self, path: str, text: str) -> None:
        """Write into one of the kernel's files."""

    # ---- accounts ----

    def ids(self, owner: str, group: str) -> tuple[int, int]:
        """The numbers of an account and a group."""

    def has_group(self, name: str) -> bool:
        """Whether there is such a group."""

    def add_group(self, name: str) -> None:
        """Make a system group."""

    def remove_group(self, name: str) -> None:
        """Remove it; no error if there is none."""

    def account(self, name: str) -> Account | None:
        """The account of this name."""

    def is_locked(self, name: str) -> bool:
        """Whether no password opens this account."""

    def set_account(self, account: Account) -> None:
        """Make it, or change the one that is there, and take every password from it."""

    def remove_account(self, name: str) -> None:
        """Remove it, not its files; no error if there is none."""

    # ---- programs ----

    def run(self, command: Sequence[str], *, given: str = "") -> Done:
        """Run a program to its end, `given` on its standard input."""

    def is_active(self, unit: str) -> bool:
        """Whether systemd runs this unit; without systemd nothing is."""

    def start(self, unit: str) -> None:
        """Let systemd start it and wait until it is up; without systemd the next boot does."""

    def stop(self, unit: str) -> None:
        """Let systemd stop it; no error if it does not run or is not known."""
