"""One kiosk for each run, all attempts on it, and what came of them in figures."""

import multiprocessing
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.escape.attempts import Attempt, every
from tests.escape.ring import Ring, ring_on

OPENBOX, NO_MANAGER = "openbox", "no window manager"
UNGUARDED = (f"{OPENBOX}, without guards", f"{NO_MANAGER}, without guards")
EFFECT_S = 0.15
HEAL_S = 3.0
OFF_S = 0.6


def try_unguarded(attempts: list[Attempt], folder: Path, *, window_manager: bool) -> dict[Attempt, list[str]]:
    """What each attempt does where nothing guards; where it does nothing on any screen it does not count."""
    found: dict[Attempt, list[str]] = {}
    with ring_on(folder, guarded=False, window_manager=window_manager) as ring:
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


def one_run(chosen: slice, kind: str, screen: str) -> list[list[str]]:
    """One kiosk and all attempts on it, in a process of its own; what came of each, in their order."""
    attempts = choose(chosen, kind)
    with tempfile.TemporaryDirectory(prefix="bilik-escape-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / "kiosk"
        folder.mkdir()
        found = _tried(attempts, folder, screen)
    print(f"{screen}: {sum(map(bool, found.values()))} of {len(found)} came through", flush=True)
    return list(found.values())


def _tried(attempts: list[Attempt], folder: Path, screen: str) -> dict[Attempt, list[str]]:
    tried = try_unguarded if screen in UNGUARDED else try_guarded
    return tried(attempts, folder, window_manager=screen in (OPENBOX, UNGUARDED[0]))


def choose(chosen: slice, kind: str) -> list[Attempt]:
    """The same attempts in every process."""
    return [attempt for attempt in every() if kind in attempt.kind][chosen]


def run(chosen: slice, kind: str, screens: list[str]) -> dict[str, Any]:
    """Everything, without guards and with them on each screen, side by side: most of the time is spent waiting."""
    started, attempts = time.monotonic(), choose(chosen, kind)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(screens), mp_context=context) as pool:
        running = {screen: pool.submit(one_run, chosen, kind, screen) for screen in screens}
        found = {screen: dict(zip(attempts, one.result(), strict=True)) for screen, one in running.items()}
    without = [found.pop(screen) for screen in UNGUARDED if screen in found]
    off = {attempt: next((one[attempt] for one in without if one[attempt]), []) for attempt in attempts}
    return summary(off, found) | {"seconds": round(time.monotonic() - started)}
