"""What may run in the kiosk account, and that the rest is ended and counted."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kiosk_ui.shell.process_guard import ProcessGuard, Seen, is_allowed, is_window_manager
from tests.screen import end

PYTHON = "/usr/bin/python3.11"


@pytest.mark.parametrize(
    "seen",
    [
        Seen(9, "openbox", "/usr/bin/openbox"),
        Seen(9, "Xorg", "/usr/lib/xorg/Xorg"),
        Seen(9, "(sd-pam)", None, parent_name="systemd"),
        Seen(9, "python3.11", PYTHON, is_family=True),
        Seen(9, "QtWebEngineProc", "/opt/x/PySide6/Qt/libexec/QtWebEngineProcess", is_family=True),
        Seen(9, "QtWebEngineProcess", None, is_family=True),
    ],
)
def test_what_the_session_needs_may_run(seen: Seen) -> None:
    assert is_allowed(seen, PYTHON)


@pytest.mark.parametrize(
    "seen",
    [
        Seen(9, "bash", "/usr/bin/bash"),
        Seen(9, "openbox", "/tmp/openbox"),
        Seen(9, "bash", "/usr/bin/openbox"),
        Seen(9, "(sd-pam)", None, parent_name="bash"),
        Seen(9, "hidden", None),
        Seen(9, "python3.11", PYTHON),
        Seen(9, "xdg-open", "/usr/bin/dash", is_family=True),
        Seen(9, "sh", None, is_family=True),
    ],
)
def test_nothing_else_may_run(seen: Seen) -> None:
    assert not is_allowed(seen, PYTHON)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of ours under an allowed name in a place of its own."""
    program = tmp_path / "openbox"
    shutil.copy("/usr/bin/sleep", program)
    process = subprocess.Popen([program, "60"])
    yield process
    end(process)


def test_a_foreign_program_is_ended_and_counted_once(sleeper: subprocess.Popen[bytes]) -> None:
    attempts: list[str] = []
    gone = 2**22 - 1
    guard = ProcessGuard(
        is_family=lambda _: False,
        attempt=attempts.append,
        uid=os.getuid(),
        only=lambda: {sleeper.pid, gone, os.getpid()},
    )
    assert guard.look() == 1
    assert sleeper.wait(5) == -9
    guard.look()
    assert attempts == ["process"]


def test_a_program_of_another_account_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    guard = ProcessGuard(
        is_family=lambda _: False, attempt=lambda _: None, uid=os.getuid() + 1, only=lambda: {sleeper.pid}
    )
    assert guard.look() == 0
    assert psutil.pid_exists(sleeper.pid)


def test_it_is_off_for_the_administrators_account() -> None:
    assert not ProcessGuard(is_family=lambda _: False, attempt=lambda _: None, uid=0).is_on
    assert ProcessGuard(is_family=lambda _: False, attempt=lambda _: None, uid=1000).is_on


def test_only_the_window_manager_shipped_for_is_one(sleeper: subprocess.Popen[bytes]) -> None:
    assert not is_window_manager(sleeper.pid)
    assert not is_window_manager(2**22 - 1)
