"""Holds keys on Windows: a low-level hook that swallows what key_table_windows.py says, tried and armed anew all the time.

Windows takes a hook away without a word when it was slow once. So the hook does nothing but judge and queue; a marker key is
pressed every ten seconds and must come back through the hook; and the hook is made anew every minute, the next before the last goes.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from kiosk_ui.shell.key_table_windows import (
    HELD_KEYS,
    HELD_MODIFIERS,
    MARKER,
    WINDOWS_KEYMAP,
    WINDOWS_TYPING,
    KeyJudge,
    Stroke,
    Verdict,
)
from kiosk_ui.shell.technician_chord import TechnicianChord
from protocol.shell import KeysFact

log = logging.getLogger(__name__)

TRY_EVERY_S = 10.0
ANSWER_S = 0.5
ARM_EVERY_S = 60.0
SELF_TEST = "self-test"
MOST_WAITING = 1000


class HookRefused(Exception):
    """Windows gave no hook; the text says why."""


class Hook(Protocol):
    """One low-level hook. `decide` is called on a thread of the hook's own and must return at once: true swallows the stroke."""

    def start(self, decide: Callable[[Stroke], bool]) -> None:
        """Install it in front of those that are there; raises HookRefused."""

    def stop(self) -> None:
        """Take it away; safe when it has gone."""


class Keyboard(Protocol):
    """What Windows offers around the hook."""

    def hook(self) -> Hook:
        """A new hook, not installed yet."""

    def press_marker(self) -> None:
        """Press and release the marker key, as if somebody had."""

    def release_modifiers(self) -> None:
        """Release the Control, Alt and Windows keys that Windows believes to be down: their presses were missed."""

    def forbid_shortcuts(self) -> tuple[str, ...]:
        """Turn the accessibility shortcuts off, which no hook stops; those that stay on."""


class KeyGuard:
    """Make it before anything else is on the screen.

    `changed` is told what is held whenever that changes, `attempt` the kind of each held key pressed, `chord` that
    a technician asks to be let in.
    """

    def __init__(
        self,
        *,
        changed: Callable[[KeysFact], None],
        attempt: Callable[[str], None],
        keyboard: Keyboard,
        chord: Callable[[], None] = lambda: None,
    ) -> None:
        self._changed = changed
        self._attempt = attempt
        self._chord = chord
        self._technician = TechnicianChord()
        self._keyboard = keyboard
        self._judge = KeyJudge()
        self._hook: Hook | None = None
        self._waiting: deque[Callable[[], None]] = deque(maxlen=MOST_WAITING)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._asked, self._answered = False, True
        self._armed_at_s = 0.0
        self._stays = keyboard.forbid_shortcuts()
        self._arm()

    @property
    def fact(self) -> KeysFact:
        """What is truly held; a hook that does not answer holds nothing."""
        if self._hook is None or not self._answered:
            return KeysFact(held=0, missing=(SELF_TEST, *self._stays))
        return KeysFact(held=HELD_KEYS + HELD_MODIFIERS, missing=self._stays)

    # ---- in the hook's thread ---------------------------------------------------------------------------------------

    def _decide_for(self, hook: Hook) -> Callable[[Stroke], bool]:
        def decide(stroke: Stroke) -> bool:
            if self._hook is not hook:  # another one judges: there is always exactly one that does
                return False
            if stroke.key == MARKER:
                self._queue(self._marker_came)
                return True
            verdict = self._judge.judge(stroke)
            self._held_key(stroke, verdict)
            return verdict.swallow

        return decide

    def _held_key(self, stroke: Stroke, verdict: Verdict) -> None:
        if verdict.kind is None:
            return
        symbol = WINDOWS_KEYMAP.get(stroke.key, (0,))[0]
        if self._technician.press(symbol, verdict.state, WINDOWS_TYPING, stroke.at_ms):
            self._queue(self._chord)
        self._queue(partial(self._attempt, verdict.kind))

    def _queue(self, what: Callable[[], None]) -> None:
        self._waiting.append(what)
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self._take_up)

    # ---- on the loop ------------------------------------------------------------------------------------------------

    def attend(self, screen_lost: Callable[[], None]) -> None:
        """Take up keys on the running loop and try the hook now and every ten seconds; Windows never loses the screen."""
        del screen_lost
        self._loop = asyncio.get_running_loop()
        self._armed_at_s = self._loop.time()
        self._take_up()
        self._try()

    def close(self) -> None:
        """Let everything go."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None
        if self._hook is not None:
            hook, self._hook = self._hook, None
            hook.stop()

    def _take_up(self) -> None:
        while self._waiting:
            self._waiting.popleft()()

    def _marker_came(self) -> None:
        if self._asked:  # one that is late was judged already
            self._answer(came=True)

    # ---- the watcher watched ----------------------------------------------------------------------------------------

    def _arm(self) -> None:
        """A new hook in front of the old one, so that there is no moment without any."""
        hook = self._keyboard.hook()
        try:
            hook.start(self._decide_for(hook))
        except HookRefused as error:
            log.error("the keys are not held anew: %s", error)  # noqa: TRY400 - the reason says it all
            return
        before, self._hook = self._hook, hook
        if before is not None:
            before.stop()
        self._keyboard.release_modifiers()

    def _try(self) -> None:
        """Press the marker: it must come back to us in time."""
        if not self._judge.has_alt_gr:
            self._keyboard.release_modifiers()
        self._asked = True
        self._keyboard.press_marker()
        self._timer = asyncio.get_running_loop().call_later(ANSWER_S, self._look)

    def _look(self) -> None:
        """An answer that is late is none: strokes were not held for as long."""
        loop = asyncio.get_running_loop()
        after_s = TRY_EVERY_S - ANSWER_S
        if self._asked:
            log.error("the marker key did not come back: Windows has taken the hook away")
            self._answer(came=False)
            self._arm_on_loop()
            after_s = ANSWER_S
        elif loop.time() - self._armed_at_s >= ARM_EVERY_S:  # only after a good answer: a hook that was lost is told
            self._arm_on_loop()
        self._timer = loop.call_later(after_s, self._try)

    def _arm_on_loop(self) -> None:
        before = self.fact
        self._arm()
        self._armed_at_s = asyncio.get_running_loop().time()
        self._say(before)

    def _answer(self, *, came: bool) -> None:
        before = self.fact
        self._asked, self._answered = False, came
        self._say(before)

    def _say(self, before: KeysFact) -> None:
        if self.fact != before:
            self._changed(self.fact)
