"""What is planned for which edition of Windows, and what the tables of the registry say."""

import tomllib
from pathlib import Path

import pytest

from agent.config import parse
from installer.answers import Answers
from installer.answers import Place as Host
from installer.ports import AnswersWrong
from installer.windows.editions import WITH_EMBEDDED, WITH_POLICIES, Lock, checked_build, lock_of
from installer.windows.embedded import SetEmbedded
from installer.windows.plan import CONFIG, Place, agent_toml, looks
from installer.windows.policies import WINDOWS_KEYS, scancode_map
from installer.windows.ports import Item
from installer.windows.values import SetValue

ANSWERS = Answers(central=Host("central.example.org", 443), turn=(Host("central.example.org", 3478),))
PLACE = Place(programs=r"C:\Program Files\Bilik")


def settings(lock: Lock) -> dict[tuple[str, str], SetValue]:
    steps = looks(ANSWERS, lock, PLACE)
    return {(one.key, one.name): one for one in steps if isinstance(one, SetValue)}


@pytest.mark.parametrize("edition", sorted(WITH_EMBEDDED))
def test_editions_that_have_shell_launcher_are_locked_by_it(edition: str) -> None:
    assert lock_of(edition) is Lock.EMBEDDED


@pytest.mark.parametrize("edition", sorted(WITH_POLICIES))
def test_pro_is_locked_by_policies_pro_education_too(edition: str) -> None:
    assert lock_of(edition) is Lock.POLICIES


@pytest.mark.parametrize("edition", ["Core", "CoreSingleLanguage", "ServerStandard", "Cloud", "", "enterprise"])
def test_an_edition_that_no_lock_is_known_for_is_refused_by_name(edition: str) -> None:
    with pytest.raises(AnswersWrong, match=repr(edition)):
        lock_of(edition)


@pytest.mark.parametrize("build", ["17763", "19045", "26100"])
def test_windows_10_and_11_are_new_enough(build: str) -> None:
    assert checked_build(build) == int(build)


@pytest.mark.parametrize("build", ["7601", "17762", "", "new", "-26100"])
def test_an_older_windows_is_refused(build: str) -> None:
    with pytest.raises(AnswersWrong, match="17763"):
        checked_build(build)


def test_pro_has_the_accounts_own_shell_and_dead_windows_keys_and_nothing_of_the_embedded_editions() -> None:
    found = settings(Lock.POLICIES)
    shells = [one.value.text for (key, name), one in found.items() if name == "Shell" and key.startswith("KIOSK")]
    assert len(shells) == 2
    assert set(shells) == {PLACE.shell_of("bilik-kiosk")}
    assert (r"HKLM\SYSTEM\CurrentControlSet\Control\Keyboard Layout", "Scancode Map") in found
    assert not [one for one in looks(ANSWERS, Lock.POLICIES, PLACE) if isinstance(one, SetEmbedded)]


def test_enterprise_has_shell_launcher_and_keyboard_filter_and_no_shell_in_the_registry() -> None:
    assert "Shell" not in [name for _, name in settings(Lock.EMBEDDED)]
    steps = looks(ANSWERS, Lock.EMBEDDED, PLACE)
    told = {(one.item, one.name): one.value for one in steps if isinstance(one, SetEmbedded)}
    assert told[Item.SHELL, "bilik-kiosk"] == PLACE.shell_of("bilik-kiosk")
    assert told[Item.LAUNCHER, ""] == told[Item.KEY, "Ctrl+Alt+Del"] == told[Item.KEY, "Win+L"] == "on"
    assert told[Item.FILTER, "DisableKeyboardFilterForAdministrators"] == "true"
    features = [at for at, one in enumerate(steps) if isinstance(one, SetEmbedded) and one.item is Item.FEATURE]
    assert features == [0, 1, 2]


@pytest.mark.parametrize("lock", list(Lock))
def test_nobody_else_than_the_kiosk_account_is_bound_by_the_menus_policies(lock: Lock) -> None:
    for key, name in settings(lock):
        if name in {"DisableTaskMgr", "DisableRegistryTools", "DisableCMD", "NoRun", "NoLogoff", "Shell"}:
            assert key.startswith("KIOSK\\"), name


@pytest.mark.parametrize("lock", list(Lock))
def test_the_automatic_login_is_the_last_value_so_that_a_half_locked_pc_still_asks_who_is_there(lock: Lock) -> None:
    assert list(settings(lock))[-1][1] == "AutoAdminLogon"


@pytest.mark.parametrize("lock", list(Lock))
def test_no_two_steps_have_one_name(lock: Lock) -> None:
    names = [(one.kind, one.target) for one in looks(ANSWERS, lock, PLACE) if hasattr(one, "target")]
    assert len(names) == len(set(names))


def test_a_scancode_map_is_written_as_windows_reads_it() -> None:
    wanted = "00000000 00000000 04000000 00005be0 00005ce0 00005de0 00000000"
    assert scancode_map(WINDOWS_KEYS) == bytes.fromhex(wanted)


def test_the_agent_understands_the_settings_that_it_gets() -> None:
    config = parse(agent_toml(ANSWERS), Path(CONFIG))
    assert config.page_port == ANSWERS.page_port
    assert config.credentials_store == "file"
    with_authority = Answers(central=ANSWERS.central, turn=ANSWERS.turn, ca_file="C:/ProgramData/Bilik/ca.pem")
    assert tomllib.loads(agent_toml(with_authority))["central"]["ca_file"] == "C:/ProgramData/Bilik/ca.pem"
