"""The way back of each kind of step: from what was done, from what was never done, and to what was there before."""

import msgspec

from installer.linux.accounts import HaveAccount, HaveGroup
from installer.linux.files import HaveFolder, PutFile
from installer.linux.units import FirewallLoaded, KernelSetting, Running, Stopped
from installer.linux.ways import WAYS
from installer.ports import Account, Done
from installer.steps import Step
from installer.undo import Entry, UndoList
from tests.fake_system import FakeSystem
from tests.unit.installer.machines import do, machine, undo

SYSRQ = KernelSetting(target="/proc/sys/kernel/sysrq", value="0", why="")
OURS = Account(name="booth", home="/run/booth", shell="/usr/sbin/nologin", comment="", group="booth")
FOLDER = HaveFolder(target="/var/lib/bilik", mode=0o700, owner="root", group="root", why="")
FIREWALL = FirewallLoaded(target="bilik-firewall.service", why="")
STEPS: list[Step] = [
    HaveGroup(target="booth", why=""),
    HaveAccount(account=OURS, why=""),
    FOLDER,
    PutFile(target="/etc/new/a.conf", content="ours", why=""),
    SYSRQ,
    Stopped(target="getty@tty1.service", why=""),
    Running(target="bilik-agent.service", why=""),
]


def revert(system: FakeSystem, step: Step, before: object) -> None:
    WAYS[step.kind].revert(system, step.target, msgspec.Raw(msgspec.json.encode(before)))


def full() -> FakeSystem:
    """A machine that has something of everything already."""
    system = machine()
    system.groups["booth"] = 7
    system.set_account(msgspec.structs.replace(OURS, shell="/bin/bash"))
    system.put("/var/lib/bilik/theirs", "kept", mode=0o755)
    system.put("/etc/new/a.conf", "theirs")
    system.put("/proc/sys/kernel/sysrq", "438\n")
    system.running |= {"getty@tty1.service", "bilik-agent.service"}
    return system


def test_what_was_there_before_is_there_again() -> None:
    system = full()
    before = system.picture()
    do(system, STEPS)
    assert system.picture() != before
    assert undo(system) == []
    assert system.picture() == before


def test_what_was_not_there_before_is_gone_again() -> None:
    system = machine()
    before = system.picture()
    do(system, STEPS)
    assert undo(system) == []
    assert system.picture() == before


def test_the_way_back_from_what_was_never_done_changes_nothing() -> None:
    for system in (machine(), full()):
        before = system.picture()
        for step in reversed(STEPS):
            revert(system, step, step.look(system))
        assert system.picture() == before


def test_a_folder_that_somebody_put_something_into_stays() -> None:
    system = machine()
    do(system, STEPS)
    system.put("/etc/new/theirs.conf", "kept")
    assert undo(system) == []
    assert system.names("/etc/new") == ("theirs.conf",)


def test_a_step_done_twice_by_hand_is_as_done_once() -> None:
    system = full()
    do(system, STEPS)
    once = system.picture()
    for step in STEPS:
        step.perform(system)
    assert system.picture() == once


def test_a_kernel_without_the_setting_is_left_alone() -> None:
    system = machine()
    SYSRQ.perform(system)
    assert system.read(SYSRQ.target) is None
    revert(system, SYSRQ, "438")
    assert system.read(SYSRQ.target) is None


def test_a_firewall_that_lets_everything_through_is_loaded_anew() -> None:
    system = machine()
    system.running.add(FIREWALL.target)
    system.programs["nft"] = Done(0, "policy accept")
    assert FIREWALL.drift(system) == "the firewall's chain in lets everything through"
    system.programs["nft"] = Done(1)
    assert FIREWALL.drift(system) == "the firewall's rules are not loaded"
    assert FIREWALL.words == "load the firewall's rules"
    FIREWALL.perform(system)
    assert system.is_active(FIREWALL.target)
    system.programs["nft"] = Done(0, "policy drop")
    assert FIREWALL.drift(system) is None


def test_the_list_is_written_only_when_it_changes() -> None:
    system = machine()
    entry = Entry(kind="file", target="/etc/a", words="", before=msgspec.Raw(b"null"))
    undo_list = UndoList(system)
    undo_list.join(entry)
    changes = system.changes
    undo_list.join(entry)
    undo_list.about_to_revert(entry)
    undo_list.told("nobody")
    assert system.changes == changes
