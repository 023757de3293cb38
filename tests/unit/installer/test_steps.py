"""Steps join the undo list before they act, and reverting goes on past errors."""

import pytest

from installer.linux.accounts import HaveGroup
from installer.linux.files import PutFile
from installer.linux.units import Running
from installer.linux.ways import REFRESHES, WAYS
from installer.ports import Done, StepFailed, System, SystemRefused, UndoDamaged
from installer.steps import Step, drifts, revert_all
from installer.undo import FILE, FOLDER, UndoList
from tests.fake_system import FakeSystem
from tests.unit.installer.machines import do, file, machine, undo

# ---- what the engine promises ----


def test_what_is_so_already_is_not_done_again() -> None:
    system = machine()
    assert do(system, [file()]) == 1
    assert do(system, [file()]) == 0


def test_a_second_run_with_another_content_keeps_the_first_memory() -> None:
    system = machine()
    system.put("/etc/a.conf", "theirs")
    before = system.picture()
    do(system, [file(content="one")])
    do(system, [file(content="two")])
    assert undo(system) == []
    assert system.picture() == before


def test_a_step_is_on_the_undo_list_before_it_acts() -> None:
    system = machine()
    seen: list[bool] = []

    class Watched(FakeSystem):
        pass

    class Asking(PutFile, frozen=True):
        def perform(self, system: System) -> None:
            seen.append(any(entry.target == self.target for entry in UndoList(system).entries))
            super().perform(system)

    do(system, [Asking(target="/etc/a.conf", content="ours", why="a test")])
    assert seen == [True]


def test_a_step_that_does_not_hold_stops_the_rest_and_can_be_undone() -> None:
    system = machine()
    before = system.picture()

    class Lost(PutFile, frozen=True):
        def perform(self, system: System) -> None:
            """Nothing."""

    steps: list[Step] = [file(), Lost(target="/etc/lost", content="", why="a test"), file("/etc/after")]
    with pytest.raises(StepFailed, match="/etc/lost is missing"):
        do(system, steps)
    assert system.read("/etc/after") is None
    assert undo(system) == []
    assert system.picture() == before


def test_steps_are_reverted_the_newest_first() -> None:
    system = machine()
    told: list[str] = []
    do(system, [file("/etc/1"), file("/etc/2")])
    revert_all(system, UndoList(system), WAYS, REFRESHES, told.append)
    assert told == ["write /etc/2", "write /etc/1"]


def test_reverting_goes_on_past_an_error_says_which_and_can_be_tried_again() -> None:
    system = machine()
    before = system.picture()
    do(system, [file("/etc/1"), file("/etc/2"), file("/etc/3")])
    system.refuses.add("/etc/2")
    assert undo(system) == ["write /etc/2"]
    assert [system.read(f"/etc/{n}") is None for n in (1, 2, 3)] == [True, False, True]
    assert [entry.target for entry in UndoList(system).entries] == ["/etc/2"]
    system.refuses.clear()
    assert undo(system) == []
    assert system.picture() == before


def test_an_entry_of_another_version_is_named_and_kept() -> None:
    system = machine()
    do(system, [file()])
    text = system.nodes[FILE].content.replace(b'"kind":"file"', b'"kind":"later"')
    system.put(FILE, text.decode())
    assert undo(system) == ["write /etc/a.conf"]
    assert len(UndoList(system).entries) == 1


def test_a_damaged_undo_list_is_said_with_what_helps() -> None:
    system = machine()
    system.put(FILE, "{")
    with pytest.raises(UndoDamaged, match="rescue"):
        UndoList(system)


def test_systemd_is_told_of_changes_once_before_anything_is_started_and_after_the_way_back() -> None:
    system = machine()
    system.put("/run/systemd/system")
    unit = "/etc/systemd/system/x.service"
    do(system, [file(unit, refresh=("systemd",)), file("/etc/b", refresh=("systemd",)), Running(target="x", why="")])
    assert system.ran == [("systemctl", "daemon-reload")]
    undo(system)
    assert system.ran == [("systemctl", "daemon-reload")] * 2
    assert system.read(unit) is None


def test_whoever_could_not_be_told_is_told_by_the_next_run() -> None:
    system = machine()
    system.programs["update-grub"] = Done(1, "no disk")
    steps: list[Step] = [file(refresh=("grub", "somebody unknown"))]
    with pytest.raises(SystemRefused, match="no disk"):
        do(system, steps)
    system.programs["update-grub"] = Done(1)
    with pytest.raises(SystemRefused, match="it said nothing"):
        do(system, steps)
    assert undo(system) == ["telling the system of the changes"]
    system.programs.clear()
    assert undo(system) == []
    assert system.read(FOLDER) is None


def test_a_drift_is_named_with_what_it_is_for() -> None:
    system = machine()
    do(system, [file()])
    system.put("/etc/a.conf", "theirs")
    orphan = PutFile(target="/etc/a.conf", content="theirs", why="another", owner="nobody-there")
    found = drifts(system, [file(), orphan, HaveGroup(target="bilik", why="")])
    assert [(one.why, one.what) for one in found] == [
        ("a test", "/etc/a.conf has another content"),
        ("another", "nobody-there:root is missing"),
        ("", "the group bilik is missing"),
    ]
