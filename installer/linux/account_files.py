"""Reads the account files of a machine, which may be mounted somewhere: passwd, group and shadow."""

from pathlib import Path

from installer.ports import Account, SystemRefused
from installer.words import say

NO_PASSWORD = ("!", "*")


class AccountFiles:
    """The files of one `etc`. Accounts of other places (LDAP) are not seen, and none of ours is there."""

    def __init__(self, etc: Path) -> None:
        self._etc = etc

    def _rows(self, name: str) -> list[list[str]]:
        try:
            text = (self._etc / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise SystemRefused(say("{file} cannot be read: {error}", file=self._etc / name, error=error)) from error
        return [line.split(":") for line in text.splitlines() if line.count(":") >= 2]

    def _row(self, file: str, name: str) -> list[str] | None:
        return next((row for row in self._rows(file) if row[0] == name), None)

    def uid(self, name: str) -> int:
        """An account's number; raises SystemRefused."""
        return self._number("passwd", name, "account")

    def gid(self, name: str) -> int:
        """A group's number; raises SystemRefused."""
        return self._number("group", name, "group")

    def _number(self, file: str, name: str, what: str) -> int:
        row = self._row(file, name)
        if row is None:
            raise SystemRefused(
                say("the {what} {name} is missing: run `bilik-install` again", what=say(what), name=name)
            )
        return int(row[2])

    def has_group(self, name: str) -> bool:
        """Whether there is such a group."""
        return self._row("group", name) is not None

    def account(self, name: str) -> Account | None:
        """The account of this name with all its groups."""
        row = self._row("passwd", name)
        if row is None or len(row) < 7:
            return None
        groups = self._rows("group")
        own = next((group[0] for group in groups if group[2] == row[3]), row[3])
        further = sorted(group[0] for group in groups if name in group[-1].split(",") and group[0] != own)
        return Account(name=name, home=row[5], shell=row[6], comment=row[4], group=own, groups=tuple(further))

    def is_locked(self, name: str) -> bool:
        """Whether no password opens this account."""
        row = self._row("shadow", name)
        return row is not None and row[1].startswith(NO_PASSWORD)
