"""Groups and accounts as steps."""

from typing import Any, ClassVar

import msgspec

from installer.ports import Account, System


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
        return f"make the group {self.target}"

    def look(self, system: System) -> Any:
        """Whether it was there."""
        return system.has_group(self.target)

    def perform(self, system: System) -> None:
        """Make it."""
        if not system.has_group(self.target):
            system.add_group(self.target)

    def drift(self, system: System) -> str | None:
        """Not there."""
        return None if system.has_group(self.target) else f"the group {self.target} is missing"


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
        return f"make the account {self.target}, without a password"

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
            return f"the account {self.target} is missing"
        if found.groups != wanted.groups:
            return f"the account {self.target} is in the groups {_listed(found.groups)} instead of {_listed(wanted.groups)}"
        if found != wanted:
            return f"the account {self.target} has another home, shell or group"
        if not system.is_locked(self.target):
            return f"the account {self.target} has a password"
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
    return ", ".join(groups) or "none"
