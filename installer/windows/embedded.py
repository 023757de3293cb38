"""Shell Launcher and Keyboard Filter, the lock of the embedded editions, as steps."""

from typing import Any, ClassVar

import msgspec

from installer.windows.ports import Item, WindowsPc


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
