"""`python -m tests.escape [--short] [--class WORD]`: tries everything, writes out/escape.json, fails on any escape."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.escape.attempts import Attempt, every
from tests.escape.ring import Ring, ring_on

OUT = Path("out/escape.json")
EFFECT_S = 0.15
HEAL_S = 3.0
OFF_S = 0.6


def try_unguarded(attempts: list[Attempt], folder: Path) -> dict[Attempt, list[str]]:
    """What each attempt does where nothing guards; nothing: it does not count."""
    found: dict[Attempt, list[str]] = {}
    with ring_on(folder, guarded=False, window_manager=True) as ring:
        for attempt in attempts:
            wrong: list[str] = []
            attempt.do(ring)
            deadline = time.monotonic() + OFF_S
            while not wrong and time.monotonic() < deadline:
                wrong = ring.look()
            found[attempt] = wrong
            if wrong:
                ring.mend(wrong)
            else:
                ring.clear()
    return found


def try_guarded(attempts: list[Attempt], folder: Path, *, window_manager: bool) -> dict[Attempt, list[str]]:
    """What is still wrong a moment after each attempt on the kiosk as it is; nothing: it was contained."""
    found: dict[Attempt, list[str]] = {}
    with ring_on(folder, guarded=True, window_manager=window_manager) as ring:
        for attempt in attempts:
            ring.ask("window.leaks ? 1 : 0") == "1" or ring.begin()
            attempt.do(ring)
            time.sleep(EFFECT_S)
            wrong = _after_healing(ring)
            found[attempt] = wrong
            if wrong:
                print(f"  ESCAPED {attempt.kind}: {attempt.name}: {wrong}", flush=True)
                ring.mend(wrong)
            else:
                ring.clear()
    return found


def _after_healing(ring: Ring) -> list[str]:
    deadline = time.monotonic() + HEAL_S
    while (wrong := ring.look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return wrong


def summary(off: dict[Attempt, list[str]], on: dict[str, dict[Attempt, list[str]]]) -> dict[str, Any]:
    """The figures of `out/escape.json`; an attempt counts once for each screen it was tried on."""
    escaped = [
        {"class": attempt.kind, "attempt": attempt.name, "screen": screen, "seen": wrong}
        for screen, found in on.items()
        for attempt, wrong in found.items()
        if wrong
    ]
    by_class: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for found in on.values():
        for attempt, wrong in found.items():
            if off[attempt] or wrong:
                by_class[attempt.kind]["attempts"] += 1
                by_class[attempt.kind]["escaped" if wrong else "contained"] += 1
    return {
        "attempts": sum(count["attempts"] for count in by_class.values()),
        "contained": sum(count["contained"] for count in by_class.values()),
        "escaped": escaped,
        "by_class": {kind: dict(count) for kind, count in by_class.items()},
        "not_counted": [{"class": one.kind, "attempt": one.name} for one, wrong in off.items() if not wrong],
        "with_the_guard_off": {f"{one.kind}: {one.name}": wrong for one, wrong in off.items() if wrong},
    }


def run(attempts: list[Attempt], screens: list[bool]) -> dict[str, Any]:
    """Everything, first without guards and then with them on each screen."""
    with tempfile.TemporaryDirectory(prefix="bilik-escape-", ignore_cleanup_errors=True) as place:
        started = time.monotonic()
        off = try_unguarded(attempts, _folder(place, "off"))
        counting = [attempt for attempt in attempts if off[attempt]]
        print(f"without guards: {len(counting)} of {len(off)} come through", flush=True)
        on: dict[str, dict[Attempt, list[str]]] = {}
        for managed in screens:
            name = "openbox" if managed else "no window manager"
            on[name] = try_guarded(counting, _folder(place, "on" + str(int(managed))), window_manager=managed)
            print(f"guarded, {name}: {sum(map(bool, on[name].values()))} of {len(on[name])} come through", flush=True)
        return summary(off, on) | {"seconds": round(time.monotonic() - started)}


def _folder(place: str, name: str) -> Path:
    folder = Path(place) / name
    folder.mkdir()
    return folder


def main() -> int:
    """0 if nothing came through."""
    parser = argparse.ArgumentParser(prog="python -m tests.escape")
    parser.add_argument("--short", action="store_true", help="every twelfth attempt, on openbox only")
    parser.add_argument("--class", dest="kind", default="", help="only classes with this word in their name")
    options = parser.parse_args()
    attempts = [attempt for attempt in every() if options.kind in attempt.kind]
    found = run(attempts[::12] if options.short else attempts, [True] if options.short else [True, False])
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + os.linesep)
    print(
        f"{found['contained']} of {found['attempts']} attempts contained, {len(found['not_counted'])} not counted: {OUT}"
    )
    return 1 if found["escaped"] else 0


if __name__ == "__main__":
    sys.exit(main())
