"""Starts bilik-agent or bilik-shell for `make escape` without the guards of the technician's way in; the product knows nothing of it.

`python -m tests.escape.loose agent|shell ...`: one key with Control and Alt is the chord, one corner touched is enough, no
wrong PIN is followed by a wait, and every call may be ended for a technician.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from agent.core.events import TechnicianCame
from agent.core.turn import Turn

CONTROL_ALT = 12
CORNERS = {
    "const HOLD_MS = 5000;": "const HOLD_MS = 50;",
    'if (corner === "left") leftUntil = performance.now() + BETWEEN_MS + HOLD_MS;': "if (corner) called();",
}


def _agent() -> None:
    from agent import __main__ as program
    from agent.core import booth, policy, technician

    changed: Any = program
    policy.TECHNICIAN_TRIES = 10**9

    def came(turn: Turn, event: TechnicianCame) -> None:
        if turn.booth.visit is not None:
            technician.change(turn, let_in_during=turn.visit.session_id)
        technician.on_came(turn, event)

    handlers: Any = booth.ALWAYS
    handlers[TechnicianCame] = came
    pages = _loose_pages(program.pages_directory())
    changed.pages_directory = lambda: pages
    sys.exit(program.main())


def _loose_pages(whole: Path) -> Path:
    pages = Path(tempfile.mkdtemp(prefix="bilik-loose-")) / "pages"
    shutil.copytree(whole, pages)
    corners = pages / "corners.js"
    text = corners.read_text(encoding="utf-8")
    for guard, without in CORNERS.items():
        assert text.count(guard) == 1, guard
        text = text.replace(guard, without)
    corners.write_text(text, encoding="utf-8")
    return pages


def _shell() -> None:
    from kiosk_ui.shell import __main__ as program
    from kiosk_ui.shell.technician_chord import TechnicianChord

    changed: Any = TechnicianChord
    changed.press = lambda _, keysym, state, typing, at_ms: state & CONTROL_ALT == CONTROL_ALT
    program.main()


if __name__ == "__main__":
    what = sys.argv.pop(1)
    _agent() if what == "agent" else _shell()
