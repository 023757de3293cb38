"""Folders of our own and the files in them as steps."""

from typing import Any, ClassVar

import msgspec

from installer.ports import Node, NodeKind
from installer.windows.ports import WindowsPc


class HaveOwnFolder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that the system, the administrators and one account alone can open."""

    kind: ClassVar[str] = "windows-folder"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    account: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return f"make the folder {self.target} for {self.account} alone"

    def look(self, system: WindowsPc) -> Any:
        """Who could open it; nothing where there was none."""
        return system.access(self.target)

    def perform(self, system: WindowsPc) -> None:
        """Make it, or take it."""
        system.own_folder(self.target, account=self.account)

    def drift(self, system: WindowsPc) -> str | None:
        """Not there, or open to others: anybody may have made it before us."""
        if system.access(self.target) is None:
            return f"the folder {self.target} is missing"
        is_own = system.is_own_folder(self.target, account=self.account)
        return None if is_own else f"the folder {self.target} can be opened by others"


class TakeOwnFolderAway:
    """Reverts a folder."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Remove it with what the agent has kept there, or give it back to those it was for."""
        was = msgspec.json.decode(before, type=str | None)
        if was is None:
            system.remove_tree(target)
        else:
            system.set_access(target, was)


class PutText(msgspec.Struct, frozen=True, kw_only=True):
    """A file of ours with this text."""

    kind: ClassVar[str] = "windows-file"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    content: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return f"write {self.target}"

    def look(self, system: WindowsPc) -> Any:
        """What was there."""
        return system.read(self.target)

    def perform(self, system: WindowsPc) -> None:
        """Write it whole."""
        system.write(self.target, Node(kind=NodeKind.FILE, content=self.content.encode()))

    def drift(self, system: WindowsPc) -> str | None:
        """Missing, or another text."""
        found = system.read(self.target)
        if found is None:
            return f"{self.target} is missing"
        return None if found.content == self.content.encode() else f"{self.target} has another content"


class PutTextBack:
    """Reverts a file."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """What was there, or nothing."""
        was = msgspec.json.decode(before, type=Node | None)
        if was is None:
            system.remove_tree(target)
        else:
            system.write(target, was)
