"""A kiosk whose window shows somebody else's meeting below our strip, with leases that go on until the test stops them."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from protocol.meeting import CloseMeeting, MeetingFact, MeetingPhase, OpenMeeting
from protocol.shell import EscapeFact, ShellLease
from tests.kiosk_rig import GREEN, Kiosk
from tests.meeting_site import BLUE, ELSEWHERE, HOST, MeetingSite, meeting_site
from tests.screen import VirtualScreen, wait_until

LEASE_MS = 2000
LEASE_EVERY_S = 0.5
STRIP_PX = 112
TRIES, TRY_S = 4, 1.5


class MeetingKiosk:
    """`open` shows the meeting; `told` are the facts about it."""

    def __init__(self, kiosk: Kiosk, site: MeetingSite) -> None:
        self.kiosk, self.site, self.screen = kiosk, site, kiosk.screen
        self._leased = threading.Event()
        self._done = threading.Event()
        threading.Thread(target=self._lease, daemon=True).start()

    def _lease(self) -> None:
        while not self._done.wait(LEASE_EVERY_S):
            if self._leased.is_set():
                with contextlib.suppress(OSError):
                    self.kiosk.agent.say(ShellLease(ms=LEASE_MS, meeting=True))

    def close(self) -> None:
        """No more leases."""
        self._done.set()

    # ---- the agent's part -------------------------------------------------------------------------------------------

    def open(self, wanted: OpenMeeting | None = None, *, leased: bool = True) -> float:
        """Order it and wait until it is loaded and on the glass; the moment of the order."""
        at_s = time.monotonic()
        self.kiosk.agent.say(wanted or self.site.meeting())
        if leased:
            self._leased.set()
        self.wait_told(MeetingPhase.LOADED, at_s)
        wait_until(self.is_shown, "the meeting is on the glass", 3.0)
        return at_s

    def stop_leases(self) -> None:
        """As an agent that died."""
        self._leased.clear()

    def order_close(self) -> float:
        """Order it off the glass; the moment of the order."""
        self.stop_leases()
        at_s = time.monotonic()
        self.kiosk.agent.say(CloseMeeting())
        return at_s

    def wait_told(self, phase: MeetingPhase, since_s: float, timeout_s: float = 10.0) -> MeetingFact:
        """The first fact of this phase."""

        def found() -> MeetingFact | None:
            facts = (fact for fact in self.kiosk.agent.since(since_s) if isinstance(fact, MeetingFact))
            return next((fact for fact in facts if fact.phase is phase), None)

        return wait_until(found, f"the meeting is {phase}", timeout_s)

    # ---- looking ----------------------------------------------------------------------------------------------------

    def is_shown(self) -> bool:
        """Is the meeting's ground on the glass, with our strip above it?"""
        x, y = self.screen.width // 2, self.screen.height - 20
        return self.screen.pixel(x, y) == BLUE and self.strip_is_ours()

    def is_gone(self) -> bool:
        """Is our page where the meeting was?"""
        return self.screen.pixel(self.screen.width // 2, self.screen.height - 20) == GREEN

    def strip_is_ours(self) -> bool:
        """Has our page the strip, to its last line and from edge to edge?"""
        places = [(x, y) for x in (4, self.screen.width // 2, self.screen.width - 4) for y in (40, STRIP_PX - 1)]
        return all(self.screen.pixel(*place) == GREEN for place in places)

    def wrong(self) -> list[str]:
        """Everything that is not as it should be, seen from outside."""
        found = []
        if not self.is_shown():
            found.append("the meeting or our strip is not on the glass")
        if [window.name for window in self.screen.windows()][-2:] != ["Bilik curtain", "Bilik"]:
            found.append("another window is on the screen")
        if self.kiosk.launched.exists():
            found.append("another program was asked to open an address")
        if [one for one in self.site.requests if one[0] == ELSEWHERE]:
            found.append("an address elsewhere was asked")
        if [cookie for _, cookie in self.kiosk.page.requests if "bilik_page" not in cookie]:
            found.append("the agent's page server was asked")
        if self.kiosk.outside.requests:
            found.append("another server of this PC was asked")
        if (place := self.run("location.host + location.pathname")) != f"{HOST}:{self.site.port}/room":
            found.append(f"the meeting's page is another: {place}")
        return found

    def told(self) -> Counter[str]:
        """What was refused so far, by kind."""
        counts: Counter[str] = Counter()
        for fact in self.kiosk.agent.since(0.0):
            if isinstance(fact, EscapeFact):
                counts[fact.kind] += fact.count
        return counts

    # ---- doing ------------------------------------------------------------------------------------------------------

    def run(self, code: str) -> str:
        """Let the meeting's page run this without a gesture; what it gave. Said again if the page that heard it has gone."""
        before = self.site.count("ran")
        for _ in range(TRIES):
            self.site.orders.put({"run": code})
            with contextlib.suppress(AssertionError):
                wait_until(lambda: self.site.count("ran") > before, "ran", TRY_S)
                return str(self.site.last("gave"))
        raise AssertionError(f"the meeting did not run {code}")

    def click_runs(self, code: str) -> None:
        """Let a real click in the middle of the meeting run this."""
        self.site.orders.put({"click": code})
        wait_until(lambda: self.site.last("armed") == code, "the meeting is armed")
        self.screen.click(self.screen.width // 2, (self.screen.height + STRIP_PX) // 2)

    def with_places(self, code: str) -> str:
        """The code with the addresses of this run: ELSEWHERE/, LOOPBACK/ (the agent's page server), OTHER/ (another server here)."""
        return (
            code.replace("ELSEWHERE/", self.site.url("/", ELSEWHERE))
            .replace("LOOPBACK/", f"http://127.0.0.1:{self.kiosk.page.port}/")
            .replace("OTHER/", f"http://127.0.0.1:{self.kiosk.outside.port}/")
        )


@contextlib.contextmanager
def meeting_kiosk(
    folder: Path, width: int = 1280, height: int = 800, *, window_manager: bool = False
) -> Iterator[MeetingKiosk]:
    """A painted kiosk and a site; nothing is opened yet."""
    screen = VirtualScreen(width, height, window_manager=window_manager)
    with meeting_site() as site, screen, Kiosk(screen, folder, flags=site.flag) as kiosk:
        meeting = MeetingKiosk(kiosk, site)
        try:
            yield meeting
        finally:
            meeting.close()
