"""What runs, and what the kernel is told, as steps."""

from typing import Any, ClassVar

import msgspec

from installer.ports import System, SystemRefused
from installer.words import say


class KernelSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A value in /proc/sys, now; a file in sysctl.d keeps it over a boot. A kernel without it needs none."""

    kind: ClassVar[str] = "kernel"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    value: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return say("set {target} to {value}", target=self.target, value=self.value)

    def look(self, system: System) -> Any:
        """The value there is."""
        return _value(system, self.target)

    def perform(self, system: System) -> None:
        """Set it."""
        if _value(system, self.target) is not None:
            system.poke(self.target, self.value)

    def drift(self, system: System) -> str | None:
        """Another value."""
        found = _value(system, self.target)
        return (
            None
            if found in {None, self.value}
            else say("{target} is {found} instead of {value}", target=self.target, found=found, value=self.value)
        )


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that shall not run."""

    kind: ClassVar[str] = "stopped"
    settles: ClassVar[bool] = True
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return say("stop {target}", target=self.target)

    def look(self, system: System) -> Any:
        """Whether it ran."""
        return system.is_active(self.target)

    def perform(self, system: System) -> None:
        """Stop it."""
        system.stop(self.target)

    def drift(self, system: System) -> str | None:
        """It runs."""
        return say("{target} runs", target=self.target) if system.is_active(self.target) else None


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that shall run. `watched`: verify says so when it does not."""

    kind: ClassVar[str] = "running"
    settles: ClassVar[bool] = True
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return say("start {target}", target=self.target)

    def look(self, system: System) -> Any:
        """Whether it ran."""
        return system.is_active(self.target)

    def perform(self, system: System) -> None:
        """Start it and wait until it is up."""
        system.start(self.target)

    def drift(self, system: System) -> str | None:
        """It does not run."""
        return None if system.is_active(self.target) else say("{target} does not run", target=self.target)


class FirewallLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """The rules are in the kernel, and drop what they do not name."""

    kind: ClassVar[str] = "firewall"
    settles: ClassVar[bool] = True
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return say("load the firewall's rules")

    def look(self, system: System) -> Any:
        """Nothing: the unit takes its rules away when it is stopped."""

    def perform(self, system: System) -> None:
        """Load them anew."""
        system.stop(self.target)
        system.start(self.target)

    def drift(self, system: System) -> str | None:
        """Not loaded, or without its end."""
        for chain in ("in", "out"):
            done = system.run(("nft", "list", "chain", "inet", "bilik", chain))
            if done.code != 0:
                return say("the firewall's rules are not loaded")
            if "policy drop" not in done.out:
                return say("the firewall's chain {chain} lets everything through", chain=chain)
        return None


class SetValueBack:
    """Reverts a kernel setting."""

    settles = False

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Set what it was."""
        was = msgspec.json.decode(before, type=str | None)
        if was is not None and _value(system, target) not in {None, was}:
            system.poke(target, was)


class StartAgain:
    """Reverts a stop."""

    settles = True

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Start it if it ran."""
        if msgspec.json.decode(before, type=bool) and not system.is_active(target):
            system.start(target)


class StopAgain:
    """Reverts a start."""

    settles = True

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Stop it if it did not run."""
        if not msgspec.json.decode(before, type=bool):
            system.stop(target)


class Leave:
    """Reverts nothing: what was done goes with something else that is reverted."""

    settles = False

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Nothing."""


def _value(system: System, path: str) -> str | None:
    found = system.read(path)
    if found is None:
        return None
    try:
        return found.content.decode().strip()
    except UnicodeDecodeError as error:
        raise SystemRefused(say("{path} holds no text", path=path)) from error
