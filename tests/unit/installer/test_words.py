"""bilik-install in Indonesian: every sentence is there, with the same gaps, and the language is asked for once."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.answers import Given
from installer.linux import plan
from installer.rescue import AFTERWARDS
from installer.words import LOCALES, choose, language_of, say, speak

INSTALLER = Path(__file__).resolve().parents[3] / "installer"
SOURCES = [*INSTALLER.glob("*.py"), *(INSTALLER / "linux").glob("*.py")]
GAP = re.compile(r"\{(\w+)")
TABLE: dict[str, str] = json.loads((LOCALES / "id.json").read_text(encoding="utf-8"))


@pytest.fixture
def indonesian() -> Iterator[None]:
    speak("id")
    yield
    speak("en")


def constants() -> Iterator[str]:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def said() -> Iterator[str]:
    """Every sentence that is said as it stands."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str(sentence)), *_]):
                    yield sentence


def purposes() -> set[str]:
    """What the steps of a plan are for."""
    found = {value for name, value in vars(plan).items() if name.isupper() and isinstance(value, str) and " " in value}
    return found | {AFTERWARDS}


def test_every_sentence_is_there_in_indonesian_and_no_other() -> None:
    assert {*said(), *purposes()} - TABLE.keys() == set()
    assert TABLE.keys() - {*constants()} == set()


def test_both_languages_have_the_same_gaps() -> None:
    assert [text for text in TABLE if sorted(GAP.findall(text)) != sorted(GAP.findall(TABLE[text]))] == []
    assert [text for text in TABLE.values() if "!" in re.sub(r"\{[^}]*\}", "", text) or not text.strip()] == []


def test_the_long_help_in_indonesian_names_every_key_of_an_answer_file() -> None:
    about = (LOCALES / "about.id.txt").read_text(encoding="utf-8")
    assert [key for key in Given.__struct_fields__ if f"  {key} = " not in about] == []


@pytest.mark.usefixtures("indonesian")
def test_a_gap_is_filled_and_what_is_not_known_is_said_in_english() -> None:
    assert say("make the group {target}", target="bilik") == "buat kelompok bilik"
    assert say("{x} of Windows", x="a key") == "a key of Windows"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, None),
        ({}, None),
    ],
)
def test_the_locale_says_the_language(environment: dict[str, str], language: str | None) -> None:
    assert language_of(environment) == language


def test_the_language_is_asked_for_where_nothing_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    answers = iter(["Deutsch", "EN"])
    assert choose(None, None, lambda _: next(answers)) == "en"
    assert choose(None, None, lambda _: "") == "id"
    assert choose(None, None, None) == "id"
    assert choose(None, "en", None) == "en"
    assert choose("id", "en", None) == "id"
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert choose(None, None, None) == "en"
    assert choose(None, "id", None) == "id"
