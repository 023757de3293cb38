"""The day itself: who comes, what goes wrong, and when it is over."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.day.booths import Hands, RealBooth
from tests.day.crowd import One
from tests.day.desk import Desk
from tests.day.over import is_over, left
from tests.day.shots import family, staff
from tests.demo.story import Story
from tests.stage.browsers import Officer
from tests.stage.central import Central
from tests.stage.fake_page import FakeBooth
from tests.stage.stage import PASSWORD, Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import NotSo, boot_s, pause, wait_for

ZONE = ZoneInfo("Asia/Jakarta")
FAMILIES = 30
TALK_S = (10, 14, 18)
CHANGE_OVER_S = 8
GRACE_S = 200
BEFORE_OPENING_S = 90
LONGEST_S = 780
LOOK_S = 0.3
NO_SHOW, REFUSED, WEDDING = 5, 8, 11
WALK_IN_AT_S, BREAK_AT_S, DIE_AT_S, BACK_AFTER_S, LOOK_AT_S = 30, 20, 45, 110, 75
FACILITY = {
    "timezone": "Asia/Jakarta",
    "admit": "officer",
    "warn_at_s": [5],
    "farewell_s": 2,
    "check_in_early_s": 3,
    "join_grace_s": 45,
    "no_show_inmate_s": 30,
    "credit_s": 60,
}


class Day:
    """Holds what was started; each method is one part of the day."""

    def __init__(self, stage: Stage, story: Story, out: Path) -> None:
        self.stage, self.story, self.out = stage, story, out
        self.families: list[One] = []
        self.extra: dict[str, One] = {}
        self.hands = Hands()
        self.done: set[str] = set()
        self.walk_in_s = 0.0
        self.broken = ""
        self.died_s = 0.0
        self.opens_s = 0.0
        self.day = ""
        self.central: Central
        self.facility: str
        self.real: RealBooth
        self.dying: Terminal
        self.desk: Desk
        self.officer: Officer
        self.screen: Page

    # ---- before the doors open --------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Central, facility, four booths, officers."""
        self.central = self.stage.central()
        self.facility = self.central.add_facility("Rutan Kelas IIA Contoh", **FACILITY)
        self._schedule()
        self.central.add_user("ketua", PASSWORD, role="admin")
        self.real = RealBooth(self.stage, self.central, self.facility, "Bilik 1")
        for number in (2, 3, 4):
            self._fake_booth(f"Bilik {number}")
        self.hands.real = self.real
        self.hands.start()
        self.stage.ends(self.hands.stop)
        self.officer = self.stage.officer(self.central)
        self.desk = Desk(self.central, "siti")
        self.show_numbers()
        self.real.wait_for_window()
        self.story.tell("four booths are enrolled, one of them with a real window; the officer has logged in")

    def _schedule(self) -> None:
        """The doors open at a full minute, soon."""
        now = datetime.now(ZONE)
        opens = int(now.timestamp() + BEFORE_OPENING_S) // 60 * 60 + 60
        self.opens_s = boot_s() + opens - now.timestamp()
        self.day = now.date().isoformat()
        begins = datetime.fromtimestamp(opens, ZONE).strftime("%H:%M")
        floor, default, ceiling = TALK_S
        numbers = {
            "floor_s": floor,
            "default_s": default,
            "ceiling_s": ceiling,
            "change_over_s": CHANGE_OVER_S,
            "step_s": 1,
            "notice_s": 60,
            "grace_s": GRACE_S,
        }
        words = [word for key, value in numbers.items() for word in ("--set", f"{key}={value}")]
        self.central.command("schedule", "set", self.facility, "--open", f"mon-sun={begins}-24:00", *words)
        self.story.tell(f"the doors open at {begins}; each gets {floor} to {ceiling} s")

    def _fake_booth(self, name: str) -> None:
        terminal = self.stage.terminal(name, central=self.central, facility=self.facility)
        booth: FakeBooth = self.stage.booth(terminal)
        self.hands.booths.append(booth)
        self.dying = terminal

    def register(self) -> None:
        """Thirty families, in the order of their numbers."""
        for number in range(1, FAMILIES + 1):
            phone = f"0812{number:08}"
            one = One(self.central, f"Keluarga {number:02}", f"Warga {number:02}", phone, comes=number != NO_SHOW)
            self.stage.ends(one.close)
            one.register(self.day)
            self.families.append(one)
        self.story.tell(f"{FAMILIES} families have registered on their phones")

    def approve(self) -> None:
        """One is refused with a reason, one gets the time of a wedding, all others a turn; each is told."""
        for row in self.central.rows("select * from registrations order by number"):
            if row["number"] == REFUSED:
                self.desk.act("/queue/acts/refuse", registration=row["id"], reason="Data belum lengkap")
                self.done.add(row["id"])
            elif row["number"] == WEDDING:
                self.desk.approve(row, exempt_minutes="1", exempt_reason="wali nikah")
            else:
                self.desk.approve(row)
        told = self.desk.tell_all()
        self.story.tell(f"the officer approved all but one, with a wedding of 60 s, and told {told} families")

    # ---- while they are open ----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until nobody waits any more."""
        wait_for(lambda: boot_s() >= self.opens_s, within_s=200, what="the doors to open", every_s=0.2)
        self.story.tell("the doors are open")
        plan: list[tuple[float, Callable[[], bool]]] = [
            (BREAK_AT_S, self.break_a_call),
            (WALK_IN_AT_S, self.walk_in),
            (DIE_AT_S, self.lose_a_booth),
            (DIE_AT_S + BACK_AFTER_S, self.bring_it_back),
        ]
        pictures = self.pictures()
        while not ((boot_s() > self.opens_s and is_over(self.central)) and not plan):
            passed = boot_s() - self.opens_s
            if passed > LONGEST_S:
                raise NotSo(f"the day was not over after {LONGEST_S} s: {left(self.central)}")
            plan = [(at, do) for at, do in plan if passed < at or not do()]
            if passed >= LOOK_AT_S:
                next(pictures, None)
            self.look()
            pause(LOOK_S)
        list(pictures)
        self.story.tell(f"nobody waits any more, {boot_s() - self.opens_s:.0f} s after the doors opened")

    def look(self) -> None:
        """What people do at any moment, beside the inmates: families join, the officer admits."""
        rows = self.central.rows(
            "select s.id, s.terminal_id, s.number, r.number as no, r.make_up_of as make_up_of, r.visitor_name as who "
            "from sessions s left join registrations r on r.session_id = s.id "
            "where s.state = 'open' and s.visit_state in ('waiting', 'talking')"
        )
        for row in rows:
            one = self._whose(str(row["who"]))
            if one is not None and one.comes and row["id"] not in one.ends:
                self._join(one, row)
        self.desk.admit_all()

    def _join(self, one: One, row: dict[str, Any]) -> None:
        try:
            one.join(row["id"], self.stage, really=row["terminal_id"] == self.real.terminal.id)
        except (AssertionError, PlaywrightError) as error:
            self.story.tell(f"number {row['number']} could not join yet: {str(error).splitlines()[0][:120]}")

    def _whose(self, name: str) -> One | None:
        return next((one for one in self.families if one.name == name), self.extra.get(name))

    def walk_in(self) -> bool:
        """A guest at the counter, by the page in a real browser; how long it took is kept."""
        page = self.officer.page
        page.goto(f"{self.central.url}/queue")
        began = boot_s()
        page.fill("form[action*=walk_in] [name=name]", "Tamu Langsung")
        page.keyboard.press("Tab")
        page.keyboard.type("Warga Tamu")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]", timeout=20_000)
        self.walk_in_s = boot_s() - began
        self.story.tell(f"a walk-in has a turn after two names, in {self.walk_in_s:.1f} s")
        code = self.central.rows("select id from registrations where visitor_name = 'Tamu Langsung'")
        guest = One(self.central, "Tamu Langsung", "Warga Tamu", "")
        self.stage.ends(guest.close)
        secret = self.central.rows("select value from \"values\" where name = 'link_secret'")[0]["value"]
        guest.http.post("/ikuti?lang=id", data={"code": _family_code(str(secret), str(code[0]["id"]))})
        self.extra[guest.name] = guest
        page.goto(f"{self.central.url}/board", wait_until="domcontentloaded", timeout=60_000)
        return True

    def break_a_call(self) -> bool:
        """A talk at a booth is ended by our fault in its first half; on a busy machine that may take another try."""
        if self.broken:
            return self._is_broken_early()
        rows = self.central.rows(
            "select s.id, s.terminal_id from sessions s join registrations r on r.session_id = s.id where s.state = 'open' "
            "and s.visit_state = 'talking' and r.exempt_talk_s is null and r.make_up_of is null and s.terminal_id not in (?, ?)",
            self.real.terminal.id,
            self.dying.id,
        )
        if rows:
            row = rows[0]
            answer = self.desk.act("/board/acts/end", terminal=row["terminal_id"], session=row["id"], party="facility")
            self.broken = str(row["id"]) if answer.status_code == 303 else ""
        return False

    def _is_broken_early(self) -> bool:
        found = self.central.rows("select body from usage where session_id = ?", self.broken)
        if not found:
            return False
        record = json.loads(found[0]["body"])
        is_early = bool(
            record["fault_party"] == "facility" and record["talk_delivered_ms"] < record["talk_promised_s"] * 500
        )
        if is_early:
            self.story.tell(f"a call is broken by our fault after {record['talk_delivered_ms'] / 1000:.1f} s")
        self.broken = self.broken if is_early else ""
        return is_early

    def show_numbers(self) -> None:
        """The television of the waiting block, opened with the link that an officer made."""
        answer = self.desk.act("/displays/acts/add?lang=id", name="Ruang tunggu")
        link = re.search(r'<p class="linkbox">([^<]+)</p>', answer.text)
        assert link is not None
        self.screen = self.stage.browsers.browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        self.screen.goto(link.group(1))
        self.screen.wait_for_selector("#clock")
        self.story.tell("the television of the waiting block shows the queue")

    def pictures(self) -> Iterator[None]:
        """What everybody sees in the middle of the day, a little at a time: the day does not wait for it."""
        self.screen.screenshot(path=self.out / "now-display-id-tv.png")
        self.real.screen.screenshot(self.out / "now-kiosk.png")
        yield
        yield from staff(self.officer.page, self.central.url, self.out)
        self.officer.page.goto(f"{self.central.url}/board", wait_until="domcontentloaded", timeout=60_000)
        waits = next((one for one in reversed(self.families) if not one.ends and one.comes), None)
        if waits is not None:
            yield from family(self.stage.browsers.browser, waits, self.out)
        chimes = int(self.screen.evaluate("Number(document.body.dataset.chimes ?? 0)"))
        self.story.check(is_so=chimes > 0, what=f"the television has chimed {chimes} times")

    def lose_a_booth(self) -> bool:
        """The agent of Bilik 4 is killed in the middle of a talk."""
        rows = self.central.rows(
            "select id from sessions where state = 'open' and visit_state = 'talking' and terminal_id = ?",
            self.dying.id,
        )
        if not rows:
            return False
        assert self.dying.agent is not None
        self.dying.agent.signal(signal.SIGKILL)
        self.died_s = boot_s()
        self.story.tell("Bilik 4 dies in the middle of a talk")
        return True

    def bring_it_back(self) -> bool:
        """Its power comes back; what it owed arrives."""
        if not self.died_s or boot_s() - self.died_s < BACK_AFTER_S:
            return False
        self.dying.start_agent()
        self.story.tell("Bilik 4 is back")
        return True


def _family_code(secret: str, registration_id: str) -> str:
    """The code on the slip that a guest at the counter is given: what the officer's page shows as a QR code."""
    from central.credentials import family_code

    return family_code(secret, registration_id)
