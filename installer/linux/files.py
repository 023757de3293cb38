"""Files, links and directories as steps: with the directories above them, and back to the byte."""

from pathlib import PurePosixPath
from typing import Any, ClassVar

import msgspec

from installer.ports import Node, NodeKind, StepFailed, System

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
        return f"write {self.target}"

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
            return f"{self.target} is missing"
        if found.kind is not NodeKind.FILE:
            return f"{self.target} is no file any more"
        if found.content != self.content.encode():
            return f"{self.target} has another content"
        if found.mode != self.mode:
            return f"{self.target} has the mode {found.mode:04o} instead of {self.mode:04o}"
        if (found.uid, found.gid) != system.ids(self.owner, self.group):
            return f"{self.target} belongs to somebody else than {self.owner}:{self.group}"
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
        return f"mask {PurePosixPath(self.target).name}" if self.to == "/dev/null" else f"link {self.target}"

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
            return f"{self.target} is missing"
        if found.kind is not NodeKind.LINK or found.target != self.to:
            return f"{self.target} does not point to {self.to}"
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
        return f"make the directory {self.target}"

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
            return f"the directory {self.target} is missing"
        if found.mode != self.mode or (found.uid, found.gid) != system.ids(self.owner, self.group):
            return f"the directory {self.target} is not {self.owner}:{self.group} {self.mode:04o}"
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
            raise StepFailed(f"{folder} is a file, and a directory is needed there: move it away")


def remove_folders(system: System, folders: tuple[str, ...]) -> None:
    """Remove these if nothing is in them, the innermost first."""
    for folder in reversed(folders):
        if not system.names(folder):
            system.remove(folder)
