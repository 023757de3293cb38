"""Families that come back whatever happens: one with packets alone, one in a real browser; each in a thread of its own."""

import contextlib
import queue
import threading
from collections.abc import Callable

import httpx
from playwright.sync_api import Error as PlaywrightError
from websockets.exceptions import InvalidHandshake, WebSocketException

from protocol import call
from protocol.join import JoinState
from tests.chaos.sound import FamilySound
from tests.stage.browsers import Browsers
from tests.stage.fake_family import FakeFamily
from tests.stage.waiting import NotSo, boot_s, pause

AGAIN_S = 0.4
SIZE = {"width": 360, "height": 480}
BUTTONS = ("#use-here", "#start", "#go", "#tap-button")
TROUBLE = (httpx.HTTPError, OSError, WebSocketException, InvalidHandshake, NotSo, AssertionError, TimeoutError)


class PacketFamily:
    """Joins, answers and sends packets. `begin`, `end`, `reload` and `close_for` may be called from any thread."""

    def __init__(self, sound: FamilySound) -> None:
        self._sound = sound
        self._family: FakeFamily | None = None
        self._away_until_s = 0.0
        self._wants_reload = False
        self._link: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="packet-family", daemon=True)

    def start(self) -> None:
        """Begin to look after whatever link is given."""
        self._thread.start()

    def stop(self) -> None:
        """Leave and end the thread."""
        self._stop.set()
        self._thread.join(15)

    def begin(self, link: str) -> None:
        """This is the family's link from now on."""
        self._link = link

    def end(self) -> None:
        """The visit is over."""
        self._link = None

    def reload(self) -> None:
        """Load the page anew."""
        self._wants_reload = True

    def close_for(self, seconds: float) -> None:
        """Close the tab, and open the link again after so long."""
        self._away_until_s = boot_s() + seconds

    def _run(self) -> None:
        held: str | None = None
        while not self._stop.is_set():
            if self._link != held:
                self._leave(for_good=True)
                held = self._link
                self._family = None if held is None else Listening(held, self._sound)
            with contextlib.suppress(*TROUBLE):
                self._look()
            pause(AGAIN_S / 4)
        self._leave(for_good=True)

    def _look(self) -> None:
        family = self._family
        if family is None:
            return
        if boot_s() < self._away_until_s or self._wants_reload:
            self._wants_reload = False
            self._leave()
        elif not is_over(family) and not self._is_in(family):
            self._leave()
            self._go_in(family)
            if not self._is_in(family):
                pause(AGAIN_S)

    def _is_in(self, family: FakeFamily) -> bool:
        return family._reader is not None and family._reader.is_alive()

    def _go_in(self, family: FakeFamily) -> None:
        answer = family.ask(claim=True)
        if answer.state is JoinState.OPEN:
            family.session_id = answer.session_id
            family.connect()
            self._sound.is_on = True

    def _leave(self, *, for_good: bool = False) -> None:
        self._sound.is_on = False
        if self._family is not None:
            with contextlib.suppress(*TROUBLE):
                self._family.close() if for_good else self._family.leave()
            if for_good:
                self._family = None


def is_over(family: FakeFamily) -> bool:
    """Whether central or the booth has said that the call is over; a central that goes away for a moment has not."""
    byes = {message.why for _, message in family.heard if isinstance(message, call.Bye)}
    return family.last(call.Ended) is not None or not byes <= {"shutting_down"}


class Listening(FakeFamily):
    """Tells its sound which call it is in, and is deaf in none."""

    def __init__(self, link: str, sound: FamilySound) -> None:
        super().__init__(link)
        self.heard = Heard(sound)


class Heard(list[tuple[float, object]]):
    """What was heard, which also turns the sound to the call that is offered."""

    def __init__(self, sound: FamilySound) -> None:
        super().__init__()
        self._sound = sound

    def append(self, one: tuple[float, object]) -> None:
        """One more message."""
        super().append(one)
        if isinstance(one[1], call.Offer):
            self._sound.take(one[1].call_id)


class BrowserFamily:
    """A phone in real Chromium that presses whatever brings it into the call; the same calls as `PacketFamily`."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._away_until_s = 0.0
        self._link: str | None = None
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="browser-family", daemon=True)

    def start(self) -> None:
        """Start the browser; returns when it is up."""
        self._thread.start()
        if not self._ready.wait(60):
            raise NotSo("the family's browser did not come up within 60 s")

    def stop(self) -> None:
        """End the browser."""
        self._stop.set()
        self._thread.join(20)

    def begin(self, link: str) -> None:
        """This is the family's link from now on."""
        self._orders.put(lambda: self._open(link))

    def end(self) -> None:
        """The visit is over."""
        self._orders.put(self._forget)

    def reload(self) -> None:
        """Load the page anew."""
        self._orders.put(self._reload)

    def close_for(self, seconds: float) -> None:
        """Close the tab, and open the link again after so long."""
        self._orders.put(lambda: self._go_away(seconds))

    # ---- in its own thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._browsers = Browsers()
        self._context = None
        self._page = None
        self._ready.set()
        while not self._stop.is_set():
            with contextlib.suppress(PlaywrightError):
                while not self._orders.empty():
                    self._orders.get()()
                self._look()
            pause(AGAIN_S)
        with contextlib.suppress(PlaywrightError):
            self._forget()
            self._browsers.close()

    def _open(self, link: str) -> None:
        self._forget()
        self._link = link
        self._context = self._browsers.person(size=SIZE, phone=False, language="id-ID")
        self._context.set_default_timeout(4_000)

    def _forget(self) -> None:
        self._link, self._page, self._away_until_s = None, None, 0.0
        context, self._context = self._context, None
        if context is not None:
            context.close()

    def _reload(self) -> None:
        if self._page is not None:
            self._page.reload()

    def _go_away(self, seconds: float) -> None:
        self._away_until_s = boot_s() + seconds
        page, self._page = self._page, None
        if page is not None:
            page.close()

    def _look(self) -> None:
        if self._link is None or self._context is None or boot_s() < self._away_until_s:
            return
        if self._page is None:
            self._page = self._context.new_page()
        if not self._page.url.startswith("http"):
            self._page.goto(self._link)
        for button in BUTTONS:
            if self._page.is_visible(button) and self._page.is_enabled(button):
                self._page.click(button, timeout=1_000)
