"""Scripts are fixed, their words go over standard input, and what PowerShell says is heard."""

import base64
import json
from collections.abc import Sequence

import pytest

from installer.ports import Done, SystemRefused
from installer.windows import powershell
from installer.windows.policies import FEATURES, FILTERED_KEYS
from installer.windows.ports import EVERYBODY, Item
from installer.windows.powershell import GET_EMBEDDED, SET_EMBEDDED, ask, command


class Program:
    def __init__(self, *done: Done) -> None:
        self.done = list(done)
        self.heard: list[tuple[tuple[str, ...], str]] = []

    def __call__(self, command: Sequence[str], *, given: str = "") -> Done:
        self.heard.append((tuple(command), given))
        return self.done.pop(0)


def test_words_are_never_part_of_the_command() -> None:
    run = Program(Done(0, '"yes"\r\n'))
    assert ask(run, "ConvertTo-Json $in.name", "asked", name="'; rm \"") == "yes"
    line, given = run.heard[0]
    assert "rm" not in base64.b64decode(line[-1]).decode("utf-16-le").partition("ConvertTo-Json $in.name")[2]
    assert json.loads(given) == {"name": "'; rm \""}


def test_nothing_said_is_nothing_and_a_byte_order_mark_is_no_matter() -> None:
    run = Program(Done(0, "\r\n"), Done(0, '\ufeff{"a": "b"}'))
    assert ask(run, "", "asked") is None
    assert ask(run, "", "asked") == {"a": "b"}


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (Done(1, "Access denied\nat line 3"), "asked: Access denied"),
        (Done(1), "asked: PowerShell said nothing"),
        (Done(0, "{nonsense"), "asked: PowerShell answered what is no JSON"),
    ],
)
def test_a_refusal_is_said_in_one_line(done: Done, words: str) -> None:
    with pytest.raises(SystemRefused, match=words):
        ask(Program(done), "", "asked")


SCRIPTS = {name: text for name, text in vars(powershell).items() if name.isupper() and name not in {"PROGRAM", "BEGIN"}}


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_every_script_fits_a_command_line_and_its_brackets_close(name: str) -> None:
    script = SCRIPTS[name]
    assert len(" ".join(command(script))) < 32_000
    for opening, closing in ("{}", "()", "[]"):
        assert script.count(opening) == script.count(closing), name


def test_the_scripts_know_every_thing_that_is_set() -> None:
    for item in Item:
        assert f"  '{item}' {{" in SET_EMBEDDED
        assert f"{item} " in GET_EMBEDDED
    for script in (GET_EMBEDDED, SET_EMBEDDED):
        assert EVERYBODY in script
    assert len(set(FILTERED_KEYS)) == len(FILTERED_KEYS)
    assert len(FEATURES) == 3
