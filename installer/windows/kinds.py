"""Accounts, services and tasks as steps."""

from typing import Any, ClassVar

import msgspec

from installer.ports import SystemRefused
from installer.windows.ports import Service, WindowsPc


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
        """Not there, without its profile, or more than a plain user."""
        if system.sid(self.target) is None:
            return f"the account {self.target} is missing"
        if system.is_administrator(self.target):
            return f"the account {self.target} is an administrator"
        return None if system.has_profile(self.target) else f"the account {self.target} has no profile"


class RemoveKioskAccount:
    """Reverts the account."""

    settles = False

    def revert(self, system: WindowsPc, target: str, before: msgspec.Raw) -> None:
        """Remove it with its profile if it was not there."""
        if not msgspec.json.decode(before, type=bool):
            system.remove_account(target)


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
