"""Central's sentences: each is used, and each that is used is written."""

import json
import re
from pathlib import Path

from central.board_model import Look
from central.staff.board_view import WHY
from protocol.outcome import EndReason
from protocol.terminal import CommandKind, Mode, VisitState

CENTRAL = Path(__file__).parent.parent.parent.parent / "central"
KEY = re.compile(r"""["'`]([a-z_]+\.[a-z_.0-9]+)["'`]""")
BUILT = re.compile(r"""["'`]([a-z_]+\.[a-z_.]*?)(?:["'] ~|\$\{|\{)""")


def sentences() -> set[str]:
    tables = (CENTRAL / "locales").rglob("id.json")
    return {key for table in tables for key in json.loads(table.read_text(encoding="utf-8"))}


def sources() -> str:
    found = [
        path for folder in ("static", "templates", "staff", "routes", "days") for path in (CENTRAL / folder).iterdir()
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in found if path.suffix in (".js", ".html", ".py"))


def test_every_sentence_that_is_named_is_written() -> None:
    families = {key.partition(".")[0] for key in sentences()}
    named = {key for key in KEY.findall(sources()) if key.partition(".")[0] in families}
    files = (".css", ".js", ".html", ".svg", ".jinja2", ".json")
    assert {key for key in named if not key.endswith((*files, "."))} - sentences() == set()


def test_every_sentence_is_used() -> None:
    text = sources()
    built = {start for start in BUILT.findall(text) if start.count(".")}
    unused = {key for key in sentences() if f'"{key}"' not in text and f"'{key}'" not in text}
    assert {key for key in unused if not any(key.startswith(start) for start in built)} == set()


def test_every_state_end_and_answer_has_its_sentence() -> None:
    states = {state.value for state in VisitState} | {mode.value for mode in Mode if mode is not Mode.IN_SERVICE}
    wanted = {f"board.state.{state}" for state in states | {"never", "gone", "admit", "connecting"}}
    wanted |= {f"bye.{reason.value}" for reason in EndReason} | {f"why.{why}" for why in WHY.values()}
    acts = (CommandKind.EXTEND, CommandKind.MESSAGE, CommandKind.END, CommandKind.LOCK, CommandKind.UNLOCK)
    wanted |= {f"act.name.{kind.value}" for kind in (*acts, CommandKind.START, CommandKind.EMERGENCY_STOP)}
    assert wanted - sentences() == set()


def test_every_look_of_a_tile_is_drawn() -> None:
    style = (CENTRAL / "static" / "tiles.css").read_text(encoding="utf-8")
    assert [look for look in Look if f".tile.{look.value}" not in style] == []
