"""How each kind of step is taken back, and who is told of which change."""

from collections.abc import Mapping

from installer.linux.accounts import HaveAccount, HaveGroup, RemoveAccount, RemoveGroup
from installer.linux.files import HaveFolder, PutBack, PutFile, PutLink, TakeFolderAway
from installer.linux.secrets import Handed
from installer.linux.units import (
    FirewallLoaded,
    KernelSetting,
    Leave,
    Running,
    SetValueBack,
    StartAgain,
    StopAgain,
    Stopped,
)
from installer.ports import System, SystemRefused
from installer.steps import Tell, Way
from installer.words import say

NO_PROGRAM = 127

WAYS: Mapping[str, Way] = {
    PutFile.kind: PutBack(),
    PutLink.kind: PutBack(),
    HaveFolder.kind: TakeFolderAway(),
    HaveGroup.kind: RemoveGroup(),
    HaveAccount.kind: RemoveAccount(),
    KernelSetting.kind: SetValueBack(),
    Stopped.kind: StartAgain(),
    Running.kind: StopAgain(),
    Handed.kind: Leave(),
    FirewallLoaded.kind: Leave(),
}


class Command:
    """Tells somebody by a program; a system without that program, or without `needs`, has nobody to tell."""

    def __init__(self, *command: str, may_fail: bool = False, needs: str = "/") -> None:
        self._command = command
        self._may_fail = may_fail
        self._needs = needs

    def __call__(self, system: System) -> None:
        """Raises SystemRefused if it does not end well."""
        if system.read(self._needs) is None:
            return
        done = system.run(self._command)
        if done.code not in {0, NO_PROGRAM} and not self._may_fail:
            raise SystemRefused(
                say(
                    "`{command}` ended with {code}: {said}",
                    command=" ".join(self._command),
                    code=done.code,
                    said=_last(done.out),
                )
            )


def _systemctl(*words: str, may_fail: bool = False) -> Command:
    return Command("systemctl", *words, may_fail=may_fail, needs="/run/systemd/system")


REFRESHES: Mapping[str, Tell] = {
    "systemd": _systemctl("daemon-reload"),
    "init": _systemctl("daemon-reexec"),
    "logind": _systemctl("kill", "--signal=HUP", "systemd-logind.service", may_fail=True),
    "journald": _systemctl("try-restart", "systemd-journald.service", may_fail=True),
    "udev": Command("udevadm", "control", "--reload", may_fail=True),
    "initramfs": Command("update-initramfs", "-u"),
    "grub": Command("update-grub"),
    "firewall": _systemctl("try-restart", "bilik-firewall.service", may_fail=True),
    "agent": _systemctl("try-restart", "bilik-agent.service", may_fail=True),
    "kiosk": _systemctl("try-restart", "bilik-kiosk.service", may_fail=True),
}
"""In a rescue from elsewhere systemd does not run: the next boot reads everything anew."""


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else say("it said nothing")
