"""A Windows PC becomes a booth, is checked, and is given back as it was; its registry is in memory."""

import msgspec
import pytest

from installer.answers import Given
from installer.ports import AnswersWrong, Done, Node, NodeKind, StepFailed, SystemRefused
from installer.undo import UndoList
from installer.windows.booth import ANSWERS, RESCUE, WAYS
from installer.windows.editions import Lock
from installer.windows.plan import CONFIG, FOLDER
from installer.windows.policies import WINLOGON
from installer.windows.ports import Item, Service, number, text
from installer.windows.values import SetValue
from tests.fake_windows import FakePc
from tests.windows_booth import GIVEN, KIOSK, booth, install, locked, quiet

# ---- there and back ----


@pytest.mark.parametrize("edition", ["Professional", "Enterprise"])
def test_a_pc_becomes_a_booth_holds_and_comes_back_as_it_was(edition: str) -> None:
    pc = FakePc(edition)
    pc.needs_restart = False
    pc.registry.put(WINLOGON, "AutoAdminLogon", text("0"))
    before = pc.picture()
    planned = install(pc)
    assert planned.edition == edition
    assert booth(pc).verify() == []
    assert booth(pc).plan(Given()).todo == []
    assert pc.services["bilik-agent"].account == r"NT SERVICE\bilik-agent"
    assert pc.folders["C:\\ProgramData\\Bilik"] == r"own:NT SERVICE\bilik-agent"
    assert booth(pc).uninstall(quiet) == []
    assert pc.picture() == before


def test_planning_changes_nothing() -> None:
    pc = FakePc()
    before = pc.picture()
    planned = booth(pc).plan(GIVEN)
    assert planned.lock is Lock.POLICIES
    assert len(planned.todo) == len(planned.steps)
    assert pc.picture() == before


def test_an_account_and_a_service_that_were_there_stay() -> None:
    pc = FakePc()
    pc.add_kiosk_account(KIOSK)
    theirs = Service(name="bilik-agent", command="theirs.exe", account="LocalSystem", words="Theirs")
    pc.services["bilik-agent"] = theirs
    pc.running.add("bilik-agent")
    pc.nodes["C:\\ProgramData\\Bilik"] = Node(kind=NodeKind.DIRECTORY)
    pc.folders["C:\\ProgramData\\Bilik"] = "everybody"
    pc.nodes[CONFIG] = Node(kind=NodeKind.FILE, content=b"theirs")
    before = pc.picture()
    install(pc)
    assert booth(pc).verify() == []
    assert booth(pc).uninstall(quiet) == []
    assert pc.picture() == before


def test_the_features_of_enterprise_need_a_restart_and_the_same_command_goes_on_after_it() -> None:
    pc = FakePc("Enterprise")
    for name in ("Client-DeviceLockdown", "Client-EmbeddedShellLauncher", "Client-KeyboardFilter"):
        with pytest.raises(StepFailed, match="restart this PC, then run the same command again"):
            install(pc)
        assert pc.told[Item.FEATURE, name] == "pending"
        with pytest.raises(StepFailed, match="restart"):
            install(pc)
        pc.restart()
    install(pc)
    assert booth(pc).verify() == []


# ---- what is refused before anything is done ----


def test_a_pc_on_which_window_and_shell_do_not_come_up_is_not_locked() -> None:
    pc = FakePc()
    before = pc.picture()
    pc.programs["-m installer.windows.trial"] = Done(1, "Traceback\nthe web engine does not load: no DLL")
    with pytest.raises(SystemRefused, match="nothing was changed: the web engine does not load: no DLL"):
        install(pc)
    pc.programs["-m installer.windows.trial"] = Done(127)
    with pytest.raises(SystemRefused, match="it said nothing"):
        install(pc)
    assert pc.picture() == before


def test_windows_home_and_a_missing_edition_are_refused() -> None:
    for pc in (FakePc("Core"), FakePc(build="7601")):
        with pytest.raises(AnswersWrong):
            booth(pc).plan(GIVEN)
    pc = FakePc()
    pc.registry.delete(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "EditionID")
    with pytest.raises(AnswersWrong, match="''"):
        booth(pc).plan(GIVEN)


def test_the_enrolment_is_asked_for_once() -> None:
    pc = FakePc()
    with pytest.raises(AnswersWrong, match="--enrolment"):
        booth(pc).plan(Given())
    install(pc)
    assert booth(pc).is_enrolled
    assert booth(pc).has_pin
    assert pc.heard[-2:] == ["https://central.example.org#ABCD-EFGH\n", "27182818\n"]
    assert "27182818" not in str(pc.nodes[ANSWERS].content)


def test_an_agent_that_does_not_take_the_enrolment_is_heard() -> None:
    pc = FakePc()
    pc.programs["-m agent enroll -"] = Done(1, "bilik-agent: the code is used up")
    with pytest.raises(SystemRefused, match="enrol this PC: the code is used up"):
        install(pc)
    pc.programs["-m agent enroll -"] = Done(1)
    with pytest.raises(SystemRefused, match="it said nothing"):
        install(pc)


def test_a_value_that_could_not_be_put_back_is_not_touched() -> None:
    pc = FakePc()
    pc.power.refuses.add(f"{WINLOGON}: AutoAdminLogon")
    with pytest.raises(SystemRefused, match="so nothing is written there"):
        install(pc)
    assert not [entry for entry in UndoList(pc, FOLDER).entries if entry.kind == SetValue.kind]


def test_an_administrator_is_never_made_the_kiosk_account() -> None:
    pc = FakePc()
    pc.accounts.add(KIOSK)
    pc.administrators.add(KIOSK)
    with pytest.raises(SystemRefused, match="choose another name"):
        install(pc)


def test_somebody_elses_task_of_our_name_is_left_alone() -> None:
    pc = FakePc()
    pc.tasks["bilik-verify"] = "theirs.exe"
    with pytest.raises(SystemRefused, match=r"theirs.exe"):
        install(pc)
    assert booth(pc).uninstall(quiet) == []
    assert pc.tasks == {"bilik-verify": "theirs.exe"}


# ---- the way back goes on ----


def test_what_cannot_be_put_back_is_named_and_the_rest_is_put_back() -> None:
    pc = locked("Enterprise")
    pc.power.refuses |= {"AutoAdminLogon", "Ctrl+Alt+Del"}
    failed = [one.words for one in booth(pc).uninstall(quiet)]
    assert len(failed) == 2
    assert booth(pc).kept() is not None
    pc.power.refuses.clear()
    assert booth(pc).uninstall(quiet) == []
    assert pc.read(FOLDER) is None


def test_a_second_install_writes_a_rescue_that_still_knows_how_it_was_first() -> None:
    pc = FakePc()
    pc.registry.put(WINLOGON, "AutoAdminLogon", text("0"))
    install(pc)
    first = pc.nodes[f"{RESCUE}\\here.reg"].content
    pc.registry.delete(r"HKLM\SYSTEM\Select", "Current")
    install(pc, Given(page_port=50_000))
    again = pc.nodes[f"{RESCUE}\\here.reg"].content
    assert sorted(again.splitlines()) == sorted(first.splitlines())
    assert pc.nodes[f"{RESCUE}\\rescue.cmd"].content.startswith(b"@echo off\r\n")


BEFORE = {
    "value": (f"{WINLOGON} | Name", b'{"value":{"kind":4,"number":7}}'),
    "windows-account": (KIOSK, b"true"),
    "windows-running": ("bilik-agent", b"true"),
    "windows-task": ("bilik-verify", b"true"),
    "windows-handed": (CONFIG, b"true"),
    "windows-service": ("bilik-agent", b'{"name":"bilik-agent","command":"c","account":"a","words":"w"}'),
    "windows-embedded": ("key Win+L", b'"off"'),
}


@pytest.mark.parametrize("kind", BEFORE)
def test_what_was_so_before_is_left_so(kind: str) -> None:
    pc = FakePc()
    pc.add_kiosk_account(KIOSK)
    pc.services["bilik-agent"] = Service(name="bilik-agent", command="c", account="a", words="w")
    pc.running.add("bilik-agent")
    pc.tasks["bilik-verify"] = "c"
    pc.nodes[CONFIG] = Node(kind=NodeKind.FILE)
    pc.told[Item.KEY, "Win+L"] = "off"
    pc.registry.put(WINLOGON, "Name", number(7))
    before = pc.picture()
    target, was = BEFORE[kind]
    WAYS[kind].revert(pc, target, msgspec.Raw(was))
    assert pc.picture() == before
