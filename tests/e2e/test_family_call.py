"""The family's waiting room and call in real Chromium, with a booth that says what the test wants it to say."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from protocol.call import CallPhase, Ended, Said
from protocol.outcome import ALLOWED_PARTIES, EndReason, FaultParty
from tests.e2e.kiosk_leader import KioskLeader
from tests.e2e.phones import SHOTS, TAKEN, Booths, admit, assert_good, go_in, shown, wait_for_screen
from tests.stage.browsers import PHONE
from tests.stage.central import Central
from tests.stage.stage import PASSWORD, Stage
from tests.stage.waiting import pause, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

COVERED = """() => {
  const box = (one) => document.querySelector(one).getBoundingClientRect();
  const card = box('.call .time');
  return ['.call .who', '.call .net'].filter((one) => {
    const chip = box(one);
    return chip.left < card.right && card.left < chip.right && chip.top < card.bottom && card.top < chip.bottom;
  });
}"""
"""Which of the two signs lies on the time that is left."""


# ---- waiting room and call ----------------------------------------------------------------------------------------


class Together:
    """A booth and a family in one session."""

    def __init__(self, central: Central, stage: Stage, booth: KioskLeader, page: Page) -> None:
        self.central, self.booth, self.page = central, booth, page
        self.session = central.add_session(booth.id, "012", start="+1")
        self.desk = stage.browsers.person(size=PHONE, phone=False, language="id-ID")

    def connect(self) -> None:
        """Both in the room, the family admitted, connected and talking."""
        go_in(self.page, self.session)
        self.booth.open(self.session.id)
        admit(self.central, self.session)
        self.booth.clock(CallPhase.WAITING, 600, running=False)
        self.booth.lead(self.desk.new_page())
        self.talk()

    def talk(self) -> None:
        self.booth.until(lambda: self.booth.facts()["frames"] > 5, "the booth to see the family")
        self.booth.until(lambda: self.booth.facts()["heard"] > 0, "the family to tell what it hears")
        self.booth.clock(CallPhase.TALKING, 590, running=True)
        self.booth.until(lambda: shown(self.page) == "call", "the family's call screen")

    def end(self, reason: EndReason = EndReason.COMPLETED) -> None:
        party = sorted(ALLOWED_PARTIES[reason])[0]
        self.booth.say(Ended(reason=reason, fault_party=party, delivered_ms=598_000, left_ms=2_000))
        wait_for_screen(self.page, "bye")


@pytest.fixture
def together(
    central: Central, module_stage: Stage, new_booth: Booths, phone: Callable[..., Page]
) -> Iterator[Together]:
    found = Together(central, module_stage, new_booth(), phone())
    yield found
    found.desk.close()


def pause_and_count(booth: KioskLeader, seconds: float) -> int:
    """How many audio packets the booth has after some time."""
    pause(seconds)
    return int(booth.facts()["audio"])


def test_the_waiting_room_says_truly_what_is_waited_for(together: Together) -> None:
    page, booth = together.page, together.booth
    go_in(page, together.session)
    page.wait_for_selector("text=Bilik belum siap")
    assert_good(page, "waiting")
    booth.open(together.session.id)
    page.wait_for_selector("text=Menunggu izin petugas")
    booth.until(lambda: booth.said("ready"), "the booth to hear that the family is ready")
    assert booth.said("ready") == {"type": "ready", "camera": True, "microphone": True}
    admit(together.central, together.session)
    together.central.order("message", booth.id, "--text", "apa kabar")  # any notice makes central look at its rows
    booth.clock(CallPhase.WAITING, 600, running=False)
    page.reload()
    page.wait_for_selector("text=Anda sudah diizinkan")


def test_an_officer_sees_the_face_that_asks_to_come_in(together: Together, central: Central) -> None:
    go_in(together.page, together.session)
    together.booth.open(together.session.id)
    central.add_user("wati", PASSWORD)
    desk = together.desk.new_page()
    desk.goto(f"{central.url}/login")
    desk.fill("[name=name]", "wati")
    desk.fill("[name=password]", PASSWORD)
    desk.click("[type=submit]")

    def picture() -> int:
        answer = desk.request.get(f"{central.url}/board/stills/{together.session.id}")
        return len(answer.body()) if answer.ok else 0

    size = wait_for(picture, within_s=10, what="the picture", every_s=0.2)
    assert 500 < size <= 25_000


def test_both_ends_see_and_hear_each_other_and_share_one_clock(together: Together) -> None:
    together.connect()
    page, booth = together.page, together.booth
    page.wait_for_function("() => document.getElementById('peer').videoWidth > 0")
    assert page.inner_text("#left") in ("9.50", "9.49", "9.48")
    assert booth.facts()["width"] in (480, 640)
    assert_good(page, "call")
    booth.clock(CallPhase.INTERRUPTED, 375, running=False)
    page.wait_for_selector("#lost:not([hidden])")
    assert page.inner_text("#left") == "6.15"
    assert not page.is_visible("#net"), "a link that is down is not called good"
    assert_good(page, "interrupted")
    booth.clock(CallPhase.TALKING, 375, running=True)
    page.wait_for_selector("#lost", state="hidden")
    booth.say(Said(text="Mohon duduk di depan kamera."))
    page.wait_for_selector("text=Mohon duduk di depan kamera.")
    booth.say(Said(text="", added_s=120))
    page.wait_for_selector("text=Petugas menambah 2 menit.")
    booth.say(Said(text="", added_s=10))
    page.wait_for_selector("text=Petugas menambah 10 detik.")
    booth.clock(CallPhase.TALKING, 58, running=True)
    page.wait_for_selector("text=Satu menit lagi. Waktunya berpamitan.")
    assert page.evaluate(COVERED) == []
    assert_good(page, "minute")
    page.click("#mute")
    heard = booth.facts()["audio"]
    booth.until(lambda: booth.facts()["audio"] > heard + 20, "packets to go on while muted")
    page.click("#end")
    assert_good(page, "end")
    page.click("#end-no")
    assert booth.said("hang_up") is None
    page.click("#end")
    page.click("#end-yes")
    booth.until(lambda: booth.said("hang_up"), "the confirmed End")
    together.end(EndReason.ENDED_BY_FAMILY)
    assert "9.58" in page.inner_text("#bye")
    assert "Anda mengakhiri panggilan ini." in page.inner_text("#bye")
    assert page.evaluate("document.getElementById('peer').srcObject") is None
    assert_good(page, "bye")


def test_an_offer_under_the_same_id_restarts_ice_and_a_new_id_starts_anew(together: Together) -> None:
    together.connect()
    booth = together.booth
    answers = sum(message["type"] == "answer" for message in booth.heard)
    assert booth.page is not None
    booth.page.evaluate("leader.offer(true)")
    booth.until(lambda: sum(m["type"] == "answer" for m in booth.heard) == answers + 1, "an answer to the restart")
    seen = booth.facts()["frames"]
    booth.until(lambda: booth.facts()["frames"] > seen + 10, "the same call to go on")
    booth.lead_anew("call-2")
    together.talk()
    assert booth.facts()["state"] == "connected"


def test_a_reload_comes_back_into_the_call_without_a_press(together: Together) -> None:
    together.connect()
    together.page.reload()
    wait_for_screen(together.page, "waiting")
    together.booth.lead_anew("call-2")
    together.talk()


def test_signalling_that_breaks_comes_back_by_itself(together: Together) -> None:
    go_in(together.page, together.session)
    together.central.stop()
    try:
        together.page.wait_for_selector("#waiting-lost:not([hidden])")
        together.page.screenshot(path=SHOTS / "family-lost-id.png")
    finally:
        together.central.start()
    together.page.wait_for_selector("#waiting-lost", state="hidden", timeout=20_000)


def test_a_microphone_taken_by_another_call_stops_the_packets_is_told_and_comes_back(together: Together) -> None:
    together.page.add_init_script(TAKEN)
    together.connect()
    page, booth = together.page, together.booth
    assert booth.page is not None
    page.evaluate("mute(true)")
    page.wait_for_selector("text=Mikrofon Anda terputus", timeout=3000)
    booth.until(lambda: booth.told("microphone") is False, "the booth to be told", within_s=3)
    assert_good(page, "microphone")
    before = booth.facts()["audio"]
    packets = pause_and_count(booth, 2.0) - before
    assert packets < 5, "silence would let the talk time run"
    page.evaluate("mute(false)")
    page.wait_for_selector("#lost", state="hidden")
    booth.until(lambda: booth.facts()["audio"] > before + 30, "packets again")
    booth.until(lambda: booth.told("microphone") is True, "the booth to be told that it is back")


def test_a_camera_that_goes_is_told_and_opened_again_and_the_booths_camera_is_shown_as_gone(together: Together) -> None:
    together.page.add_init_script(TAKEN)
    together.connect()
    page, booth = together.page, together.booth
    assert booth.page is not None
    page.evaluate("end('video')")
    page.wait_for_selector("text=Kamera Anda terputus.", timeout=3000)
    page.wait_for_selector("#self-empty:not([hidden])")
    booth.until(lambda: booth.told("camera") is False, "the booth to be told", within_s=3)
    frames, packets = booth.facts()["frames"], booth.facts()["audio"]
    booth.until(lambda: booth.facts()["audio"] > packets + 50, "the voice to go on")
    page.evaluate("() => { window.refused = false; }")
    booth.until(lambda: booth.facts()["frames"] > frames + 10, "the picture again")
    assert not page.is_visible("#self-empty")
    booth.page.evaluate("leader.channel.send(JSON.stringify({ camera: false, microphone: true }))")
    page.wait_for_selector("text=Kamera di bilik terputus.", timeout=3000)
    booth.page.evaluate("leader.channel.send(JSON.stringify({ camera: true, microphone: false }))")
    page.wait_for_selector("text=Mikrofon di bilik terputus", timeout=3000)
    assert not page.is_visible("#peer-empty")


def test_a_device_that_is_back_after_a_new_call_has_begun_is_sent_in_it(together: Together) -> None:
    together.page.add_init_script(TAKEN)
    together.connect()
    page, booth = together.page, together.booth
    page.evaluate("end('audio')")
    booth.until(lambda: booth.told("microphone") is False, "the booth to be told", within_s=3)
    booth.lead_anew("call-2")
    booth.until(lambda: booth.facts()["frames"] > 5, "the picture of the second call")
    assert booth.facts()["audio"] == 0
    page.evaluate("() => { window.refused = false; }")
    booth.until(lambda: booth.facts()["audio"] > 30, "the voice of the second call")


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_end_is_told_in_a_sentence(central: Central, phone: Callable[..., Page], reason: EndReason) -> None:
    page = phone()
    page.goto(f"{central.url}/join")
    wait_for_screen(page, "problem")
    for party in sorted(ALLOWED_PARTIES[reason]):
        text = told_at_the_end(page, reason, party, 300, of_s=600)
        assert "5.00 dari 10 menit" in text
        assert "bye." not in text
        assert "{" not in text


def test_what_was_given_is_told_as_what_was_promised(central: Central, phone: Callable[..., Page]) -> None:
    page = phone()
    page.goto(f"{central.url}/join")
    wait_for_screen(page, "problem")
    for of_s, told in ((450, "7.30 dari 7 menit 30 detik"), (60, "1.00 dari 1 menit"), (55, " 55 dari 55 detik")):
        assert told in told_at_the_end(page, EndReason.COMPLETED, FaultParty.NONE, of_s, of_s=of_s)


def told_at_the_end(page: Page, reason: EndReason, party: FaultParty, got_s: int, *, of_s: int) -> str:
    page.evaluate(
        """async ([ended, talkS]) => {
          const base = document.querySelector('script[type=module]').src.replace('join.js', '');
          const [{ showEnded }, { Words }] = await Promise.all([import(base + 'farewell.js'), import(base + 'words.js')]);
          const words = new Words(JSON.parse(document.getElementById('words').textContent), 'id');
          showEnded(words, ended, { inmate: 'Budi S.', talkS });
        }""",
        [
            {
                "reason": reason.value,
                "fault_party": party.value,
                "delivered_ms": got_s * 1000,
                "left_ms": (of_s - got_s) * 1000,
            },
            of_s,
        ],
    )
    return " ".join(page.inner_text("#bye").split())


def test_a_family_whose_call_was_moved_is_brought_back_to_it(together: Together) -> None:
    page = together.page
    go_in(page, together.session)
    together.booth.open(together.session.id)
    with page.expect_event("load", timeout=15_000):
        together.end(EndReason.MOVED)
        assert "Panggilan dipindahkan ke bilik lain." in page.inner_text("#bye")
    wait_for_screen(page, "open")
