"""Holds keys on X: grabs what key_table.py wants, checks each grab, swallows and counts what comes, and tries itself."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import CatchError, ConnectionClosedError, XError
from Xlib.ext import xtest

from kiosk_ui.shell.key_table import (
    Grab,
    Keymap,
    attempt_kind,
    idle_code,
    in_words,
    is_modifier,
    narrower,
    typing_mask,
    wanted,
)
from kiosk_ui.shell.technician_chord import TechnicianChord
from protocol.shell import KeysFact

log = logging.getLogger(__name__)

TRY_EVERY_S = 10.0
ANSWER_S = 2.0
MOST_MISSING = 40
SELF_TEST = "self-test"


class KeyGuard:
    """Make it before anything else is on the screen: whoever grabs first has the key.

    `changed` is told what is held whenever that changes, `attempt` the kind of each held key pressed, `chord` that
    a technician asks to be let in.
    """

    def __init__(
        self,
        *,
        changed: Callable[[KeysFact], None],
        attempt: Callable[[str], None],
        chord: Callable[[], None] = lambda: None,
        name: str | None = None,
    ) -> None:
        self._changed = changed
        self._attempt = attempt
        self._chord = chord
        self._technician = TechnicianChord()
        self._display = Display(name)
        self._display.set_error_handler(lambda error, _: log.warning("X refused: %s", error))
        self._root = self._display.screen().root
        self._keymap: Keymap = {}
        self._typing = 0
        self._held: set[Grab] = set()
        self._released: tuple[int, int] = (0, 0)
        self._refused: tuple[str, ...] = ()
        self._asked, self._answered = False, True
        self._timer: asyncio.TimerHandle | None = None
        self._lost: Callable[[], None] = lambda: None
        self._grab_wanted()

    @property
    def fact(self) -> KeysFact:
        """What is truly held; a self-test without an answer counts as missing."""
        missing = self._refused if self._answered else (*self._refused, SELF_TEST)
        return KeysFact(held=len(self._held), missing=missing)

    # ---- grabbing ---------------------------------------------------------------------------------------------------

    def _hold(self) -> None:
        before = self.fact
        self._grab_wanted()
        self._say(before)

    def _grab_wanted(self) -> None:
        """Grab what the map of now wants, in parts where somebody else has a part; then let go the rest."""
        self._keymap = self._read_keymap()
        self._typing = self._read_typing()
        first = wanted(self._keymap, self._typing)
        refused = self._grab(first)
        parts = [part for grab in refused for part in narrower(grab, self._keymap)]
        refused_parts = self._grab(parts)
        held = (set(first) | set(parts)) - set(refused) - set(refused_parts)
        for grab in self._held - held:
            self._root.ungrab_key(grab.code, grab.mask)
        self._held = held
        self._refused = self._in_words(refused_parts)
        self._display.flush()
        if self._refused:
            log.error("%s combinations are not held, another program has them", len(self._refused))

    def _grab(self, grabs: Iterable[Grab]) -> list[Grab]:
        """Those that were refused."""
        asked = [(grab, CatchError()) for grab in grabs]
        for grab, caught in asked:
            self._root.grab_key(grab.code, grab.mask, False, X.GrabModeAsync, X.GrabModeAsync, onerror=caught)
        self._display.sync()
        return [grab for grab, caught in asked if caught.get_error() is not None]

    def _in_words(self, refused: Iterable[Grab]) -> tuple[str, ...]:
        names = (
            in_words(grab, _key_name(self._keymap.get(grab.code, ()), grab.code), self._typing) for grab in refused
        )
        return tuple(dict.fromkeys(names))[:MOST_MISSING]

    def _read_keymap(self) -> Keymap:
        first = self._display.display.info.min_keycode
        count = self._display.display.info.max_keycode - first + 1
        return {
            first + place: tuple(keys) for place, keys in enumerate(self._display.get_keyboard_mapping(first, count))
        }

    def _read_typing(self) -> int:
        rows = self._display.get_modifier_mapping()
        symbols = ([symbol for code in row if code for symbol in self._keymap.get(code, ())[:2]] for row in rows)
        return typing_mask({1 << place: [symbol for symbol in row if symbol] for place, row in enumerate(symbols)})

    def _say(self, before: KeysFact) -> None:
        if self.fact != before:
            self._changed(self.fact)

    # ---- on the loop ------------------------------------------------------------------------------------------------

    def attend(self, screen_lost: Callable[[], None]) -> None:
        """Take up keys on the running loop and try the grabs now and every ten seconds; `screen_lost` once."""
        loop, descriptor = asyncio.get_running_loop(), self._display.fileno()

        def lost() -> None:
            loop.remove_reader(descriptor)
            screen_lost()

        self._lost = lost
        loop.add_reader(descriptor, self._guarded, lambda: None)
        self._guarded(self._try)

    def close(self) -> None:
        """Let everything go."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            asyncio.get_running_loop().remove_reader(self._display.fileno())
            self._display.close()
        except (XError, ConnectionClosedError, OSError) as error:
            log.info("the screen has gone already: %s", error)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do the work, then take up what has come: waiting for an answer may have read events too."""
        try:
            work()
            self._take_up_all()
            self._display.flush()
        except (ConnectionClosedError, OSError):
            self._lost()

    def _take_up_all(self) -> None:
        moved = False
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.MappingNotify:
                moved = moved or event.request != X.MappingPointer
                self._display.refresh_keyboard_mapping(event)
            elif event.type == X.KeyPress:
                self._pressed(event)
            elif event.type == X.KeyRelease:
                self._released = (event.detail, event.time)
        if moved:
            self._hold()

    def _pressed(self, event: Any) -> None:
        if event.detail == idle_code(self._keymap):
            self._answer(came=True)
        elif (event.detail, event.time) != self._released:  # a key that is held down is released and pressed at once
            self._held_key(event)

    def _held_key(self, event: Any) -> None:
        symbols = self._keymap.get(event.detail, ())
        counts = bool(symbols) and not is_modifier(symbols)
        if counts and self._technician.press(symbols[0], event.state, self._typing, event.time):
            self._chord()
        kind = attempt_kind(event.detail, event.state, self._keymap, self._typing)
        if kind is not None:
            self._attempt(kind)

    # ---- the watcher watched ----------------------------------------------------------------------------------------

    def _try(self) -> None:
        """Press a key that has nothing on it: it must come back to us."""
        code = idle_code(self._keymap)
        if self._refused:
            self._hold()
        if code is not None and self._display.has_extension("XTEST"):
            self._asked = True
            xtest.fake_input(self._display, X.KeyPress, code)
            xtest.fake_input(self._display, X.KeyRelease, code)
        self._later(ANSWER_S, self._judge)

    def _judge(self) -> None:
        if self._asked:
            log.error("a held key did not come back: another program has the keyboard, or the grabs are lost")
            self._answer(came=False)
            self._hold()
        self._later(TRY_EVERY_S - ANSWER_S, self._try)

    def _answer(self, *, came: bool) -> None:
        before = self.fact
        self._asked, self._answered = False, came
        self._say(before)

    def _later(self, after_s: float, work: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(after_s, self._guarded, work)


def _key_name(symbols: Iterable[int], code: int) -> str:
    names = {symbol: name.removeprefix("XK_") for name, symbol in vars(XK).items() if name.startswith("XK_")}
    return next((names[symbol] for symbol in symbols if symbol in names), f"key {code}")
