"""Whole visits to somebody else's meeting: from the schedule to the auto-close on a real window, and what becomes of its link."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from tests.length import IS_LONG
from tests.meeting_site import BLUE, HOST, MeetingSite, meeting_site
from tests.stage.central import Called
from tests.stage.glass import Glass
from tests.stage.stage import Stage
from tests.stage.terminal import engine_flags
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow, pytest.mark.shortened, pytest.mark.timeout(180)]
long_only = pytest.mark.skipif(not IS_LONG, reason="make test-long")

SIZE = (1024, 768)
TALK_S = 10
LATE_S = 1.0
HUNG = "setTimeout(() => { for (;;); }, 0)"
WHITE = (255, 255, 255)
SECRET = "ruang-rahasia-4711"


class Booth:
    """One booth of a facility that allows the site; visit after visit goes through it."""

    def __init__(self, stage: Stage, site: MeetingSite) -> None:
        self.stage, self.site = stage, site
        self.central = stage.central()
        facility = self.central.add_facility(
            "Rutan Contoh", warn_at_s=[5], farewell_s=2, join_grace_s=20, meeting_hosts=[f"{HOST}:{site.port}"]
        )
        self.terminal = stage.terminal("Bilik 3", central=self.central, facility=facility)
        self.screen = stage.screen(*SIZE)
        self.terminal.start_shell(self.screen.name, engine=f"{engine_flags()} {site.flag}")
        self.glass = Glass(self.screen.name, SIZE)
        stage.ends(self.glass.close)
        self.count = 0
        self.since_s = 0.0

    def entries(self, event: str, **details: Any) -> list[dict[str, Any]]:
        """The agent's log lines of this kind in this visit."""
        return [
            line
            for line in self.terminal.agent_log()
            if line.get("event") == event
            and line.get("boot_s", 0) >= self.since_s
            and all(line.get(key) == value for key, value in details.items())
        ]

    def wait_for_entry(
        self, event: str, *, within_s: float = 20.0, at_least: int = 1, **details: Any
    ) -> dict[str, Any]:
        """The newest of so many such lines."""
        what = f"{event} {details} in the agent's log"
        return dict(
            wait_for(
                lambda: (found := self.entries(event, **details))[at_least - 1 :] and found[-1],
                within_s=within_s,
                what=what,
            )
        )

    def begin(self, path: str = f"/{SECRET}") -> Called:
        """A session that is due now, checked in by keyboard; returns when the strip is on the glass."""
        self.count += 1
        self.since_s = boot_s()
        session = self.central.add_session(
            self.terminal.id, f"{self.count:03d}", talk_s=TALK_S, kind="web_page", url=self.site.url(path)
        )
        for shown, until in (("CheckIn", "Rules"), ("Rules", "Meeting")):
            wait_for(lambda shown=shown, until=until: self._press(shown, until), within_s=20, what=until, every_s=0.4)
        return session

    def _press(self, shown: str, until: str) -> bool:
        if self.entries("painted", screen=until):
            return True
        if self.entries("painted", screen=shown):
            self.screen.do("key", "Return")
        return False

    def talk(self, path: str = f"/{SECRET}") -> tuple[Called, float]:
        """Begin, and wait until the meeting is on the glass; the session and since when its talk time runs."""
        session = self.begin(path)
        began_s = float(self.wait_for_entry("state", visit="talking")["boot_s"])
        wait_for(self.shows_meeting, within_s=LATE_S, what="the meeting on the glass")
        return session, began_s

    def shows_meeting(self) -> bool:
        return self.screen.pixel(SIZE[0] // 2, SIZE[1] - 20) == BLUE

    @property
    def window_pid(self) -> int:
        told = [line for line in self.terminal.agent_log() if line.get("event") == "window" and line.get("window_pid")]
        return int(told[-1]["window_pid"])

    def finished(self, session: Called) -> dict[str, Any]:
        """The one usage record, and the booth idle again."""
        rows = wait_for(
            lambda: self.central.rows("select body from usage where session_id = ? and not provisional", session.id),
            within_s=TALK_S + 30,
            what="usage",
            every_s=0.1,
        )
        stored = [
            row
            for row in self.central.rows("select body from events where kind = 'usage'")
            if session.id in row["body"]
        ]
        assert len(stored) == 1
        wait_for(lambda: not self.glass.is_view(), within_s=LATE_S, what="the meeting to be off the glass")
        self.wait_for_entry("painted", within_s=30, screen="Idle")
        return dict(json.loads(rows[0]["body"]))


@pytest.fixture(scope="module")
def booth(keep_logs_of: Callable[[Stage], None]) -> Iterator[Booth]:
    with meeting_site() as site, Stage("meeting") as stage:
        keep_logs_of(stage)
        yield Booth(stage, site)


def test_a_meeting_that_hangs_is_closed_at_its_end_by_itself_and_its_link_is_nowhere(booth: Booth) -> None:
    session, began_s = booth.talk()
    booth.site.orders.put({"run": HUNG})
    assert session.link == booth.site.url(f"/{SECRET}")
    lines = [" ".join(_words(process)) for process in psutil.process_iter() if process.pid != os.getpid()]
    booth.glass.watch()
    closed_s = booth.glass.wait_until_closed(within_s=TALK_S + 5)
    booth.glass.stop()
    assert closed_s == pytest.approx(began_s + TALK_S, abs=LATE_S)
    usage = booth.finished(session)
    assert (usage["end_reason"], usage["fault_party"]) == ("completed", "none")
    assert TALK_S * 1000 - 50 <= usage["talk_delivered_ms"] <= TALK_S * 1000
    assert (usage["interruptions"], usage["restarts"]) == (0, 0)
    assert usage["close_late_ms"] < 1000 * LATE_S
    assert [line["value"] for line in booth.entries("notice", kind="warning")] == [5]
    assert not [line for line in lines if SECRET in line and "session add" not in line]
    assert not [path for path in booth.stage.logs.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert not [
        path for path in booth.terminal.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@long_only
def test_the_inmate_ends_the_meeting_from_the_strip(booth: Booth) -> None:
    session, _ = booth.talk()
    right = SIZE[0] - 60
    booth.screen.click(right, 56)
    assert not booth.entries("visit_ended"), "the first press only asks"
    wait_for(lambda: booth.screen.pixel(right, 90) == WHITE, within_s=2, what="the question in the strip")
    assert booth.shows_meeting()
    booth.screen.click(right, 56)
    wait_for(lambda: booth.screen.pixel(right, 90) != WHITE, within_s=2, what="a second press to go on talking")
    booth.screen.click(right, 56)
    wait_for(lambda: booth.screen.pixel(right, 90) == WHITE, within_s=2, what="the question again")
    booth.screen.click(right - 300, 56)
    assert booth.finished(session)["end_reason"] == "ended_by_inmate"


@long_only
def test_a_window_killed_in_a_meeting_comes_back_into_it_and_loses_nobody_a_second(booth: Booth) -> None:
    session, _ = booth.talk()
    os.kill(booth.window_pid, signal.SIGKILL)
    booth.wait_for_entry("state", visit="talking", at_least=2)
    wait_for(booth.shows_meeting, within_s=LATE_S, what="the meeting on the glass again")
    usage = booth.finished(session)
    assert usage["end_reason"] == "completed"
    assert (usage["interruptions"], usage["restarts"]) == (1, 1)
    assert usage["talk_delivered_ms"] == TALK_S * 1000
    assert usage["interrupted_ms"] > 0


@long_only
def test_an_agent_killed_in_a_meeting_finds_it_as_it_was(booth: Booth) -> None:
    session, _ = booth.talk()
    loads = booth.site.count("loaded")
    assert booth.terminal.agent is not None
    booth.terminal.agent.kill()
    booth.terminal.start_agent()
    booth.wait_for_entry("state", visit="talking", at_least=2)
    assert booth.site.count("loaded") - loads <= 1
    usage = booth.finished(session)
    assert (usage["end_reason"], usage["restarts"]) == ("completed", 1)
