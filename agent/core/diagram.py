"""Draws docs/state-machine.md from the tables of the core, so that the page cannot say anything else than the code."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from agent.core.booth import ALWAYS, LISTENS
from agent.core.mode import MODE_MOVES
from agent.core.visit import VISIT_MOVES
from protocol.terminal import VisitState

State = TypeVar("State", bound=StrEnum)
Sign = TypeVar("Sign", bound=StrEnum)

OPENING = """# The booth's state machine

Drawn from the tables in `agent/core/mode.py`, `agent/core/visit.py` and `agent/core/booth.py` by
`python -m tests.draw_state_machine`; a test compares. Two small machines stand side by side. The mode says what the booth
as a whole is doing, the visit how far one call session has come. They touch in `settle` of `agent/core/booth.py` only:

- the mode follows its signs as soon as no visit holds it back: one that somebody has opened goes on to its end, one that was
  merely called does not hold it;
- a number is called only in service, with the page up and central's time known;
- an end leads to the farewell from every state of a visit, and every end owes exactly one usage record.
"""


def draw() -> str:
    """The whole page, in Markdown with two Mermaid diagrams and a table of what is heard where."""
    parts = (
        OPENING,
        "## The mode\n",
        mermaid(MODE_MOVES),
        "## The visit\n",
        mermaid(VISIT_MOVES),
        "## What a visit hears\n",
        "An event without a mark changes nothing in that state.\n",
        heard_table(),
        "Heard in every state: " + ", ".join(f"`{kind.__name__}`" for kind in ALWAYS) + ".\n",
    )
    return "\n".join(parts)


def mermaid(moves: Mapping[State, Mapping[Sign, State]]) -> str:
    """One diagram; the first state of the table is the one a booth begins in."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(moves)).value}"]
    for state, ways in moves.items():
        lines += [f"    {state.value} --> {target.value}: {sign.value}" for sign, target in ways.items()]
    return "\n".join([*lines, "```", ""])


def heard_table() -> str:
    """Events down, states across."""
    kinds = dict.fromkeys(kind for heard in LISTENS.values() for kind in heard)
    head = "| event | " + " | ".join(state.value for state in VisitState) + " |"
    lines = [head, "|---" * (len(VisitState) + 1) + "|"]
    for kind in kinds:
        marks = ("x" if kind in LISTENS[state] else " " for state in VisitState)
        lines.append(f"| `{kind.__name__}` | " + " | ".join(marks) + " |")
    return "\n".join([*lines, ""])
