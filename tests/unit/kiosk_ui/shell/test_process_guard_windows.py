"""What may run in the kiosk account on Windows."""

import pytest

from kiosk_ui.shell.process_guard_windows import Seen, is_allowed

PYTHON = r"C:\Program Files\Bilik\python\pythonw.exe"
ENGINE = r"C:\Program Files\Bilik\engine\PySide6\QtWebEngineProcess.exe"


def allowed(path: str | None, *, is_family: bool = False) -> bool:
    return is_allowed(Seen(path, is_family), python=PYTHON, windows=r"C:\WINDOWS")


@pytest.mark.parametrize("name", [r"System32\sihost.exe", r"system32\ctfmon.exe", r"SystemApps\x\TextInputHost.exe"])
def test_what_windows_itself_runs_is_left_alone(name: str) -> None:
    assert allowed(rf"c:\windows\{name}")


@pytest.mark.parametrize(
    "name", [r"explorer.exe", r"System32\cmd.exe", r"System32\WindowsPowerShell\v1.0\powershell.exe"]
)
def test_windows_own_ways_out_are_ended(name: str) -> None:
    assert not allowed(rf"C:\Windows\{name}")


@pytest.mark.parametrize(
    "path", [r"C:\Users\kiosk\sihost.exe", r"C:\WindowsApps\game.exe", r"D:\QtWebEngineProcess.exe", PYTHON]
)
def test_what_lies_elsewhere_is_ended_unless_it_is_our_windows(path: str) -> None:
    assert not allowed(path)


@pytest.mark.parametrize("path", [PYTHON, PYTHON.replace("pythonw", "Python"), ENGINE])
def test_our_window_and_its_engine_may_run(path: str) -> None:
    assert allowed(path, is_family=True)


def test_our_window_may_start_nothing_else() -> None:
    assert not allowed(r"C:\Windows\System32\sihost.exe", is_family=True)


def test_what_cannot_be_looked_at_is_not_the_accounts_own() -> None:
    assert allowed(None)
