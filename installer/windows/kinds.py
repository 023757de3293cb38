"""Accounts, folders, files, services, tasks and the embedded editions' lock as steps."""

from typing import Any, ClassVar

import msgspec

from installer.ports import Node, NodeKind, SystemRefused
from installer.windows.ports import Item, Service, WindowsPc


class HaveKioskAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The kiosk's account: a plain user without password, which Windows lets in at the console alone."""

    kind: ClassVar[str] = "windows-account"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return f"make the account {self.target}, without a password, with its own profile"

    def look(self, system: WindowsPc) -> Any:
        """Whether it was there; raises SystemRefused for an administrator, who would be locked out of the PC."""
        there = system.sid(self.target) is not None
        if there and system.is_administrator(self.target):
            raise SystemRefused(f"{self.target} is an administrator of this PC: choose another name for the kiosk")
        return there

    def perform(self, system: WindowsPc) -> None:
        """Make it, or what of it is missing."""
        system.add_kiosk_account(self.target)

    def drift(self, system: WindowsPc) -> str | None:
        """Not there, not yet once logged in, or more than a plain user."""
        if system.sid(self.target) is None:
            return f"the account {self.target} is missing"
        if system.is_administrator(self.target):
            return f"the account {self.target} is an administrator"
        return None if system.registry.keys("KIOSK") is not None else f"the account {self.target} has no profile"


class RemoveKioskAccount:
    """Reverts the account."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Remove it with its profile if it was not there."""
        if not msgspec.json.decode(before, type=bool):
            system.remove_account(target)


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


class HaveService(msgspec.Struct, frozen=True, kw_only=True):
    """A service under an account of its own that nobody can log in with."""

    kind: ClassVar[str] = "windows-service"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    service: Service
    why: str

    @property
    def target(self) -> str:
        """Its name."""
        return self.service.name

    @property
    def words(self) -> str:
        """What is done."""
        return f"make the service {self.target} as {self.service.account}"

    def look(self, system: WindowsPc) -> Any:
        """What it was."""
        return system.service(self.target)

    def perform(self, system: WindowsPc) -> None:
        """Make it, or change it."""
        system.set_service(self.service)

    def drift(self, system: WindowsPc) -> str | None:
        """Missing, or set up in another way."""
        found = system.service(self.target)
        if found is None:
            return f"the service {self.target} is missing"
        if found.account != self.service.account:
            return f"the service {self.target} runs as {found.account} instead of {self.service.account}"
        return None if found == self.service else f"the service {self.target} starts another program or in another way"


class RemoveService:
    """Reverts a service."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Remove it, or give it back what it was."""
        was = msgspec.json.decode(before, type=Service | None)
        if was is None:
            system.remove_service(target)
        elif system.service(target) != was:
            system.set_service(was)


class ServiceRuns(msgspec.Struct, frozen=True, kw_only=True):
    """A service that shall run now."""

    kind: ClassVar[str] = "windows-running"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return f"start {self.target}"

    def look(self, system: WindowsPc) -> Any:
        """Whether it ran."""
        return system.is_running(self.target)

    def perform(self, system: WindowsPc) -> None:
        """Start it."""
        system.start(self.target)

    def drift(self, system: WindowsPc) -> str | None:
        """It does not run."""
        return None if system.is_running(self.target) else f"the service {self.target} does not run"


class StopService:
    """Reverts a start."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Stop it if it did not run."""
        if not msgspec.json.decode(before, type=bool):
            system.stop(target)


class HaveTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task of the system's own account."""

    kind: ClassVar[str] = "windows-task"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    command: str
    every_min: int
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return f"make the task {self.target}, every {self.every_min} minutes"

    def look(self, system: WindowsPc) -> Any:
        """Whether there was one of this name; raises SystemRefused for a stranger's, which could not be put back."""
        found = system.task(self.target)
        if found is not None and found != self.command:
            raise SystemRefused(f"there is another task {self.target} ({found}): rename or remove it first")
        return found is not None

    def perform(self, system: WindowsPc) -> None:
        """Make it."""
        system.set_task(self.target, self.command, every_min=self.every_min)

    def drift(self, system: WindowsPc) -> str | None:
        """Missing, or another command."""
        found = system.task(self.target)
        if found is None:
            return f"the task {self.target} is missing"
        return None if found == self.command else f"the task {self.target} runs something else"


class RemoveTask:
    """Reverts a task."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Remove it if it was not there."""
        if not msgspec.json.decode(before, type=bool):
            system.remove_task(target)


class SetEmbedded(msgspec.Struct, frozen=True, kw_only=True):
    """A thing of Shell Launcher or Keyboard Filter that shall be so; a feature is there after a restart."""

    kind: ClassVar[str] = "windows-embedded"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    item: Item
    name: str
    value: str
    why: str

    @property
    def target(self) -> str:
        """What is set, and which one."""
        return f"{self.item} {self.name}"

    @property
    def words(self) -> str:
        """What is done."""
        return f"{WORDS[self.item]} {self.name}: {self.value}".replace("  ", " ")

    def look(self, system: WindowsPc) -> Any:
        """What it was."""
        return system.embedded(self.item, self.name)

    def perform(self, system: WindowsPc) -> None:
        """Set it, unless it only waits for a restart."""
        if system.embedded(self.item, self.name) != PENDING:
            system.set_embedded(self.item, self.name, self.value)

    def drift(self, system: WindowsPc) -> str | None:
        """Set in another way, or only after a restart."""
        found = system.embedded(self.item, self.name)
        if found == self.value:
            return None
        if found == PENDING:
            return f"{self.name} comes with a restart: restart this PC, then run the same command again"
        return f"{WORDS[self.item]} {self.name} is {found or 'not set'} instead of {self.value}".replace("  ", " ")


PENDING = "pending"
WORDS = {
    Item.FEATURE: "Windows feature",
    Item.SHELL: "Shell Launcher, shell of",
    Item.LAUNCHER: "Shell Launcher",
    Item.KEY: "Keyboard Filter, key",
    Item.FILTER: "Keyboard Filter, setting",
}


class SetEmbeddedBack:
    """Reverts a thing of Shell Launcher or Keyboard Filter."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """What it was; one that waited for a restart then is left to it."""
        word, _, name = target.partition(" ")
        was = msgspec.json.decode(before, type=str | None)
        if was != PENDING and system.embedded(Item(word), name) != was:
            system.set_embedded(Item(word), name, was)
