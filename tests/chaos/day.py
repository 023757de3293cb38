"""One terminal's day: short sessions, one after the other, each with its family, whatever breaks meanwhile."""

import random
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from typing import NamedTuple

from tests.chaos.site import Place, Site
from tests.stage.central import Called
from tests.stage.waiting import boot_s

TALK_LEAST_S, TALK_MOST_S = 15, 25
GIVE_UP_S = 150.0
BETWEEN_S = 0.5
LOOK_S = 0.1


class Planned(NamedTuple):
    """A session that was added."""

    terminal: str
    number: str
    called: Called
    talk_s: int
    added_s: float


class Day:
    """Runs in a thread of its own from `start` until `close`, after which the running session goes on to its end."""

    def __init__(self, site: Site, place: Place, seed: int, tell: Callable[[str], None]) -> None:
        self._central = site.central
        self._office = site.office
        self._place = place
        self._dice = random.Random(f"{seed} {place.name}")
        self._tell = tell
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"day-{place.name}", daemon=True)
        self.planned: list[Planned] = []
        self.findings: list[str] = []

    def start(self) -> None:
        """Begin with the first session."""
        self._thread.start()

    def close(self) -> None:
        """Begin no other session."""
        self._closing.set()

    def wait(self, within_s: float) -> bool:
        """Whether the last session was over in time."""
        self._thread.join(within_s)
        return not self._thread.is_alive()

    @property
    def talk_s(self) -> float:
        """The promised talk time of the session at hand."""
        return self.planned[-1].talk_s if self.planned else float(TALK_LEAST_S)

    def _run(self) -> None:
        while not self._closing.wait(BETWEEN_S):
            one = self._add()
            if one is None:
                continue
            self.planned.append(one)
            self._place.family.begin(one.called.link)
            self._tell(f"{one.number} at {one.terminal}: {one.talk_s} s are promised")
            over = self._wait_over(one)
            self._place.family.end()
            self._say_over(one, over=over)

    def _add(self) -> Planned | None:
        number = f"{len(self.planned) + 1:03d}"
        talk_s = self._dice.randint(TALK_LEAST_S, TALK_MOST_S)
        try:
            with self._office:
                called = self._central.add_session(self._place.machine.id, number, talk_s=talk_s)
        except (RuntimeError, OSError, TypeError, subprocess.SubprocessError) as error:
            self._tell(f"no session could be added: {error}")
            return None
        return Planned(self._place.name, number, called, talk_s, boot_s())

    def _wait_over(self, one: Planned) -> bool:
        watch, until_s = self._place.watch, boot_s() + GIVE_UP_S
        never = threading.Event()
        while boot_s() < until_s:
            if one.called.id in watch.over and watch.session != one.called.id:
                return True
            is_here = watch.session == one.called.id
            if not is_here and self._was_closed(one):
                return True
            never.wait(LOOK_S if is_here else 1.0)
        return False

    def _was_closed(self, one: Planned) -> bool:
        """Central closed it, since nobody was called to it in time."""
        try:
            rows = self._central.rows("select state from sessions where id = ?", one.called.id)
        except sqlite3.Error:
            return False
        return bool(rows) and rows[0]["state"] in ("ended", "cancelled")

    def _say_over(self, one: Planned, *, over: bool) -> None:
        watch = self._place.watch
        ended = watch.ended.get(one.called.id)
        if not over:
            self.findings.append(
                f"{one.number} at {one.terminal} ({one.called.id}) was not over after {GIVE_UP_S:g} s: "
                f"the visit is {watch.visit}, the screen {watch.screen}"
            )
        words = f"ended as {ended[2]}" if ended else "was never called" if over else "is still not over"
        self._tell(f"{one.number} at {one.terminal} {words}")
