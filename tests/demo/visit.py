"""The visit itself, step by step: a small day, a kiosk, a family, an officer, ten more seconds and a cut cable."""

from pathlib import Path

from tests.demo.facts import Facts
from tests.demo.story import Story
from tests.stage.browsers import Family, Officer
from tests.stage.central import Called, Central
from tests.stage.forwarder import UdpForwarder
from tests.stage.screens import AnyScreen, a_screen
from tests.stage.stage import PASSWORD, Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import boot_s, pause, wait_for

TALK_S = 45
ADD_S = 10
CUT_S = 5.0
WARN_AT_S = [30, 10]
START_IN_S = 14
EARLY_S = 6
SETTLED_S = 0.6
DAY = """terminal,number,start,talk,inmate,family
{terminal},012,+{first},{talk},Budi S.,Ibu Siti
{terminal},013,+1200,600,Agus W.,Bapak Joko
{terminal},014,+2400,600,Dedi K.,Ibu Rahma
"""


class Visit:
    """Holds what was started; each method is one chapter of the story and leaves its pictures."""

    def __init__(self, stage: Stage, story: Story, out: Path) -> None:
        self._stage = stage
        self._story = story
        self._out = out
        self.family_frames = 0
        self.central: Central
        self.forwarder: UdpForwarder
        self.screen: AnyScreen
        self.terminal: Terminal
        self.session: Called
        self.facts: Facts
        self.family: Family
        self.officer: Officer

    # ---- before ---------------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Relay, path, central, facility, terminal, officer."""
        turn = self._stage.turn()
        self.forwarder = self._stage.forwarder(turn)
        self._story.tell(f"turnserver relays on {turn.host}; both ends reach it through a path that can be cut")
        self.central = self._stage.central(turn=turn, turn_at=self.forwarder.address)
        self._story.tell(f"bilik-central serves {self.central.url} on SQLite, with no set-up")
        facility = self.central.add_facility(
            "Rutan Contoh",
            timezone="Asia/Jakarta",
            warn_at_s=WARN_AT_S,
            extend_step_s=ADD_S,
            ice_policy="relay",
            admit="officer",
            check_in_early_s=EARLY_S,
        )
        self.terminal = self._stage.terminal("Bilik 3", central=self.central, facility=facility)
        self._story.tell("Bilik 3 is enrolled with its one-time code and its agent runs")
        self.officer = self._stage.officer(self.central)
        self._story.tell("the officer has logged in and looks at the board")

    def open_kiosk(self) -> None:
        """The shell brings up the window; nobody is waiting yet."""
        self.screen = a_screen(self._stage)
        self.terminal.start_shell(self.screen.name)
        self.wait_for_window()
        self._story.tell(f"the kiosk is on the screen {self.screen.name}, full screen")

    def wait_for_window(self) -> None:
        """Return when the heartbeat says that the window is up."""
        query = "select body from terminal_status where terminal_id = ? and body like '%\"window_up\":true%'"
        wait_for(
            lambda: self.central.rows(query, self.terminal.id), within_s=30, what="the window to be up", every_s=0.1
        )

    def import_day(self) -> None:
        """Three sessions by CSV; the first of them is due in a moment."""
        file = self._stage.home / "today.csv"
        file.write_text(DAY.format(terminal=self.terminal.id, first=START_IN_S, talk=TALK_S))
        made = self.central.command("sessions", "import", str(file))
        first = made[0] if isinstance(made, list) else made["sessions"][0]
        self.session = Called(str(first["id"]), str(first["link"]))
        self.facts = Facts(self.central, self.terminal, self.session)
        self._story.tell(
            f"a day of three sessions is imported; number 012 starts in {START_IN_S} s and is promised {TALK_S} s"
        )
        self.picture("kiosk-1-idle", settle_s=2.0)

    # ---- the visit ------------------------------------------------------------------------------------------------

    def check_in(self) -> None:
        """The number is called; the inmate presses Start and accepts the rules, by keyboard."""
        self.family = self._stage.family(self.session)
        self.family.open()
        self.family.page.click("#start")
        self.facts.wait_for_move("check_in", within_s=START_IN_S + 15)
        self._story.tell("number 012 is called; the family checks its camera meanwhile")
        self.picture("kiosk-2-check-in")
        self.family.screenshot(self._out / "family-1-check.png")
        self.press("rules")
        self._story.tell("Start was pressed, central granted the session, the rules are shown")
        self.picture("kiosk-3-rules")
        self.press("waiting")
        self._story.tell("the rules are accepted; the inmate sees the own picture and waits")
        self.family.page.click("#go")
        self.family.page.wait_for_selector("#waiting:not([hidden])")
        pause(2.0)
        self.picture("kiosk-4-waiting")
        self.family.screenshot(self._out / "family-2-waiting.png")

    def press(self, until: str) -> None:
        """Press the one large button with the keyboard until the visit has moved on."""
        for key in ("Return", "Tab Return", "Tab Return", "Tab Return"):
            self.screen.do("key", *key.split())
            try:
                self.facts.wait_for_move(until, within_s=3)
            except AssertionError:
                continue
            return
        self.facts.wait_for_move(until, within_s=0)

    def admit(self) -> None:
        """The officer has seen the face and presses Admit; the talk begins."""
        self.officer.screenshot(self._out / "board-1-waiting.png")
        self.officer.press("admit")
        self._story.tell("the officer saw the family's face and pressed Admit")
        self.facts.wait_for_move("talking", within_s=20)
        self.began_s = boot_s()
        self._story.tell("both ends are connected: the talk time runs")
        self.family.page.wait_for_selector("#call:not([hidden])")
        pause(2.0)
        self.pictures("5-call")
        self.count_frames()

    def extend(self) -> None:
        """Ten more seconds, from the board."""
        self.officer.press("extend")
        wait_for(self._extension_done, within_s=10, what="the extension to be done", every_s=0.1)
        self._story.tell(f"the officer added {ADD_S} s from the board, and the booth took it")
        self.picture("kiosk-6-extended", settle_s=0.3)

    def _extension_done(self) -> bool:
        query = "select state from commands where kind = 'extend' and session_id = ?"
        return any(row["state"] == "done" for row in self.central.rows(query, self.session.id))

    def cut(self) -> None:
        """The path between the ends is gone for five seconds; the talk clock stands still."""
        wait_for(lambda: boot_s() - self.began_s > 9, within_s=10, what="some seconds of talk")
        cut_s = self.forwarder.cut()
        self._story.tell("the path between the ends is cut")
        self.facts.wait_for_move("interrupted", within_s=CUT_S)
        self._story.tell(f"the booth noticed after {boot_s() - cut_s:.1f} s; the talk time stands still")
        self.pictures("7-interrupted")
        wait_for(lambda: boot_s() - cut_s >= CUT_S, within_s=CUT_S + 1, what="the five seconds to pass")
        self.forwarder.mend()
        self._story.tell(f"the path is mended after {CUT_S:g} s")
        self.facts.wait_for_move("talking", count=2, within_s=15)
        self._story.tell("they talk again, and nothing of their time was lost")

    def warn(self) -> None:
        """The screen reminds of the end, twice."""
        for number, left_s in enumerate(WARN_AT_S, 8):
            wait_for(
                lambda wanted=left_s: wanted in self.facts.warnings(),
                within_s=TALK_S + ADD_S,
                what=f"the warning at {left_s} s",
                every_s=0.1,
            )
            self._story.tell(f"the screen says that {left_s} s are left")
            self.pictures(f"{number}-warning-{left_s}")
            self.count_frames()
        self.officer.screenshot(self._out / "board-2-talking.png")

    def close(self) -> None:
        """The end comes by itself; the window starts anew; central holds one record."""
        wait_for(self._count_until_farewell, within_s=30, what="the farewell", every_s=0.2)
        self._story.tell("the time is over: the view has closed by itself")
        self.picture("kiosk-a-farewell")
        self.family.page.wait_for_selector("#bye:not([hidden])")
        self.family.screenshot(self._out / "family-a-bye.png")
        self._story.tell("the family is told why the call ended and what it got")
        pause(1.0)
        self.officer.screenshot(self._out / "board-3-ended.png")

    def _count_until_farewell(self) -> bool:
        self.count_frames()
        return "farewell" in self.facts.moves()

    # ---- pictures and counts --------------------------------------------------------------------------------------

    def count_frames(self) -> None:
        """How many pictures of the booth the family's phone has decoded so far."""
        self.family_frames = max(self.family_frames, self.family.frames())

    def picture(self, name: str, *, settle_s: float = SETTLED_S) -> None:
        """What is on the kiosk's screen, once the new screen has settled."""
        pause(settle_s)
        self.screen.screenshot(self._out / f"{name}.png")

    def pictures(self, name: str) -> None:
        """Kiosk and family at the same moment."""
        self.picture(f"kiosk-{name}")
        self.family.screenshot(self._out / f"family-{name}.png")

    def addresses(self) -> list[str]:
        """Where to look while the demo is held."""
        return [
            f"board   {self.central.url}/board  (name siti, password {PASSWORD})",
            f"family  {self.session.link}",
            f"screen  {self.screen.name}",
            f"SQLite  {self.central.database}",
        ]
