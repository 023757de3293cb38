"""The command line: exit codes and words."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import __main__ as command_line
from agent.__main__ import EXIT_BUG, EXIT_FAILED, main, pages_directory, shell_uids
from agent.ports import ConfigWrong


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An agent.toml of a PC that is not enrolled."""
    file = tmp_path / "agent.toml"
    file.write_text('[agent]\nstate_dir = "state"\nshell_socket = "shell.sock"\n[credentials]\nstore = "file"\n')
    return file


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """A run sets the process's log; the next test finds it as it was."""
    root, ours = logging.getLogger(), logging.getLogger("agent")
    kept = root.handlers, root.level, ours.level
    yield
    root.handlers = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_status_without_an_agent_says_so_and_ends_with_1(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(config), "status"]) == EXIT_FAILED
    assert "no agent runs" in capsys.readouterr().out
    assert main(["--config", str(config), "status", "--json"]) == EXIT_FAILED
    assert capsys.readouterr().out == '{"running": false}\n'


def test_a_wrong_enrolment_string_is_said_without_its_code(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(config), "enroll", "http://central.example#SECR-ETCO"]) == EXIT_FAILED
    said = capsys.readouterr().err
    assert "https" in said
    assert "SECR" not in said


def test_an_enrolment_string_can_come_from_standard_input(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.readline", lambda: "nonsense\n", raising=False)
    assert main(["--config", str(config), "enroll", "-"]) == EXIT_FAILED
    assert "wrong form" in capsys.readouterr().err


def test_a_bug_ends_with_70_and_its_traceback_in_the_log(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(command_line, "_outside", broken)
    assert main(["--config", str(config), "run"]) == EXIT_BUG
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_pages_are_found_where_they_are_installed() -> None:
    assert (pages_directory() / "index.html").exists()


def test_an_account_that_does_not_exist_is_said() -> None:
    assert shell_uids("") is None
    assert shell_uids("root") == frozenset({0})
    with pytest.raises(ConfigWrong, match=r"agent\.shell_user"):
        shell_uids("no-such-account")
