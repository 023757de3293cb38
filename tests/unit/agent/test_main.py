"""The command line: exit codes and words."""

import asyncio
import io
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import __main__ as command_line
from agent.__main__ import EXIT_BUG, EXIT_FAILED, main, pages_directory
from agent.adapters.journal import SqliteJournal
from agent.adapters.journal.database import SCHEMA_VERSION, mark_of
from agent.lines import shell_uids
from agent.ports import Change, ConfigWrong


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


def test_the_technicians_pin_is_set_from_standard_input_and_never_said(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("90817263\n"))
    assert main(["--config", str(config), "set-pin"]) == 0
    said = capsys.readouterr().out
    assert "is set" in said
    assert "90817263" not in said
    kept = config.parent / "state" / "technician_pin"
    assert kept.read_text().startswith("$argon2id$")
    monkeypatch.setattr("sys.stdin", io.StringIO("12345678\n"))
    assert main(["--config", str(config), "set-pin"]) == EXIT_FAILED
    said = capsys.readouterr().err
    assert "counts up or down" in said
    assert "12345678" not in said


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


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a state directory but the lock, which says who looked last."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(".lock")}


async def used_journal(path: Path, *, is_closed: bool) -> SqliteJournal:
    """A journal with something in it, of an agent that has ended or still runs."""
    journal = SqliteJournal(path, boot_id="boot-1")
    await journal.load()
    await journal.commit(Change(booth=b"something", at_ms=1))
    if is_closed:
        await journal.close()
    return journal


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_state_directory_of_a_newer_agent_is_refused_in_words_and_left_as_it_is(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], is_closed: bool
) -> None:
    path = tmp_path / "state" / "journal.sqlite3"
    journal = asyncio.run(used_journal(path, is_closed=is_closed))
    with sqlite3.connect(path) as database:
        database.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        database.execute(f"pragma application_id = {mark_of(SCHEMA_VERSION + 1)}")
    if is_closed:
        database.close()
    kept = {name: file for name, file in contents(path.parent).items() if not name.endswith("-shm")}
    if not is_closed:
        journal.abandon()  # the newer agent was killed: its log is left, its lock is not
    before = {name: (path.parent / name).read_bytes() for name in kept}
    assert main(["--config", str(config), "run"]) == EXIT_FAILED
    assert "newer agent" in capsys.readouterr().err
    after = contents(path.parent)
    assert {name: after[name] for name in before} == before
    assert not any("damaged" in name or name.endswith(".new") for name in after)
    database.close()


def test_a_second_agent_says_who_holds_the_journal_and_ends(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state" / "journal.sqlite3"
    journal = asyncio.run(used_journal(path, is_closed=False))
    before = contents(path.parent)
    assert main(["--config", str(config), "run"]) == EXIT_FAILED
    assert f"another agent with pid {os.getpid()} holds" in capsys.readouterr().err
    assert contents(path.parent) == before
    asyncio.run(journal.close())
