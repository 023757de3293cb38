"""What the trial before a lock reads of the agent, whatever is half written."""

from pathlib import Path

import pytest

from agent import config
from installer.windows.trial import TOML, is_up, last_line


@pytest.mark.parametrize(
    ("text", "names", "so"),
    [
        (None, (), False),
        ("", (), False),
        ("[]", (), False),
        ('{"running": true}', (), True),
        ('{"running": false, "status": {"shell_up": true}}', ("shell_up",), False),
        ('{"running": true, "status": {"shell_up": true}}', ("shell_up",), True),
        ('{"running": true, "status": {"shell_up": true, "window_up": false}}', ("shell_up", "window_up"), False),
        ('{"running": true, "status": {"shell_up": true}}', ("shell_up", "window_up"), False),
    ],
)
def test_something_is_up_when_a_whole_status_says_so(
    tmp_path: Path, text: str | None, names: tuple[str, ...], *, so: bool
) -> None:
    status = tmp_path / "status.json"
    if text is not None:
        status.write_text(text, encoding="utf-8")
    assert is_up(status, *names) is so


def test_of_what_a_program_said_the_last_line_counts() -> None:
    assert last_line("Traceback\n  there\nImportError: no DLL\n\n") == "ImportError: no DLL"
    assert last_line(" \n") == "it said nothing"


def test_the_agent_takes_the_settings_of_the_trial(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(TOML.format(folder=tmp_path, pipe=tmp_path / "shell"), encoding="utf-8")
    found = config.load(file)
    assert (found.state_dir, found.shell_socket, found.page_port) == (tmp_path, tmp_path / "shell", 0)
