"""The undo list: what there was before each step, on the disk before the step acts."""

import msgspec

from installer.ports import Node, NodeKind, Shelf, UndoDamaged
from installer.words import say

FOLDER = "/var/lib/bilik-install"
FILE = f"{FOLDER}/undo.json"
PRIVATE_FOLDER = Node(kind=NodeKind.DIRECTORY, mode=0o700)


def file_in(folder: str) -> str:
    """Where the undo list is in its folder, on either system."""
    return folder + ("\\" if "\\" in folder else "/") + "undo.json"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One step's past: enough to revert it without knowing the plan it came from."""

    kind: str
    target: str
    words: str
    before: msgspec.Raw
    refresh: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What makes two entries the same."""
        return self.kind, self.target


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """`entries` in the order they were done; `owed`: what has to be told of changes already made."""

    entries: tuple[Entry, ...] = ()
    owed: tuple[str, ...] = ()


class UndoList:
    """The undo list of one machine. Every change of it is on the disk when the method returns."""

    def __init__(self, system: Shelf, folder: str = FOLDER) -> None:
        self._system = system
        self._folder = folder
        self._file = file_in(folder)
        self._undo = _read(system, self._file)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The oldest first."""
        return self._undo.entries

    @property
    def owed(self) -> tuple[str, ...]:
        """Who has yet to be told of changes, by name."""
        return self._undo.owed

    def join(self, entry: Entry) -> None:
        """Remember this; what was remembered first for the same thing stays."""
        known = any(one.key == entry.key for one in self.entries)
        entries = self.entries if known else (*self.entries, entry)
        self._keep(Undo(entries=entries, owed=_with(self.owed, entry.refresh)))

    def about_to_revert(self, entry: Entry) -> None:
        """Remember who has to be told once this is reverted."""
        self._keep(Undo(entries=self.entries, owed=_with(self.owed, entry.refresh)))

    def leave(self, entry: Entry) -> None:
        """It is reverted."""
        self._keep(Undo(entries=tuple(one for one in self.entries if one.key != entry.key), owed=self.owed))

    def told(self, name: str) -> None:
        """These have been told."""
        self._keep(Undo(entries=self.entries, owed=tuple(one for one in self.owed if one != name)))

    def close(self) -> None:
        """Remove the list and its folder: everything is reverted."""
        self._system.remove_tree(self._folder)

    def _keep(self, undo: Undo) -> None:
        if undo != self._undo:
            self._system.make_directory(self._folder, PRIVATE_FOLDER)
            self._system.write(self._file, Node(kind=NodeKind.FILE, content=msgspec.json.encode(undo), mode=0o600))
            self._undo = undo


def _with(owed: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return (*owed, *(one for one in more if one not in owed))


def _read(system: Shelf, file: str) -> Undo:
    found = system.read(file)
    if found is None:
        return Undo()
    try:
        return msgspec.json.decode(found.content, type=Undo)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UndoDamaged(
            say(
                "{file} cannot be read ({error}): `bilik-install rescue` gives the PC back without it",
                file=file,
                error=error,
            )
        ) from error
