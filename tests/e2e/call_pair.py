"""The kiosk page and a family's end in one Chromium, and the wire between them: what tests of a call start from."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import Browser, Page

from protocol import call as signal
from protocol import page as said
from protocol.terminal import IcePolicy
from tests.kiosk_browser import call, kiosk, waiting
from tests.page_stage import PageStage
from tests.stage.waiting import wait_for

ANSWERER = Path(__file__).with_name("family_answerer.js").read_text(encoding="utf-8")
WATCH_TRACKS = """() => { window.tracks = []; const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted); window.tracks.push(...stream.getTracks()); return stream; }; }"""


class Pair:
    """The kiosk page and a family's page with a wire for their signalling, which can be cut."""

    def __init__(self, stage: PageStage, kiosk_page: Page, family: Page) -> None:
        self.stage = stage
        self.kiosk = kiosk_page
        self.family = family
        self._carried = 0
        self.said_by_kiosk: list[Any] = []

    def start(self, call_id: str = "call-1") -> None:
        """What the agent does when the family is admitted."""
        self._carried = len(self.stage.all(said.ToSignalling))
        self.stage.show(call("connecting", 600), call_id=call_id)
        self.stage.lease(left_ms=600_000, running=False)
        self.stage.send(said.StartCall(call_id=call_id, servers=(), policy=IcePolicy.ALL))

    def carry(self) -> None:
        """Carry what was said since, both ways."""
        messages = [message.message for message in self.stage.all(said.ToSignalling)]
        for message in messages[self._carried :]:
            self.said_by_kiosk.append(message)
            if isinstance(message, signal.Offer | signal.Candidate):
                self.family.evaluate("message => window.family.hear(message)", msgspec.to_builtins(message))
        self._carried = len(messages)
        for message in self.family.evaluate("() => window.family.take()"):
            kind: Any = signal.Answer if message["type"] == "answer" else signal.Candidate
            self.stage.send(said.FromSignalling(message=msgspec.convert(message, kind)))

    def until(self, condition: Callable[[], object], *, within_s: float, what: str) -> None:
        """Carry until it is so."""

        def so() -> object:
            self.carry()
            return condition()

        wait_for(so, within_s=within_s, what=what)

    def heard_lately(self) -> bool:
        """Whether the newest facts say that both ends hear each other."""
        facts = self.stage.all(said.AudioFacts)
        return bool(facts) and facts[-1].here_silent_ms < 700 and facts[-1].there_silent_ms < 900

    def talk(self, call_id: str = "call-1") -> None:
        """Up to a call in which both hear and the kiosk sees."""
        self.start(call_id)
        self.until(self.heard_lately, within_s=15, what="both ends to hear each other")
        self.stage.show(call("talking", 600), call_id=call_id)
        self.until(lambda: self.stage.all(said.FirstFrame), within_s=10, what="the family's first picture")


@contextlib.contextmanager
def paired(browser: Browser, stage: PageStage) -> Iterator[Pair]:
    """Both pages, at the waiting screen, with the camera open."""
    with kiosk(browser, stage) as glass:
        glass.evaluate(WATCH_TRACKS)
        elsewhere = browser.new_context(
            permissions=["camera", "microphone"]
        )  # a window of its own: a tab behind is slowed
        elsewhere.add_cookies([stage.cookie])  # type: ignore[list-item]  # Playwright's TypedDict
        family = elsewhere.new_page()
        family.goto(stage.url + "locales/id.json")
        family.evaluate(ANSWERER)
        stage.show(waiting())
        wait_for(lambda: stage.all(said.Devices) and stage.all(said.Devices)[-1].camera, within_s=10, what="the camera")
        glass.wait_for_function("() => window.tracks.length === 2")
        yield Pair(stage, glass, family)
        elsewhere.close()
