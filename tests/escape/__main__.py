"""`python -m tests.escape [--short] [--class WORD]`: tries everything, writes out/escape.json, fails on any escape."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.escape import meeting, technician
from tests.escape.runs import NO_MANAGER, OPENBOX, UNGUARDED, run, summary

OUT = Path("out/escape.json")


def main() -> int:
    """0 if nothing came through."""
    parser = argparse.ArgumentParser(prog="python -m tests.escape")
    parser.add_argument("--short", action="store_true", help="every twelfth attempt, on openbox only")
    parser.add_argument("--class", dest="kind", default="", help="only classes with this word in their name")
    options = parser.parse_args()
    screens = [UNGUARDED[0], OPENBOX] if options.short else [*UNGUARDED, OPENBOX, NO_MANAGER]
    found = run(slice(None, None, 12 if options.short else None), options.kind, screens)
    if not options.short and options.kind in "meeting page":
        _add(found, summary(meeting.tried(guarded=False), {OPENBOX: meeting.tried(guarded=True)}))
    if not options.short and options.kind in ("", "technician"):
        found = technician.add(found, technician.run())
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + os.linesep)
    print(
        f"{found['contained']} of {found['attempts']} attempts contained, {len(found['not_counted'])} not counted: {OUT}"
    )
    return 1 if found["escaped"] else 0


def _add(found: dict[str, Any], more: dict[str, Any]) -> None:
    """Both in one account."""
    for key, value in more.items():
        found[key] = found[key] | value if isinstance(value, dict) else found[key] + value


if __name__ == "__main__":
    sys.exit(main())
