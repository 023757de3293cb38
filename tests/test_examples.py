"""The examples for operators can be used as they are: options are known, addresses fit together, secrets stand nowhere."""

import re
import shlex
from pathlib import Path

import pytest

from central.__main__ import parser

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "examples"
SERVER = (ROOT / "docs" / "operations" / "server.md").read_text(encoding="utf-8")
INSTANCES = {"127.0.0.1:8081", "127.0.0.1:8082"}


def settings() -> dict[str, str]:
    """central.env as the manual has it."""
    told = re.findall(r'^(BILIK_CENTRAL_\w+)="(.*)"$', SERVER, re.M)[:2]
    return {name: value.replace("$NAME", "bilik.example.org") for name, value in told}


def started(unit: Path) -> list[str]:
    """What a unit starts, with its settings put in."""
    line = re.search(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.M)
    assert line is not None
    words = line[1].replace("%i", "8081").replace("%%", "%")
    for name, value in settings().items():
        words = words.replace(f"${name}", value)
    return shlex.split(words)


PACKAGED = ROOT / "installer/packaging/debian/bilik-central/lib/systemd/system/bilik-central.service"


@pytest.mark.parametrize("unit", [EXAMPLES / "bilik-central@.service", PACKAGED], ids=lambda unit: unit.name)
def test_what_a_unit_starts_can_be_typed_with_the_options_of_the_manual(unit: Path) -> None:
    program, *words = started(unit)
    assert program == "/usr/bin/bilik-central"
    args = parser().parse_args(words)
    assert args.command == "serve"
    assert args.public_url == "https://bilik.example.org"
    assert len(args.turn_url) == 2


def test_the_nightly_copy_is_a_command_of_central() -> None:
    shell = started(EXAMPLES / "bilik-backup.service")
    assert shell[:2] == ["/bin/sh", "-c"]
    words = shlex.split(shell[2].removeprefix("exec /usr/bin/bilik-central ").replace("$(", "").replace(" +", "+"))
    assert parser().parse_args(words).command == "backup"


def test_every_example_is_in_the_manual_and_every_file_that_it_names_is_there() -> None:
    files = {each.name for each in EXAMPLES.iterdir()}
    for each in files:
        name = ".timer" if each == "bilik-backup.timer" else each
        assert f"`{name}`" in SERVER, f"docs/operations/server.md says nothing of {each}"


@pytest.mark.parametrize("name", ["haproxy.cfg", "Caddyfile", "prometheus.yml"])
def test_proxies_and_watchers_know_the_same_two_instances(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert {each for each in re.findall(r"127\.0\.0\.1:\d+", text) if each != "127.0.0.1:8080"} == INSTANCES


def test_the_relay_and_central_are_told_of_one_port_for_its_command_line() -> None:
    relay = (EXAMPLES / "turnserver.conf").read_text(encoding="utf-8")
    port = re.search(r"^cli-port=(\d+)$", relay, re.M)
    assert port is not None
    assert f"--turn-cli 127.0.0.1:{port[1]} " in settings()["BILIK_CENTRAL_OPTIONS"]
    assert "static-auth-secret=SECRET" in relay
