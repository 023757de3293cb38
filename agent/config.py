"""agent.toml, read into one frozen Config; whatever is wrong in it is said with file, key and what is allowed."""

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.ports import ConfigWrong

ON_WINDOWS = sys.platform == "win32"
DEFAULT_FILE = Path("C:/ProgramData/Bilik/agent.toml" if ON_WINDOWS else "/etc/bilik/agent.toml")
DEFAULT_STATE_DIR = Path("C:/ProgramData/Bilik" if ON_WINDOWS else "/var/lib/bilik")
DEFAULT_SHELL_SOCKET = Path(r"\\.\pipe\bilik-shell" if ON_WINDOWS else "/run/bilik/shell.sock")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a PC's own file decides; `source` is the file it came from, None when all is default."""

    source: Path | None
    state_dir: Path
    shell_socket: Path
    shell_user: str
    page_port: int
    ca_file: Path | None
    credentials_store: str
    log_format: str
    log_level: str


class Setting(msgspec.Struct, frozen=True):
    """One key of agent.toml; `allowed` says in words what `accepts` tests."""

    section: str
    key: str
    default: str | int
    allowed: str
    accepts: Callable[[Any], bool]

    @property
    def name(self) -> str:
        """The key as people write it: section.key."""
        return f"{self.section}.{self.key}"


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535


def _one_of(*words: str) -> tuple[str, Callable[[Any], bool]]:
    allowed = "one of " + ", ".join(f'"{word}"' for word in words)
    return allowed, lambda value: isinstance(value, str) and value in words


SETTINGS = (
    Setting("agent", "state_dir", "", "a path in quotes", _text),
    Setting("agent", "shell_socket", "", "a path in quotes", _text),
    Setting("agent", "shell_user", "", "an account's name in quotes", _text),
    Setting("page", "port", 0, "a whole number from 0 to 65535", _port),
    Setting("central", "ca_file", "", "a path in quotes", _text),
    Setting("credentials", "store", "auto", *_one_of("auto", "keyring", "file")),
    Setting("log", "format", "json", *_one_of("json", "text")),
    Setting("log", "level", "info", *_one_of("debug", "info", "warning", "error")),
)


def load(file: Path | None) -> Config:
    """Read `file`, or the system's own agent.toml, or nothing at all; raises ConfigWrong."""
    source = file or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    if source is None:
        return _config({}, None)
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigWrong(
            f"{source}: cannot be read ({error.strerror}); give a file that can, with --config"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigWrong(f"{source}: is not UTF-8 text; write it anew from the example agent.toml") from error
    return parse(text, source)


def parse(text: str, source: Path) -> Config:
    """Check the text of an agent.toml; raises ConfigWrong."""
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits and endless brackets too
        raise ConfigWrong(f"{source}: is not TOML ({error}); compare it with the example agent.toml") from error
    _refuse_unknown(tables, source)
    return _config(tables, source)


def _refuse_unknown(tables: dict[str, Any], source: Path) -> None:
    sections = {setting.section for setting in SETTINGS}
    for section, table in tables.items():
        if section not in sections:
            raise ConfigWrong(f"{source}: [{section}] is not known; the sections are {_listed(sections)}")
        if not isinstance(table, dict):
            raise ConfigWrong(f"{source}: {section} must be a section, written [{section}]")
        keys = {setting.key for setting in SETTINGS if setting.section == section}
        for key in table:
            if key not in keys:
                raise ConfigWrong(
                    f"{source}: {section}.{key} is not known; the keys of [{section}] are {_listed(keys)}"
                )


def _listed(words: set[str]) -> str:
    return ", ".join(sorted(words))


def _config(tables: dict[str, Any], source: Path | None) -> Config:
    value = {setting.name: _value(setting, tables, source) for setting in SETTINGS}
    folder = source.parent if source else Path()

    def path(name: str) -> Path | None:
        return (folder / value[name]).absolute() if value[name] else None

    return Config(
        source=source,
        state_dir=path("agent.state_dir") or DEFAULT_STATE_DIR,
        shell_socket=path("agent.shell_socket") or DEFAULT_SHELL_SOCKET,
        shell_user=value["agent.shell_user"],
        page_port=value["page.port"],
        ca_file=path("central.ca_file"),
        credentials_store=value["credentials.store"],
        log_format=value["log.format"],
        log_level=value["log.level"],
    )


def _value(setting: Setting, tables: dict[str, Any], source: Path | None) -> Any:
    value = tables.get(setting.section, {}).get(setting.key, setting.default)
    if not setting.accepts(value):
        raise ConfigWrong(f"{source}: {setting.name} is {value!r}; allowed is {setting.allowed}")
    return value
