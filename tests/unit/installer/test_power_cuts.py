"""Wherever the power goes, on the way there or back, the machine comes back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.linux.accounts import HaveAccount, HaveGroup
from installer.linux.files import HaveFolder, PutLink
from installer.linux.units import KernelSetting, Running, Stopped
from installer.steps import Step
from tests.fake_system import FakeSystem, PowerCut
from tests.length import IS_LONG
from tests.unit.installer.machines import KIOSK, do, file, machine, undo

PATHS = ("/etc/a.conf", "/etc/deep/er/b.conf", "/etc/deep/c.conf", "/var/d")
UNITS = ("getty@tty1.service", "bilik-agent.service")


files = st.builds(file, st.sampled_from(PATHS), st.sampled_from(("ours", "another")))
links = st.builds(lambda path: PutLink(target=path, to="/dev/null", why=""), st.sampled_from(PATHS))
folders = st.builds(
    lambda path: HaveFolder(target=path, mode=0o700, owner="root", group="root", why=""),
    st.sampled_from(("/var/lib/bilik", "/var/new/er")),
)
units = st.builds(
    lambda kind, name: kind(target=name, why=""), st.sampled_from((Running, Stopped)), st.sampled_from(UNITS)
)
others = st.sampled_from(
    [
        HaveGroup(target="kiosk", why=""),
        KernelSetting(target="/proc/sys/kernel/sysrq", value="0", why=""),
        file("/etc/told", refresh=("systemd", "grub")),
    ]
)
plans = st.lists(
    st.one_of(files, links, folders, units, others), min_size=1, max_size=8, unique_by=lambda step: step.target
)


@st.composite
def machines(draw: st.DrawFn) -> FakeSystem:
    system = machine()
    system.put("/run/systemd/system")
    for path in draw(st.sets(st.sampled_from(PATHS[:3]))):
        system.put(path, "theirs", mode=draw(st.sampled_from((0o600, 0o644))))
    if draw(st.booleans()):
        system.put("/var/lib/bilik/theirs", "kept")
    if draw(st.booleans()):
        system.put("/proc/sys/kernel/sysrq", "438\n")
    system.running |= draw(st.sets(st.sampled_from(UNITS)))
    if draw(st.booleans()):
        system.groups["kiosk"] = 99
    return system


@pytest.mark.shortened
@settings(max_examples=3000 if IS_LONG else 150, deadline=None)
@given(machines(), plans, st.booleans(), st.lists(st.floats(0, 40), max_size=2), st.lists(st.floats(0, 40), max_size=2))
def test_power_cuts_on_the_way_there_and_back_leave_the_machine_as_it_was(
    system: FakeSystem, steps: list[Step], has_account: bool, there: list[float], back: list[float]
) -> None:
    if has_account:
        system.groups["video"] = 44
        steps = [*steps, HaveGroup(target=KIOSK.group, why=""), HaveAccount(account=KIOSK, why="")]
        steps = [one for at, one in enumerate(steps) if one not in steps[:at]]
    before = system.picture()
    for cut_at in (*there, None):
        system.changes, system.cut_at = 0, cut_at
        try:
            do(system, steps)
        except PowerCut:
            continue
        break
    if system.read("/var/lib/bilik") is not None and not system.names("/var/lib/bilik"):
        system.put("/var/lib/bilik/journal", "what a program kept there")
    for cut_at in (*back, None):
        system.changes, system.cut_at = 0, cut_at
        try:
            assert undo(system) == []
        except PowerCut:
            continue
        break
    assert system.picture() == before
