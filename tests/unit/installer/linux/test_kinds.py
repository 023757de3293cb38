"""Each kind of step says in words what is wrong with its thing, and takes back what it did."""

import msgspec
import pytest

from installer.linux.accounts import HaveAccount
from installer.linux.files import HaveFolder, PutLink
from installer.linux.units import KernelSetting, Running, Stopped
from installer.ports import Done, StepFailed
from installer.steps import Step, drifts
from tests.unit.installer.machines import KIOSK, do, file, machine, undo


def test_files_say_what_is_wrong_with_them() -> None:
    system = machine()
    step = file()
    assert step.drift(system) == "/etc/a.conf is missing"
    system.put("/etc/a.conf", "ours", mode=0o600)
    assert step.drift(system) == "/etc/a.conf has the mode 0600 instead of 0644"
    system.nodes["/etc/a.conf"] = msgspec.structs.replace(system.nodes["/etc/a.conf"], mode=0o644, uid=7)
    assert step.drift(system) == "/etc/a.conf belongs to somebody else than root:root"
    system.put("/etc/a.conf")
    assert step.drift(system) == "/etc/a.conf is no file any more"


def test_links_and_folders_say_what_is_wrong_with_them() -> None:
    system = machine()
    link = PutLink(target="/etc/x", to="/dev/null", why="")
    assert link.words == "mask x"
    assert link.drift(system) == "/etc/x is missing"
    system.put("/etc/x", "")
    assert link.drift(system) == "/etc/x does not point to /dev/null"
    folder = HaveFolder(target="/var/lib/b", mode=0o700, owner="root", group="root", why="")
    assert folder.drift(system) == "the directory /var/lib/b is missing"
    system.put("/var/lib/b")
    assert folder.drift(system) == "the directory /var/lib/b is not root:root 0700"


def test_a_file_where_a_directory_is_needed_is_said() -> None:
    system = machine()
    system.put("/etc/deep", "a file")
    with pytest.raises(StepFailed, match="/etc/deep is a file"):
        do(system, [file("/etc/deep/b.conf")])
    assert undo(system) == []


def test_accounts_say_what_is_wrong_with_them_and_get_back_what_they_were() -> None:
    system = machine()
    system.groups |= {"kiosk": 7, "video": 8, "sudo": 9}
    step = HaveAccount(account=KIOSK, why="")
    assert step.drift(system) == "the account kiosk is missing"
    system.set_account(msgspec.structs.replace(KIOSK, groups=("sudo",)))
    assert step.drift(system) == "the account kiosk is in the groups sudo instead of video"
    system.set_account(msgspec.structs.replace(KIOSK, groups=()))
    assert "in the groups none" in str(step.drift(system))
    theirs = msgspec.structs.replace(KIOSK, shell="/bin/bash")
    system.set_account(theirs)
    assert step.drift(system) == "the account kiosk has another home, shell or group"
    do(system, [step])
    system.passwords.add("kiosk")
    assert step.drift(system) == "the account kiosk has a password"
    undo(system)
    assert system.account("kiosk") == theirs


def test_what_runs_and_what_the_kernel_says_is_told() -> None:
    system = machine()
    system.running.add("getty@tty1.service")
    system.put("/proc/sys/kernel/sysrq", "438\n")
    system.put("/proc/odd", "")
    system.nodes["/proc/odd"] = msgspec.structs.replace(system.nodes["/proc/odd"], content=b"\xff")
    steps: list[Step] = [
        Stopped(target="getty@tty1.service", why=""),
        Running(target="x.service", why=""),
        KernelSetting(target="/proc/sys/kernel/sysrq", value="0", why=""),
        KernelSetting(target="/proc/odd", value="0", why=""),
    ]
    assert [one.what for one in drifts(system, steps)] == [
        "getty@tty1.service runs",
        "x.service does not run",
        "/proc/sys/kernel/sysrq is 438 instead of 0",
        "/proc/odd holds no text",
    ]


def test_a_machine_without_systemd_or_a_boot_loader_has_nobody_to_tell() -> None:
    system = machine()
    system.programs["update-grub"] = Done(127)
    do(system, [file(refresh=("systemd", "grub"))])
    assert system.ran == [("update-grub",)]
