"""What has changed on a Windows booth is said in words."""

import pytest

from installer.ports import AnswersWrong, Node, NodeKind
from installer.steps import drifts
from installer.windows.booth import ANSWERS
from installer.windows.folders import HaveOwnFolder, PutText
from installer.windows.kinds import HaveKioskAccount, HaveService, HaveTask
from installer.windows.plan import CONFIG
from installer.windows.policies import WINLOGON
from installer.windows.ports import Kind, Service, Value, number, text
from installer.windows.values import shown
from tests.fake_windows import FakePc
from tests.windows_booth import GIVEN, KIOSK, booth, locked


def test_a_pc_that_is_no_booth_says_so_and_damaged_answers_too() -> None:
    pc = FakePc()
    with pytest.raises(AnswersWrong, match="was not set up"):
        booth(pc).verify()
    pc.nodes[ANSWERS] = Node(kind=NodeKind.FILE, content=b"{")
    with pytest.raises(AnswersWrong, match="cannot be read"):
        booth(pc).verify()


def test_every_change_is_named_in_words() -> None:
    pc = locked()
    pc.registry.put(WINLOGON, "AutoAdminLogon", text("a secret of theirs"))
    pc.registry.put(WINLOGON, "AutoRestartShell", number(0))
    pc.registry.delete(WINLOGON, "DefaultUserName")
    pc.running.clear()
    pc.tasks["bilik-verify"] = "theirs.exe"
    pc.administrators.add(KIOSK)
    pc.nodes[CONFIG] = Node(kind=NodeKind.FILE, content=b"theirs")
    del pc.nodes["C:\\ProgramData\\Bilik\\enrolment.json"]
    said = [one.what for one in booth(pc).verify()]
    assert said == [
        "the account bilik-kiosk is an administrator",
        rf"{CONFIG} has another content",
        "the service bilik-agent does not run",
        f'{WINLOGON}: DefaultUserName is missing instead of "bilik-kiosk"',
        f"{WINLOGON}: AutoRestartShell is 0 instead of 1",
        f'{WINLOGON}: AutoAdminLogon is another text instead of "1"',
        "the task bilik-verify runs something else",
        "this PC is not enrolled: run `bilik-install --enrolment STRING`",
    ]


def test_what_is_gone_is_named_in_words() -> None:
    pc = locked("Enterprise")
    pc.services.clear()
    pc.tasks.clear()
    pc.remove_tree("C:\\ProgramData\\Bilik")
    pc.remove_account(KIOSK)
    pc.told.clear()
    said = [one.what for one in booth(pc).verify()]
    for words in (
        "Windows feature Client-KeyboardFilter is not set instead of on",
        "Shell Launcher is not set instead of on",
        "Keyboard Filter, key Ctrl+Alt+Del is not set instead of on",
        "the account bilik-kiosk is missing",
        "the service bilik-agent is missing",
        "the folder C:\\ProgramData\\Bilik is missing",
        f"{CONFIG} is missing",
        "the task bilik-verify is missing",
    ):
        assert words in said


def test_a_service_under_another_account_or_with_another_program_and_an_account_without_profile_are_named() -> None:
    pc = locked()
    ours = pc.services["bilik-agent"]
    pc.services["bilik-agent"] = Service(name=ours.name, command=ours.command, account="LocalSystem", words=ours.words)
    assert [one.what for one in booth(pc).verify()] == [
        r"the service bilik-agent runs as LocalSystem instead of NT SERVICE\bilik-agent"
    ]
    pc.services["bilik-agent"] = Service(name=ours.name, command="other", account=ours.account, words=ours.words)
    pc.profiles.clear()
    said = [one.what for one in booth(pc).verify()]
    assert "the account bilik-kiosk has no profile" in said
    assert "the service bilik-agent starts another program or in another way" in said


def test_every_kind_of_value_has_words() -> None:
    values = [number(1), Value(kind=Kind.TEXTS, texts=("a",)), Value(kind=Kind.BINARY, raw=b"ab"), text("x")]
    assert [shown(one) for one in values] == ["1", "1 texts", "2 bytes", '"x"']


def test_every_step_has_words_and_what_it_is_for() -> None:
    for edition in ("Professional", "Enterprise"):
        for step in booth(FakePc(edition)).plan(GIVEN).steps:
            assert len(step.words) > 10
            assert step.why
            assert "27182818" not in step.words
            assert "ABCD" not in step.words


def test_while_the_kiosk_account_is_not_logged_in_its_own_values_are_not_looked_at() -> None:
    pc = locked()
    pc.registry.drop("KIOSK")
    assert booth(pc).verify() == []
    pc.registry.put(WINLOGON, "AutoRestartShell", number(0))
    assert len(booth(pc).verify()) == 1


def test_steps_alone_say_what_they_find() -> None:
    pc = FakePc()
    pc.nodes["C:\\x"] = Node(kind=NodeKind.FILE)
    service = Service(name="s", command="c", account="a", words="w")
    found = drifts(
        pc,
        [
            HaveOwnFolder(target="C:\\x", account="a", why=""),
            HaveKioskAccount(target="k", why=""),
            HaveService(service=service, why=""),
            HaveTask(target="t", command="c", every_min=1, why=""),
            PutText(target="C:\\y", content="", why=""),
        ],
    )
    assert len(found) == 5
