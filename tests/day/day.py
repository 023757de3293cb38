"""The day itself: who comes, what the officer does, and when it is over."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.day.booths import Hands, RealBooth
from tests.day.crowd import One
from tests.day.desk import Desk
from tests.day.mishaps import Mishaps
from tests.day.office import Office
from tests.day.over import is_over, left
from tests.day.shots import family, sent_back, staff
from tests.day.ways import way_of
from tests.demo.story import Story
from tests.stage.central import Central
from tests.stage.fake_page import FakeBooth
from tests.stage.stage import PASSWORD, Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import NotSo, boot_s, pause, wait_for

ZONE = ZoneInfo("Asia/Jakarta")
FAMILIES = 30
BEFORE_OPENING_S = 20
LONGEST_S = 900
LOOK_S = 0.3
NO_SHOW, REFUSED, WEDDING, LATER = 5, 8, 11, 28
REASON = "Data belum lengkap"
WALK_IN_AT_S, BREAK_AT_S, DIE_AT_S, LOOK_AT_S = 30, 20, 45, 75
FACILITY = {
    "timezone": "Asia/Jakarta",
    "admit": "officer",
    "warn_at_s": [5],
    "farewell_s": 2,
    "check_in_early_s": 3,
    "join_grace_s": 60,
    "no_show_inmate_s": 45,
    "credit_s": 60,
}


class Day:
    """Holds what was started; each method is one part of the day."""

    def __init__(self, stage: Stage, story: Story, out: Path) -> None:
        self.stage, self.story, self.out = stage, story, out
        self.families: list[One] = []
        self.extra: dict[str, One] = {}
        self.hands = Hands()
        self.walk_in_s = 0.0
        self.opens_s = 0.0
        self.day = datetime.now(ZONE).date().isoformat()
        self.mishaps = Mishaps(self)
        self.plan: list[tuple[float, Callable[[], bool]]] = [
            (BREAK_AT_S, self.mishaps.break_a_call),
            (WALK_IN_AT_S, self.walk_in),
            (DIE_AT_S, self.mishaps.lose_a_booth),
            (DIE_AT_S, self.mishaps.bring_it_back),
        ]
        self.central: Central
        self.facility: str
        self.real: RealBooth
        self.dying: Terminal
        self.desk: Desk
        self.office: Office
        self.screen: Page

    # ---- before the doors open --------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Central and facility; four booths start while the families register."""
        self.central = self.stage.central()
        self.facility = self.central.add_facility("Rutan Kelas IIA Contoh", **FACILITY)
        self.central.command("schedule", "set", self.facility, "--open", "mon-sun=00:00-24:00", "--set", "step_s=1")
        self.central.add_user("ketua", PASSWORD, role="admin")
        self.desk = Desk(self.stage.officer(self.central), self.central, self.look)
        self.office = Office(self.stage, self.central)
        with ThreadPoolExecutor(1) as beside:
            booths = beside.submit(self._booths)
            self.register()
            booths.result()
        self.hands.start()
        self.stage.ends(self.hands.stop)
        self.screen = self.office.television("Ruang tunggu")
        self.real.wait_for_window()
        self.story.tell("four booths are ready, one of them with a real window; the television shows the queue")

    def _booths(self) -> None:
        self.real = RealBooth(self.stage, self.central, self.facility, "Bilik 1")
        for number in (2, 3, 4):
            self.dying = self.stage.terminal(f"Bilik {number}", central=self.central, facility=self.facility)
            booth: FakeBooth = self.stage.booth(self.dying)
            self.hands.booths.append(booth)
        self.hands.real = self.real

    def register(self) -> None:
        """Thirty families, in the order of their numbers."""
        for number in range(1, FAMILIES + 1):
            names = f"Keluarga {number:02}", f"Warga {number:02}", f"0812{number:08}"
            one = One(self.stage, self.central, *names, way=way_of(number), comes=number != NO_SHOW)
            if not self.families:
                sent_back(one, self.out)
            self.families.append(one)
            shown = one.register(self.day)
            self.story.check(is_so=shown == f"{number:03}", what=f"the page of family {number} shows number {shown}")
        self.story.tell(f"{FAMILIES} families have registered in their browsers")

    def open_doors(self) -> None:
        """The supervisor writes the hours and talk times of today into the form; the doors open at a full minute, soon."""
        now = datetime.now(ZONE)
        opens = int(now.timestamp() + BEFORE_OPENING_S) // 60 * 60 + 60
        begins = datetime.fromtimestamp(opens, ZONE).strftime("%H.%M")
        self.office.set_hours(begins)
        self.opens_s = boot_s() + opens - datetime.now(ZONE).timestamp()
        self.story.tell(f"the doors open at {begins}")

    def approve(self) -> None:
        """One is refused with a reason, one gets the time of a wedding, all others a turn; each is told."""
        self.desk.open_queue()
        for row in self.central.rows("select * from registrations order by number"):
            if row["number"] == REFUSED:
                self.desk.refuse(row, REASON)
            elif row["number"] == WEDDING:
                self.desk.approve(row, minutes="1", reason="wali nikah")
            else:
                self.desk.approve(row)
            self.look()
        self.story.tell("the officer approved all but one, with a wedding of a minute")
        self.put_off()
        told = self.desk.tell_all()
        self.story.tell(f"the officer told {told} families by the ready messages")

    def put_off(self) -> None:
        """One of the last families has been told its time when its turn is put to a later minute by hand; its page says so."""
        row = self.central.rows(
            "select r.*, s.start_at_ms from registrations r join sessions s on s.id = r.session_id where r.number = ?",
            LATER,
        )[0]
        self.desk.tell(row)
        known = datetime.fromtimestamp(max(row["told_start_at_ms"], row["start_at_ms"]) / 1000, ZONE)
        later = max(known, datetime.now(ZONE)) + timedelta(minutes=2)
        self.desk.move_later(row, later.replace(second=0, microsecond=0))
        page = self.families[LATER - 1].look()
        said = page.inner_text(".follow")
        page.screenshot(path=self.out / "now-ikuti-moved-phone.png", full_page=True)
        page.close()
        self.story.check(is_so=_says_moved(said), what=f"the page of number {LATER:03} says that its time has changed")

    # ---- while they are open ----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until nobody waits any more."""
        wait_for(lambda: boot_s() >= self.opens_s, within_s=200, what="the doors to open", every_s=0.2)
        self.story.tell("the doors are open")
        began_s = boot_s()
        pictures = self.pictures()
        while self.plan or not is_over(self.central):
            if boot_s() - began_s > LONGEST_S:
                raise NotSo(f"the day was not over after {LONGEST_S} s: {left(self.central)}")
            if boot_s() - self.opens_s >= LOOK_AT_S:
                next(pictures, None)
            self.look()
            pause(LOOK_S)
        for _ in pictures:
            self.look()
        self.story.tell(f"nobody waits any more, {boot_s() - self.opens_s:.0f} s after the doors opened")

    def look(self) -> None:
        """What happens at any moment, beside the inmates: what was to go wrong by now, families join, the officer admits."""
        passed = boot_s() - self.opens_s if self.opens_s else 0.0
        self.plan = [(at, do) for at, do in self.plan if passed < at or not do()]
        rows = self.central.rows(
            "select s.id, s.terminal_id, s.number, r.visitor_name as who "
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
            one.join(row["id"], really=row["terminal_id"] == self.real.terminal.id)
        except (AssertionError, PlaywrightError) as error:
            self.story.tell(f"number {row['number']} could not join yet: {str(error).splitlines()[0][:120]}")

    def _whose(self, name: str) -> One | None:
        return next((one for one in self.families if one.name == name), self.extra.get(name))

    def walk_in(self) -> bool:
        """A guest at the counter; how long it took is kept. The guest's phone gets the page by the code on the slip."""
        guest = One(self.stage, self.central, "Tamu Langsung", "Warga Tamu", "")
        began = boot_s()
        self.desk.walk_in(guest.name, guest.inmate)
        self.walk_in_s = boot_s() - began
        self.story.tell(f"a walk-in has a turn after two names, in {self.walk_in_s:.1f} s")
        guest.take_another_phone(self.office.code_of(guest.name))
        self.extra[guest.name] = guest
        return True

    def pictures(self) -> Iterator[None]:
        """What everybody sees in the middle of the day, a little at a time: the day does not wait for it."""
        self.screen.screenshot(path=self.out / "now-display-id-tv.png")
        self.real.screen.screenshot(self.out / "now-kiosk.png")
        yield
        yield from staff(self.office.page, self.central.url, self.out)
        waits = next((one for one in reversed(self.families) if not one.ends and one.comes), None)
        if waits is not None:
            yield from family(waits, self.out)
        chimes = int(self.screen.evaluate("Number(document.body.dataset.chimes ?? 0)"))
        self.story.check(is_so=chimes > 0, what=f"the television has chimed {chimes} times")


def _says_moved(text: str) -> bool:
    """In the family's own language."""
    return "time of this call has changed" in text or "Jam panggilan ini berubah" in text
