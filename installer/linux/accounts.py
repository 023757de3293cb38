"""Groups and accounts as steps."""

from typing import Any, ClassVar

import msgspec

from installer.ports import Account, System
from installer.words import say


class HaveGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A system group."""

    kind: ClassVar[str] = "group"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    target: str
    why: str

    @property
    def words(self) -> str:
        """What is done."""
        return say("make the group {target}", target=self.target)

    def look(self, system: System) -> Any:
        """Whether it was there."""
        return system.has_group(self.target)

    def perform(self, system: System) -> None:
        """Make it."""
        if not system.has_group(self.target):
            system.add_group(self.target)

    def drift(self, system: System) -> str | None:
        """Not there."""
        return None if system.has_group(self.target) else say("the group {target} is missing", target=self.target)


class HaveAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that no password opens; further groups that this system does not have are left out."""

    kind: ClassVar[str] = "account"
    settles: ClassVar[bool] = False
    refresh: ClassVar[tuple[str, ...]] = ()
    account: Account
    why: str

    @property
    def target(self) -> str:
        """Its name."""
        return self.account.name

    @property
    def words(self) -> str:
        """What is done."""
        return say("make the account {target}, without a password", target=self.target)

    def look(self, system: System) -> Any:
        """What it was."""
        return system.account(self.target)

    def perform(self, system: System) -> None:
        """Make it, or change it."""
        system.set_account(self._wanted(system))

    def drift(self, system: System) -> str | None:
        """Not there, changed, in other groups, or open to a password."""
        found, wanted = system.account(self.target), self._wanted(system)
        if found is None:
            return say("the account {target} is missing", target=self.target)
        if found.groups != wanted.groups:
            return say(
                "the account {target} is in the groups {found} instead of {wanted}",
                target=self.target,
                found=_listed(found.groups),
                wanted=_listed(wanted.groups),
            )
        if found != wanted:
            return say("the account {target} has another home, shell or group", target=self.target)
        if not system.is_locked(self.target):
            return say("the account {target} has a password", target=self.target)
        return None

    def _wanted(self, system: System) -> Account:
        groups = tuple(group for group in self.account.groups if system.has_group(group))
        return msgspec.structs.replace(self.account, groups=groups)


class RemoveGroup:
    """Reverts a group."""

    settles = False

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Remove it if it was not there."""
        if not msgspec.json.decode(before, type=bool):
            system.remove_group(target)


class RemoveAccount:
    """Reverts an account."""

    settles = False

    def revert(self, system: System, target: str, before: msgspec.Raw) -> None:
        """Remove it if it was not there, else give it back what it had; a password it had is not given back."""
        was = msgspec.json.decode(before, type=Account | None)
        if was is None:
            system.remove_account(target)
        elif system.account(target) != was:
            system.set_account(was)


def _listed(groups: tuple[str, ...]) -> str:
    return ", ".join(groups) or say("none")
