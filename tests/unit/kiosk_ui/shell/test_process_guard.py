"""What may run in the kiosk account, and that the rest is ended and counted."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk_ui.shell.process_guard import ProcessGuard, Seen, is_allowed, is_window_manager
from tests.screen import end

PYTHON = "/usr/bin/python3.11"
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize(
    "seen",
    [
        Seen(9, "openbox", "/usr/bin/openbox"),
        Seen(9, "Xorg", "/usr/lib/xorg/Xorg"),
        Seen(9, "(sd-pam)", None, parent_name="systemd"),
        Seen(9, "(sd-pam)", None, parent_name="xinit"),
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
        account=ME,
        only=lambda: {sleeper.pid, gone, os.getpid()},
    )
    assert guard.look() == 1
    assert sleeper.wait(5) == -9
    guard.look()
    assert attempts == ["process"]


def test_a_program_of_another_account_is_left_alone() -> None:
    process = subprocess.Popen(["/usr/bin/sleep", "60"], user=65534 if os.getuid() == 0 else None)
    try:
        guard = ProcessGuard(is_family=lambda _: False, attempt=lambda _: None, account=ME, only=lambda: {process.pid})
        assert guard.look() == (0 if os.getuid() == 0 else 1)
    finally:
        end(process)


def test_it_is_off_on_an_account_that_is_not_the_kiosks_own() -> None:
    def is_on(account: str, *, told: bool) -> bool:
        only = (lambda: [1]) if told else None
        return ProcessGuard(is_family=lambda _: False, attempt=lambda _: None, account=account, only=only).is_on

    assert is_on(ME, told=False) == (os.getuid() != 0)
    assert is_on(ME, told=True)
    assert not is_on("somebody-else", told=False)
    assert not is_on("somebody-else", told=True)


def test_only_the_window_manager_shipped_for_is_one(sleeper: subprocess.Popen[bytes]) -> None:
    assert not is_window_manager(sleeper.pid)
    assert not is_window_manager(2**22 - 1)
