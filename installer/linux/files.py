"""Files, links and directories as steps: with the directories above them, and back to the byte."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

import msgspec

from installer.ports import Node, NodeKind, StepFailed, System
from installer.words import say

OPEN_FOLDER = Node(kind=NodeKind.DIRECTORY, mode=0o755)


class Before(msgspec.Struct, frozen=True):
    """What was at a path, and which directories above it were not there, the outermost first."""

    node: Node | None
    missing: tuple[str, ...]


class PutFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file with this content, for `owner` and `group` by name."""

    kind: ClassVar[str] = "file"
    settles: ClassVar[bool] = False
    target: str
    content: str
    why: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    refresh: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is done."""
        return say("write {target}", target=self.target)

    def look(self, system: System) -> Any:
        """The file and the directories that are missing above it."""
        return look_at(system, self.target)

    def perform(self, system: System) -> None:
        """Make the directories and put the file there."""
        make_folders(system, self.target)
        uid, gid = system.ids(self.owner, self.group)
        content = self.content.encode()
        node = Node(kind=NodeKind.FILE, content=content, mode=self.mode, uid=uid, gid=gid)
        system.write(self.target, node)

    def drift(self, system: System) -> str | None:
        """Another content, another owner, another mode, or nothing there."""
        found = system.read(self.target)
        if found is None:
            return say("{target} is missing", target=self.target)
        if found.kind is not NodeKind.FILE:
            return say("{target} is no file any more", target=self.target)
        if found.content != self.content.encode():
            return say("{target} has another content", target=self.target)
        if found.mode != self.mode:
            return say(
                "{target} has the mode {mode:04o} instead of {wanted:04o}",
                target=self.target,
                mode=found.mode,
                wanted=self.mode,
            )
        if (found.uid, found.gid) != system.ids(self.owner, self.group):
            return say(
                "{target} belongs to somebody else than {owner}:{group}",
                target=self.target,
                owner=self.owner,
                group=self.group,
            )
        return None


class PutLink(msgspec.Struct, frozen=True, kw_only=True):
    """A symbolic link."""

    kind: ClassVar[str] = "link"
    settles: ClassVar[bool] = False
    target: str
    to: str
    why: str
    refresh: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is done; a link to nowhere is how systemd is told never to start something."""
        return (
            say("mask {name}", name=PurePosixPath(self.target).name)
            if self.to == "/dev/null"
            else say("link {target}", target=self.target)
        )

    def look(self, system: System) -> Any:
        """What is there and the directories that are missing above it."""
        return look_at(system, self.target)

    def perform(self, system: System) -> None:
        """Make the directories and put the link there."""
        make_folders(system, self.target)
        system.write(self.target, Node(kind=NodeKind.LINK, target=self.to))

    def drift(self, system: System) -> str | None:
        """Another target, or no link."""
        found = system.read(self.target)
        if found is None:
            return say("{target} is missing", target=self.target)
        if found.kind is not NodeKind.LINK or found.target != self.to:
            return say("{target} does not point to {to}", target=self.target, to=self.to)
        return None


class HaveFolder(msgspec.Struct, frozen=True, kw_only=True):
    """A directory for `owner` and `group`; what programs keep in it goes with it when it was not there before."""

    kind: ClassVar[str] = "folder"
    settles: ClassVar[bool] = False
    target: str
    why: str
    mode: int
    owner: str
    group: str
    refresh: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is done."""
        return say("make the directory {target}", target=self.target)

    def look(self, system: System) -> Any:
        """The directory and those that are missing above it."""
        return look_at(system, self.target)

    def perform(self, system: System) -> None:
        """Make it and those above it."""
        make_folders(system, self.target)
        uid, gid = system.ids(self.owner, self.group)
        system.make_directory(self.target, Node(kind=NodeKind.DIRECTORY, mode=self.mode, uid=uid, gid=gid))

    def drift(self, system: System) -> str | None:
        """Not there, or for others."""
        found = system.read(self.target)
        if found is None or found.kind is not NodeKind.DIRECTORY:
            return say("the directory {target} is missing", target=self.target)
        if found.mode != self.mode or (found.uid, found.gid) != system.ids(self.owner, self.group):
            return say(
                "the directory {target} is not {owner}:{group} {mode:04o}",
                target=self.target,
                owner=self.owner,
                group=self.group,
                mode=self.mode,
            )
        return None


class PutBack:
    """Reverts files and links: what was there is there again, and directories that were made are gone if empty."""

    settles = False

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Safe on what was never done."""
        was = msgspec.json.decode(before, type=Before)
        if was.node is None:
            system.remove(target)
        elif system.read(target) != was.node:
            system.write(target, was.node)
        remove_folders(system, was.missing)


class TakeFolderAway:
    """Reverts a directory: with everything in it where there was none."""

    settles = False

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Safe on what was never done."""
        was = msgspec.json.decode(before, type=Before)
        if was.node is None:
            system.remove_tree(target)
        else:
            system.make_directory(target, was.node)
        remove_folders(system, was.missing)


def look_at(system: System, path: str) -> Before:
    """What a revert has to know of a path; raises StepFailed if a directory is in the way of a file."""
    missing = [folder for folder in folders_of(path) if system.read(folder) is None]
    return Before(system.read(path), tuple(missing))


def folders_of(path: str) -> list[str]:
    """The directories above a path, the outermost first, without the root."""
    return [str(folder) for folder in reversed(PurePosixPath(path).parents)][1:]


def make_folders(system: System, path: str) -> None:
    """Make those that are missing above a path, for all to read."""
    for folder in folders_of(path):
        found = system.read(folder)
        if found is None:
            system.make_directory(folder, OPEN_FOLDER)
        elif found.kind is NodeKind.FILE:
            raise StepFailed(say("{folder} is a file, and a directory is needed there: move it away", folder=folder))


def remove_folders(system: System, folders: tuple[str, ...]) -> None:
    """Remove these if nothing is in them, the innermost first."""
    for folder in reversed(folders):
        if not system.names(folder):
            system.remove(folder)
