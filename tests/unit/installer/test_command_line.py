"""bilik-install's command line: what it says of itself, and the exit codes of what cannot be done."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.__main__ import main
from installer.answers import Given
from installer.rescue import FILES
from installer.typed import ABOUT
from installer.words import speak

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="everything else than --help needs the administrator")


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    yield
    speak("en")


@pytest.mark.parametrize("words", [["--help"], ["verify", "--help"], ["uninstall", "--help"], ["rescue", "--help"]])
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert "usage: bilik-install" in capsys.readouterr().out


def test_the_help_names_every_key_of_an_answer_file() -> None:
    assert [key for key in Given.__struct_fields__ if f"  {key} = " not in ABOUT] == []


def test_an_answer_that_cannot_be_used_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--answers", str(tmp_path / "absent")]) == 2
    assert main(["--pin-file", str(tmp_path / "absent"), "--dry-run"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_rescue_of_a_mounted_disk_runs_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / FILES[0]
    place.parent.mkdir(parents=True)
    place.write_text("ours")
    assert main(["rescue", "--root", str(tmp_path)]) == 0
    assert not place.exists()
    assert f"removed: /{FILES[0]}" in capsys.readouterr().out


def test_the_same_in_indonesian(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "etc").mkdir()
    assert main(["rescue", "--language", "id", "--root", str(tmp_path)]) == 0
    assert "Tidak ada kunci yang tersisa." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--language=id", "--help"])
    assert "Menjadikan PC ini bilik" in capsys.readouterr().out
    assert main(["--language", "id", "--answers", str(tmp_path / "absent")]) == 2
    assert "tidak dapat dibaca" in capsys.readouterr().err
