"""Tries the technician's way in as somebody would who is none: by chance, by guessing, and in a call; on real programs."""

import contextlib
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.escape.door import PIN, WORD, Door
from tests.escape.hands import Hands
from tests.stage import terminal as stage_terminal
from tests.stage.kiosk import Kiosk
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import boot_s, wait_for

ROOT = Path(__file__).resolve().parents[2]
GUESSES = ["55667780", "31415926", "27182818", "16180339", "14142135", "17320508", "22360679", PIN, "26457513"]
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
SEEN_S = 2.0
TALK_S = 60


class Try(NamedTuple):
    """`bad`: what may not come of it."""

    kind: str
    name: str
    do: Callable[[Door], object]
    bad: str = "the PIN screen was asked for"


# ---- by chance ----------------------------------------------------------------------------------------------------


def by_chance() -> Iterator[Try]:
    """Keys and fingers without a plan, or with half of one."""
    kind = "technician: chord by chance"
    for seed in range(4):
        yield Try(kind, f"200 keys at random with the three held, {seed}", lambda door, seed=seed: _mash(door, seed))
    for row in ROWS:
        yield Try(kind, f"sliding over {row}", lambda door, row=row: _all(door, [*row, *reversed(row)]))
    near = {
        "the word backwards": "kilib", "without its end": "bili", "with one letter too many": "billik",
        "with another key between": "bixlik", "its letters sorted": "biikl", "another word": "bangku",
    }  # fmt: skip
    for name, word in near.items():
        yield Try(kind, name, lambda door, word=word: _all(door, word))
    yield Try(kind, "the word without Shift", lambda door: [door.hands.chord(f"ctrl+alt+{key}") for key in "bilik"])
    yield Try(kind, "the word, too slowly", _slowly)
    yield Try(kind, "the word with Super held too", lambda door: [door.hands.chord(f"super+{key}") for key in WORD])
    kind = "technician: corners by chance"
    width = 1280
    yield Try(kind, "right before left", lambda door: (door.hold(width - 10, 5.5), door.hold(10, 5.5)))
    yield Try(kind, "both, too shortly", lambda door: (door.hold(10, 4), door.hold(width - 10, 4)))
    yield Try(kind, "one corner for long", lambda door: door.hold(10, 7))


def _mash(door: Door, seed: int) -> None:
    chance = random.Random(seed)
    _all(door, [chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(200)])


def _all(door: Door, keys: list[str] | str) -> None:
    for key in keys:
        door.hands.chord(f"ctrl+alt+shift+{key}")


def _slowly(door: Door) -> None:
    for key in WORD:
        door.hands.chord(key)
        time.sleep(1.7)


# ---- by guessing --------------------------------------------------------------------------------------------------

INSIDE = "the maintenance screen was reached"


def guesses() -> Iterator[Try]:
    """The right PIN is the eighth."""
    kind = "technician: guessing"
    yield Try(kind, "nine PINs, one after the other", lambda door: _guess(door, kills=False), INSIDE)
    yield Try(kind, "nine PINs, the agent killed after every second", lambda door: _guess(door, kills=True), INSIDE)


def _guess(door: Door, *, kills: bool) -> None:
    door.call()
    for place, pin in enumerate(GUESSES):
        door.type(pin)
        if kills and place % 2:
            door.restart_agent()


# ---- in a call ----------------------------------------------------------------------------------------------------

ENDED = "the call was ended"


def in_call() -> Iterator[Try]:
    """While somebody talks."""
    kind = "technician: in a call"
    yield Try(kind, "the chord", lambda door: door.screen.do("key", *WORD), ENDED)
    yield Try(kind, "the chord and the right PIN, unseen", _unseen, ENDED)
    yield Try(kind, "the corners", lambda door: (door.hold(10, 5.5), door.hold(1366 - 10, 5.5)), ENDED)


def _unseen(door: Door) -> None:
    door.screen.do("key", *WORD)
    door.type(PIN)


# ---- running ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def programs(*, guarded: bool) -> Iterator[None]:
    """The commands that a terminal of the stage starts: the product's own, or those without guards."""
    if guarded:
        yield
        return
    kept = stage_terminal.BIN
    with tempfile.TemporaryDirectory(prefix="bilik-loose-bin-") as folder:
        for name in ("agent", "shell"):
            script = Path(folder) / f"bilik-{name}"
            script.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.escape.loose {name} "$@"\n')
            script.chmod(0o755)
        stage_terminal.BIN = Path(folder)
        try:
            yield
        finally:
            stage_terminal.BIN = kept


def set_pin(terminal: Terminal) -> None:
    """What the technician did when the booth was set up."""
    command = terminal._agent_command("set-pin")
    subprocess.run(command, input=f"{PIN}\n", text=True, check=True, capture_output=True, timeout=60)


@contextlib.contextmanager
def empty_booth() -> Iterator[Door]:
    """A booth without a visit; it is not even enrolled."""
    with Stage("technician") as stage:
        terminal, screen = stage.bare_terminal("Bilik 3"), stage.screen(1280, 800)
        set_pin(terminal)
        terminal.start_agent()
        terminal.start_shell(screen.name)
        with Hands(screen.name) as hands:
            door = Door(terminal, screen, hands)
            wait_for(lambda: door.painted("NotEnrolled", 0.0), within_s=40, what="the first screen", every_s=0.1)
            yield door


def try_one(door: Door, one: Try) -> list[str]:
    """What came of it that may not."""
    since_s = boot_s()
    one.do(door)
    deadline = time.monotonic() + SEEN_S
    while one.bad not in (wrong := door.seen(since_s)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [one.bad] if one.bad in wrong else []


def tried(*, guarded: bool) -> dict[Try, list[str]]:
    """Everything once, with the guards or without."""
    found: dict[Try, list[str]] = {}
    with programs(guarded=guarded):
        with empty_booth() as door:
            for one in by_chance():
                found[one] = try_one(door, one)
                if found[one]:
                    _away(door)
        for one in guesses():
            with empty_booth() as door:
                found[one] = try_one(door, one)
        found |= _tried_in_call()
    return found


def _away(door: Door) -> None:
    """The PIN screen put away by its own button, so that the next attempt finds the booth as it was."""
    since_s = boot_s()

    def is_away() -> bool:
        door.screen.click(200, 450)
        return door.painted("NotEnrolled", since_s) or door.painted("Idle", since_s)

    wait_for(is_away, within_s=10, what="the booth's own screen", every_s=0.3)


def _tried_in_call() -> dict[Try, list[str]]:
    found: dict[Try, list[str]] = {}
    with Stage("technician-call") as stage:
        kiosk = Kiosk(stage)
        set_pin(kiosk.terminal)
        with Hands(kiosk.screen.name) as hands:
            door = Door(kiosk.terminal, kiosk.screen, hands)
            visit = None
            for one in in_call():
                if visit is None:
                    visit = kiosk.begin(talk_s=TALK_S)
                    kiosk.talking_since_s(visit)
                found[one] = try_one(door, one)
                if found[one]:
                    _away(door)
                    visit.leave()
                    visit = None
    return found


def named(*, guarded: bool) -> dict[str, list[str]]:
    """As `tried`, by kind and name, so that it can cross between processes."""
    found = {f"{one.kind}: {one.name}": wrong for one, wrong in tried(guarded=guarded).items()}
    how = "as it is" if guarded else "without guards"
    print(f"technician, {how}: {sum(map(bool, found.values()))} of {len(found)} came through", flush=True)
    return found


def run() -> dict[str, Any]:
    """With and without guards side by side; the figures in the form of `out/escape.json`."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        off, on = pool.submit(named, guarded=False), pool.submit(named, guarded=True)
        without, found = off.result(), on.result()
    counted = {name: wrong for name, wrong in found.items() if without[name] or wrong}
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, wrong in counted.items():
        rows[_class(name)].update(("attempts", "escaped" if wrong else "contained"))
    return {
        "attempts": len(counted),
        "contained": sum(not wrong for wrong in counted.values()),
        "escaped": [
            _row(name) | {"screen": "with the agent", "seen": wrong} for name, wrong in counted.items() if wrong
        ],
        "by_class": {kind: dict(count) for kind, count in rows.items()},
        "not_counted": [_row(name) for name in found if name not in counted],
        "with_the_guard_off": {name: wrong for name, wrong in without.items() if wrong},
    }


def _class(name: str) -> str:
    return ": ".join(name.split(": ")[:2])


def _row(name: str) -> dict[str, Any]:
    return {"class": _class(name), "attempt": name.split(": ", 2)[2]}


def add(figures: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both as one."""
    summed: dict[str, Any] = dict(figures)
    for key, value in more.items():
        summed[key] = {**figures[key], **value} if isinstance(value, dict) else figures[key] + value
    return summed
