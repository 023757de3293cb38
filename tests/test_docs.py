"""What the documents say of the code is so: fault codes, commands, settings and paths."""

import argparse
import re
import shlex
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from central.__main__ import parser
from central.store.facilities import FacilitySettings
from central.store.retention import Keep
from central.store.schedules import Schedule
from protocol.faults import FAULTS
from protocol.terminal import TerminalSettings

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = ROOT / "docs" / "operations.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
NAMES = {"terminal_name", "facility_name"}


def table(document: Path, heading: str) -> list[list[str]]:
    """The rows below a heading, without their head; cells without back-ticks around them."""
    section = document.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line[:1] == "|"
    ]
    return rows[2:]


def leaves(found: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that can be typed, as its words."""
    groups = [action for action in found._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(words)
    for group in groups:
        for name, inner in group.choices.items():
            yield from leaves(inner, (*words, name))


def shown(value: Any) -> str:
    """A default as the table writes it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return value.value if isinstance(value, StrEnum) else str(value)


def test_every_fault_code_is_documented_as_it_is() -> None:
    coded = [[fault.code, fault.severity.value, fault.sentence_en, fault.todo_en] for fault in FAULTS.values()]
    assert table(OPERATIONS, "Fault codes") == coded


def test_every_command_of_central_is_documented_and_no_other() -> None:
    assert sorted(row[0] for row in table(OPERATIONS, "Commands of central")) == sorted(leaves(parser()))


EXAMPLES = [
    (name, example) for name, example in table(OPERATIONS, "Commands of central") if not example.startswith("as `")
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_of_a_command_can_be_typed(name: str, example: str) -> None:
    program, *words = shlex.split(example)
    assert program == "bilik-central"
    assert " ".join(words).startswith(name)
    parser().parse_args(words)


def test_every_number_of_days_that_rows_are_kept_is_documented_with_its_bounds() -> None:
    documented = [[key, allowed, default] for key, _what, allowed, default in table(OPERATIONS, "Retention")]
    fields = msgspec.json.schema(Keep)["$defs"]["Keep"]["properties"]
    known = [[key, f"{each['minimum']} to {each['maximum']}", str(each["default"])] for key, each in fields.items()]
    assert documented == known


def test_every_setting_of_a_facility_is_documented_with_its_default() -> None:
    documented = {key: default for key, _meaning, _unit, default in table(OPERATIONS, "Settings of a facility")}
    settings = FacilitySettings()
    assert documented == {field: shown(getattr(settings, field)) for field in settings.__struct_fields__}


def test_every_setting_of_a_schedule_is_documented_with_its_default() -> None:
    documented = {row[0]: row[3] for row in table(OPERATIONS, "A day: registration, queue, plan")}
    schedule = Schedule()
    settings = [field for field in schedule.__struct_fields__ if field not in ("week", "dates")]
    assert documented == {field: shown(getattr(schedule, field)).lower() for field in settings}


def test_every_setting_of_a_terminal_is_one_of_its_facility_and_has_its_default() -> None:
    told = TerminalSettings(terminal_name="", facility_name="")
    own = FacilitySettings()
    assert {field: getattr(told, field) for field in set(told.__struct_fields__) - NAMES} == {
        field: getattr(own, field) for field in set(told.__struct_fields__) - NAMES
    }


def paths(cell: str) -> Iterator[Path]:
    """What a cell names in back-ticks; a bare file name is at the top, or else in the folder of (or that is) the one before."""
    folder = ROOT
    for name in re.findall(r"`([^`]+)`", cell):
        before, brace, rest = name.partition("{")
        inside, _, after = rest.partition("}")
        for one in [before + each + after for each in inside.split(",")] if brace else [name]:
            if "/" in one or "." in one:
                is_beside = "/" not in one and not (ROOT / one).exists()
                found = (folder if is_beside else ROOT) / one
                folder = found if one.endswith("/") else found.parent
                yield found


def test_every_place_that_is_named_for_a_change_is_there() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").split("## Where do I change X?")[1].split("\n## ")[0]
    named = [path for line in text.splitlines() if line.startswith("| ") for path in paths(line.split("|")[2])]
    assert len(named) > 20
    assert [str(path) for path in named if not any(path.parent.glob(path.name))] == []
