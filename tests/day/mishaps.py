"""What goes wrong on the day: a call that breaks by our fault, a booth that dies in a talk and comes back."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.stage.waiting import boot_s

if TYPE_CHECKING:
    from tests.day.day import Day

BACK_AFTER_S = 100


class Mishaps:
    """Each is tried again at every look until it has happened; True then."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.broken = ""
        self.died_s = 0.0

    def break_a_call(self) -> bool:
        """A talk at a booth is ended by our fault in its first half; on a busy machine that may take another try."""
        if self.broken:
            return self._is_broken_early()
        rows = self.day.central.rows(
            "select s.id, s.terminal_id from sessions s join registrations r on r.session_id = s.id where s.state = 'open' "
            "and s.visit_state = 'talking' and r.exempt_talk_s is null and r.make_up_of is null and s.terminal_id not in (?, ?)",
            self.day.real.terminal.id,
            self.day.dying.id,
        )
        if rows and self.day.desk.end(rows[0]["terminal_id"], "facility"):
            self.broken = str(rows[0]["id"])
        return False

    def _is_broken_early(self) -> bool:
        found = self.day.central.rows("select body from usage where session_id = ?", self.broken)
        if not found:
            return False
        record = json.loads(found[0]["body"])
        is_early = bool(
            record["fault_party"] == "facility" and record["talk_delivered_ms"] < record["talk_promised_s"] * 500
        )
        if is_early:
            self.day.story.tell(f"a call is broken by our fault after {record['talk_delivered_ms'] / 1000:.1f} s")
        self.broken = self.broken if is_early else ""
        return is_early

    def lose_a_booth(self) -> bool:
        """The agent of the last booth is killed in the middle of a talk."""
        rows = self.day.central.rows(
            "select id from sessions where state = 'open' and visit_state = 'talking' and terminal_id = ?",
            self.day.dying.id,
        )
        if not rows:
            return False
        assert self.day.dying.agent is not None
        self.day.dying.agent.signal(signal.SIGKILL)
        self.died_s = boot_s()
        self.day.story.tell("Bilik 4 dies in the middle of a talk")
        return True

    def bring_it_back(self) -> bool:
        """Its power comes back; what it owed arrives."""
        if not self.died_s or boot_s() - self.died_s < BACK_AFTER_S:
            return False
        self.day.dying.start_agent()
        self.day.story.tell("Bilik 4 is back")
        return True
