"""agent.toml: every key is documented, and whatever is wrong is said with file, key and what is allowed."""

import tomllib
from pathlib import Path

import pytest

from agent.__main__ import main
from agent.config import DEFAULT_STATE_DIR, SETTINGS, load, parse
from agent.ports import ConfigWrong

EXAMPLE = Path(__file__).parents[3] / "agent.toml"
HERE = Path("/etc/bilik/agent.toml")


def test_the_example_names_every_key_with_its_default_and_no_other() -> None:
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    written = {f"{section}.{key}": value for section, table in tables.items() for key, value in table.items()}
    assert written == {setting.name: setting.default for setting in SETTINGS}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_key_of_the_example_is_explained_right_above_it(setting: object) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    key = setting.key  # type: ignore[attr-defined]  # pytest's ids= hides the type
    [at] = [number for number, line in enumerate(lines) if line.startswith(f"{key} = ")]
    assert lines[at - 1].startswith("# ")


def test_the_example_is_a_config_of_all_defaults() -> None:
    config = load(EXAMPLE)
    assert config.state_dir == DEFAULT_STATE_DIR
    assert (config.page_port, config.ca_file, config.log_format, config.log_level) == (0, None, "json", "info")


def test_a_relative_path_starts_from_the_folder_of_the_file() -> None:
    config = parse('[agent]\nstate_dir = "state"\n[central]\nca_file = "ca.pem"', HERE)
    assert config.state_dir == Path("/etc/bilik/state")
    assert config.ca_file == Path("/etc/bilik/ca.pem")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[agnet]\n", "[agnet] is not known; the sections are agent, central, credentials, log, page"),
        ('agent = "x"', "agent must be a section, written [agent]"),
        (
            '[agent]\nstate = "x"',
            "agent.state is not known; the keys of [agent] are shell_socket, shell_user, state_dir",
        ),
        ("[agent]\nstate_dir = 3", "agent.state_dir is 3; allowed is a path in quotes"),
        ('[page]\nport = "80"', "page.port is '80'; allowed is a whole number from 0 to 65535"),
        ("[page]\nport = 65536", "page.port is 65536; allowed is a whole number from 0 to 65535"),
        ("[page]\nport = true", "page.port is True; allowed is a whole number from 0 to 65535"),
        ('[credentials]\nstore = "safe"', 'credentials.store is \'safe\'; allowed is one of "auto", "keyring", "file"'),
        ('[log]\nformat = "xml"', 'log.format is \'xml\'; allowed is one of "json", "text"'),
        ("[log]\nlevel = 3", 'log.level is 3; allowed is one of "debug", "info", "warning", "error"'),
        ("[log", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ConfigWrong) as caught:
        parse(text, HERE)
    assert str(caught.value).startswith(f"{HERE}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_key_refuses_a_wrong_type(setting: object) -> None:
    section, key = setting.section, setting.key  # type: ignore[attr-defined]  # pytest's ids= hides the type
    with pytest.raises(ConfigWrong, match=f"{section}.{key} is "):
        parse(f"[{section}]\n{key} = [1]", HERE)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigWrong, match="cannot be read"):
        load(tmp_path / "agent.toml")


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigWrong, match="UTF-8"):
        load(tmp_path / "agent.toml")


def test_the_command_ends_with_2_on_a_wrong_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "agent.toml"
    file.write_text("[page]\nport = -1\n", encoding="utf-8")
    assert main(["--config", str(file), "run"]) == 2
    assert f"{file}: page.port is -1" in capsys.readouterr().err
