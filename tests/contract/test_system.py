"""The installer's machine: the one in memory and a real one keep the same promises."""

import os
from pathlib import Path

import pytest

from installer.linux.system import FRESH, LinuxSystem
from installer.ports import Account, Node, NodeKind, System, SystemRefused
from tests.fake_system import FakeSystem

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator makes accounts and gives files away")

FILES = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "group": "root:x:0:\nvideo:x:44:\naudio:x:29:\n",
    "shadow": "root:*:1:0:99999:7:::\n",
    "gshadow": "root:*::\nvideo:!::\naudio:!::\n",
    "login.defs": "SYS_UID_MIN 100\nSYS_UID_MAX 999\nSYS_GID_MIN 100\nSYS_GID_MAX 999\nUSERGROUPS_ENAB yes\n",
}
CONTENT = Node(kind=NodeKind.FILE, content=b"one\n", mode=0o640, uid=7, gid=8)
FOLDER = Node(kind=NodeKind.DIRECTORY, mode=0o750, uid=7, gid=8)
BOOTH = Account(name="booth", home="/run/booth", shell="/usr/sbin/nologin", comment="Bilik", group="booth")


@pytest.fixture(params=["memory", "real"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> System:
    if request.param == "real":
        (tmp_path / "etc").mkdir()
        for name, text in FILES.items():
            (tmp_path / "etc" / name).write_text(text)
        return LinuxSystem(tmp_path)
    fake = FakeSystem()
    for name, text in FILES.items():
        fake.put(f"/etc/{name}", text)
    fake.groups |= {"video": 44, "audio": 29}
    return fake


def test_a_file_comes_back_as_it_was_written(system: System) -> None:
    assert system.read("/etc/a") is None
    assert system.read("/etc/passwd/below/a/file") is None
    system.write("/etc/a", CONTENT)
    assert system.read("/etc/a") == CONTENT


def test_a_file_or_link_takes_the_place_of_any_other(system: System) -> None:
    link = Node(kind=NodeKind.LINK, target="/dev/null")
    system.write("/etc/a", CONTENT)
    system.write("/etc/a", link)
    assert system.read("/etc/a") == link
    system.write("/etc/a", CONTENT)
    assert system.read("/etc/a") == CONTENT


def test_a_file_needs_its_directory_and_does_not_replace_one(system: System) -> None:
    with pytest.raises(SystemRefused, match="/etc/no/a cannot be written"):
        system.write("/etc/no/a", CONTENT)
    system.make_directory("/etc/dir", FOLDER)
    with pytest.raises(SystemRefused, match="/etc/dir cannot be written"):
        system.write("/etc/dir", CONTENT)


def test_a_directory_is_made_once_and_can_be_given_away(system: System) -> None:
    system.make_directory("/etc/dir", FOLDER)
    assert system.read("/etc/dir") == FOLDER
    mine = Node(kind=NodeKind.DIRECTORY, mode=0o700)
    system.make_directory("/etc/dir", mine)
    assert system.read("/etc/dir") == mine
    with pytest.raises(SystemRefused):
        system.make_directory("/etc/no/dir", FOLDER)
    with pytest.raises(SystemRefused):
        system.make_directory("/etc/passwd", FOLDER)


def test_names_are_sorted_and_of_one_directory(system: System) -> None:
    system.make_directory("/etc/dir", FOLDER)
    assert system.names("/etc/dir") == system.names("/nowhere") == ()
    for name in ("b", "a"):
        system.write(f"/etc/dir/{name}", CONTENT)
    assert system.names("/etc/dir") == ("a", "b")


def test_what_is_removed_is_gone_and_may_be_removed_again(system: System) -> None:
    system.make_directory("/etc/dir", FOLDER)
    system.write("/etc/dir/a", CONTENT)
    with pytest.raises(SystemRefused):
        system.remove("/etc/dir")
    system.remove("/etc/dir/a")
    system.remove("/etc/dir/a")
    system.remove("/etc/dir")
    assert system.read("/etc/dir") is None


def test_a_tree_goes_with_all_that_is_in_it(system: System) -> None:
    for folder in ("/etc/dir", "/etc/dir/deep"):
        system.make_directory(folder, FOLDER)
    system.write("/etc/dir/deep/a", CONTENT)
    system.remove_tree("/etc/dir")
    system.remove_tree("/etc/dir")
    assert system.read("/etc/dir") is None
    system.write("/etc/a", CONTENT)
    system.remove_tree("/etc/a")
    assert system.read("/etc/a") is None


def test_a_kernels_file_is_set_in_its_place(system: System) -> None:
    system.write("/etc/value", CONTENT)
    system.poke("/etc/value", "0")
    found = system.read("/etc/value")
    assert found is not None
    assert found.content.strip() == b"0"
    with pytest.raises(SystemRefused, match="/nowhere cannot be set"):
        system.poke("/nowhere", "0")


def test_groups_and_accounts_come_and_go(system: System) -> None:
    assert not system.has_group("booth")
    system.add_group("booth")
    assert system.has_group("booth")
    assert system.account("booth") is None
    system.set_account(BOOTH)
    assert system.account("booth") == BOOTH
    assert system.is_locked("booth")
    uid, gid = system.ids("booth", "booth")
    assert uid > 0
    assert gid > 0
    system.remove_account("booth")
    system.remove_account("booth")
    system.remove_group("booth")
    system.remove_group("booth")
    assert system.account("booth") is None
    assert not system.has_group("booth")
    with pytest.raises(SystemRefused, match="missing"):
        system.ids("booth", "booth")


def test_an_account_that_is_there_is_changed(system: System) -> None:
    system.add_group("booth")
    system.set_account(BOOTH)
    more = Account(
        name="booth", home="/nowhere", shell="/bin/false", comment="", group="booth", groups=("audio", "video")
    )
    system.set_account(more)
    assert system.account("booth") == more
    system.set_account(BOOTH)
    assert system.account("booth") == BOOTH


def test_an_account_of_a_group_that_is_not_there_is_refused(system: System) -> None:
    with pytest.raises(SystemRefused, match="booth"):
        system.set_account(BOOTH)
    assert system.account("booth") is None


# ---- the real one alone ----


def test_a_power_cut_in_a_write_leaves_nothing_that_a_removal_does_not_take(tmp_path: Path) -> None:
    system = LinuxSystem(tmp_path)
    (tmp_path / f"a{FRESH}").write_text("half")
    system.write("/a", CONTENT)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a"]
    (tmp_path / f"a{FRESH}").write_text("half")
    system.remove("/a")
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_taken_from_an_account_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name, text in FILES.items():
        (tmp_path / "etc" / name).write_text(text)
    system = LinuxSystem(tmp_path)
    system.add_group("booth")
    system.set_account(BOOTH)
    shadow = tmp_path / "etc" / "shadow"
    shadow.write_text(shadow.read_text().replace("booth:!", "booth:$y$secret"))
    assert not system.is_locked("booth")
    system.set_account(BOOTH)
    assert system.is_locked("booth")


def test_a_program_ends_with_its_code_and_what_it_said(tmp_path: Path) -> None:
    system = LinuxSystem(tmp_path)
    assert system.run(("cat",), given="hello").out == "hello"
    assert system.run(("false",)).code == 1
    assert system.run(("bilik-no-such-program",)).code == 127
    assert not system.is_active("dbus.service")


def test_what_is_neither_file_link_nor_directory_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SystemRefused, match="neither file"):
        LinuxSystem(tmp_path).read("/pipe")
