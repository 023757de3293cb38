"""What verify looks at besides the steps: what the machine itself says."""

import json

import msgspec

from installer.ports import System
from installer.words import say


class NoLogin(msgspec.Struct, frozen=True):
    """No login waits on any terminal, the technician's own apart."""

    why: str

    def drift(self, system: System) -> str | None:
        """Which one waits."""
        done = system.run(("systemctl", "list-units", "--type=service", "--state=active", "--output=json", "*getty*"))
        try:
            found = [str(row["unit"]) for row in json.loads(done.out)] if done.code == 0 else []
        except (ValueError, KeyError, TypeError):
            return say("systemd does not say which logins wait")
        return say("{found}: a login waits; restart the PC", found=", ".join(sorted(found))) if found else None


class NotAllowed(msgspec.Struct, frozen=True):
    """An account that may do nothing as somebody else."""

    account: str
    why: str

    def drift(self, system: System) -> str | None:
        """What sudo lets it do."""
        done = system.run(("sudo", "--non-interactive", "--list", "--other-user", self.account))
        allowed = done.code == 0 and "not allowed" not in done.out
        return say("sudo lets {account} act as somebody else", account=self.account) if allowed else None


class Enrolled(msgspec.Struct, frozen=True):
    """The PC is a terminal of a central."""

    why: str

    def drift(self, system: System) -> str | None:
        """It is none."""
        if system.read("/var/lib/bilik/enrolment.json") is None:
            return say("this PC is not enrolled: run `bilik-install --enrolment STRING`")
        return None
