"""A PC that was taken over never closes, says no good-bye and goes on sending: central's own wall at `end_by`, over a real relay."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page

from protocol.call import CallPhase
from tests.e2e.kiosk_leader import KioskLeader
from tests.e2e.phones import TAKEN, change, go_in, shown, wait_for_screen
from tests.stage.browsers import PHONE
from tests.stage.central import Central
from tests.stage.stage import Stage
from tests.stage.turn import Turn
from tests.stage.waiting import pause, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]

TALKED_ON_S = 4.0
HUNG_BEYOND_S = 6.0
BYE_WITHIN_S = 3.0
SILENT_WITHIN_S = 2.5
LOOK_S = 0.1


@pytest.fixture(scope="module")
def turn(module_stage: Stage) -> Turn:
    """Debian's turnserver."""
    return module_stage.turn()


@pytest.fixture(scope="module")
def central(module_stage: Stage, turn: Turn) -> Central:
    """A central that may tell this relay to end allocations."""
    return module_stage.central(turn=turn)


class TakenOver:
    """A booth in a stranger's hands and a family's browser, talking over the relay alone."""

    def __init__(self, stage: Stage, central: Central, turn: Turn, family: Page) -> None:
        self.central, self.turn, self.family = central, turn, family
        facility = central.add_facility(f"Rutan {time.monotonic_ns()}", admit="automatic", ice_policy="relay")
        self.booth = KioskLeader(central, "Bilik 1", facility)
        self.session = central.add_session(self.booth.id, "012", start="+1")
        self._desk = stage.browsers.person(size=PHONE, phone=False, language="id-ID")

    def talk(self) -> None:
        """Both ends connected, and the booth tells the family that there are ten minutes."""
        go_in(self.family, self.session)
        self.booth.open(self.session.id)
        welcome = self.booth.until(lambda: self.booth.said("welcome"), "central's welcome")
        self.booth.lead(self._desk.new_page(), relays=welcome["servers"])
        self.booth.until(lambda: self.booth.facts()["audio"] > 20, "the booth to hear the family")
        self.lie()
        self.booth.until(lambda: shown(self.family) == "call", "the family's call screen")
        for end in ("kiosk", "family"):
            assert f"{self.session.id}-{end}>" in self.turn.listed()

    def lie(self) -> None:
        """The clock that the family is shown, as a stranger would have it."""
        self.booth.clock(CallPhase.TALKING, 590, running=True)

    def end_by_comes(self) -> float:
        """The session's end, in seconds of the wall clock; nobody but central acts on it."""
        end_by_s = time.time() + TALKED_ON_S
        change(self.central, self.session, end_by_ms=int(end_by_s * 1000))
        self.lie()
        return end_by_s

    def heard_until(self, end_s: float) -> list[float]:
        """The moments at which the booth had more of the family's voice than before, up to that one."""
        grew, last = [], int(self.booth.facts()["audio"])
        while time.time() < end_s:
            pause(LOOK_S)
            now = int(self.booth.facts()["audio"])
            if now > last:
                grew.append(time.time())
            last = now
        return grew

    def close(self) -> None:
        """The test is over."""
        self._desk.close()
        self.booth.close()


@pytest.fixture
def taken(module_stage: Stage, central: Central, turn: Turn, phone: Callable[..., Page]) -> Iterator[TakenOver]:
    found = TakenOver(module_stage, central, turn, phone(fake=TAKEN))
    yield found
    found.close()


def test_central_ends_the_call_of_a_booth_that_never_would(taken: TakenOver) -> None:
    taken.talk()
    end_by_s = taken.end_by_comes()
    wait_for_screen(taken.family, "bye")
    told_s = time.time()
    assert 0 <= told_s - end_by_s < BYE_WITHIN_S
    assert "Panggilan ini sudah ditutup." in taken.family.inner_text("#bye")
    assert taken.family.evaluate("window.tracks.length && window.tracks.every((one) => one.readyState === 'ended')")
    assert taken.family.evaluate("document.getElementById('peer').srcObject") is None
    wait_for(lambda: taken.session.id not in taken.turn.listed(), within_s=5, what="the allocations to be gone")
    assert taken.booth.page is not None
    assert taken.booth.page.evaluate("leader.pc.connectionState !== 'closed'"), "the booth itself closes nothing"
    assert taken.heard_until(time.time() + 1) == []
    with pytest.raises(httpx.HTTPStatusError):
        taken.booth.open(taken.session.id)


def test_the_relay_carries_nothing_on_even_while_the_familys_page_hangs(taken: TakenOver) -> None:
    taken.talk()
    end_by_s = taken.end_by_comes()
    hung_until_s = end_by_s + HUNG_BEYOND_S
    hang = "until => setTimeout(() => { while (Date.now() < until); }, 0)"
    taken.family.evaluate(hang, int(hung_until_s * 1000))
    grew = taken.heard_until(hung_until_s - 1)
    assert any(end_by_s - 1 < at_s < end_by_s for at_s in grew), "neither end closes by itself: they talk to the last"
    assert max(grew) < end_by_s + SILENT_WITHIN_S
    assert f"{taken.session.id}-kiosk>" not in taken.turn.listed()
    wait_for_screen(taken.family, "bye")
