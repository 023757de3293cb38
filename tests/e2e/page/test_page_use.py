"""The kiosk page in the hands of people: keys, touch, languages, times, farewells, beats and what is said over the call."""

import itertools

import pytest
from playwright.sync_api import Page

from protocol import page as said
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import CheckInMethod
from tests.kiosk_browser import SCREENS, call, check_in, farewell, up
from tests.page_stage import NOW_MS, PageStage
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


# ---- what people do -----------------------------------------------------------------------------------------------


def test_a_visit_can_be_walked_through_by_keyboard_alone(stage: PageStage, glass: Page) -> None:
    stage.show(check_in(CheckInMethod.NONE))
    glass.keyboard.press("Enter")
    stage.wait_for(said.Start)
    stage.show(SCREENS["rules"])
    glass.keyboard.press("Enter")
    stage.wait_for(said.RulesAccepted)
    glass.keyboard.press("Shift+Tab")
    glass.keyboard.press("Enter")
    stage.wait_for(said.Back)
    stage.show(call())
    stage.lease(left_ms=522_000)
    for _ in range(3):
        glass.keyboard.press("Tab")
    glass.keyboard.press("Enter")
    assert glass.locator("dialog").is_visible()
    glass.keyboard.press("Escape")
    assert glass.locator("dialog").is_hidden()
    glass.keyboard.press("Enter")
    glass.keyboard.press("Tab")
    assert not stage.all(said.HungUp), "an end must be confirmed"
    glass.keyboard.press("Enter")
    stage.wait_for(said.HungUp)


def test_a_pin_is_typed_on_the_keyboard_or_on_the_glass(stage: PageStage, glass: Page) -> None:
    stage.show(check_in(CheckInMethod.PIN))
    glass.keyboard.type("12x9")
    glass.keyboard.press("Backspace")
    for digit in "3456":
        glass.get_by_role("button", name=digit, exact=True).click()
    assert glass.locator(".dots .on").count() == 6
    assert "123456" not in glass.content()
    glass.get_by_role("button", name="Lanjut").click()
    assert stage.wait_for(said.Pin).pin == "123456"
    assert glass.locator(".dots .on").count() == 0
    stage.show(check_in(CheckInMethod.PIN, busy=True))
    glass.keyboard.type("111111")
    assert glass.locator(".dots .on").count() == 0, "nothing can be typed while the PIN is being checked"
    stage.show(check_in(CheckInMethod.PIN, refused="wrong_pin"))
    assert "PIN tidak cocok." in glass.inner_text("[role=alert]")
    glass.keyboard.type("654321")
    glass.keyboard.press("Enter")
    wait_for(lambda: [m.pin for m in stage.all(said.Pin)] == ["123456", "654321"], within_s=5, what="the second PIN")


def test_who_is_moved_to_another_booth_has_nothing_to_press_here(stage: PageStage, glass: Page) -> None:
    stage.show(check_in(CheckInMethod.NONE, refused="moved"))
    assert "dipindah ke bilik lain" in glass.inner_text("[role=alert]")
    assert not glass.is_visible(".big")


def test_after_too_many_pins_the_pad_waits(stage: PageStage, glass: Page) -> None:
    stage.show(check_in(CheckInMethod.PIN, refused="wait", retry_s=2))
    glass.keyboard.type("123456")
    assert glass.locator(".dots .on").count() == 0
    assert glass.inner_text("[role=alert]") == "Tunggu 2 detik, lalu coba lagi."
    glass.locator("[role=alert]").wait_for(state="hidden", timeout=4000)
    glass.keyboard.type("123456")
    assert glass.locator(".dots .on").count() == 6


def test_times_are_written_as_people_write_them_here(stage: PageStage, glass: Page) -> None:
    stage.show(said.Idle(next=(up("012", 2),)))
    assert "09.38" in glass.inner_text(".clock")
    assert glass.get_attribute(".number", "data-long") == "false"
    stage.show(said.Idle(next=(up("A-1012", 2),)))
    assert glass.evaluate("document.querySelector('.number').getClientRects()[0].right < innerWidth * .6"), (
        "in its card"
    )
    assert "WIB, Senin 8 Juni" in glass.inner_text(".idle .side")
    assert "pukul 09.40" in glass.inner_text(".card")
    stage.show(said.Idle(next=(up("012", 2),)), language="en")
    assert "09:38" in glass.inner_text(".clock")
    assert "WIB, Monday 8 June" in glass.inner_text(".idle .side")
    witt = said.WallClock(now_ms=NOW_MS, offset_min=540, zone="WIT")
    stage.show(said.Idle(next=(up("012", 2),)), clock=witt)
    assert "11.38" in glass.inner_text(".clock")
    assert "pukul 11.40" in glass.inner_text(".card")


def test_nothing_of_a_visit_is_left_when_the_screen_changes(stage: PageStage, glass: Page) -> None:
    stage.show(call())
    stage.send(said.Notice(kind="message", text="Pesan untuk Budi S."))
    stage.show(farewell(EndReason.COMPLETED, FaultParty.NONE, 600))
    assert "Siti" not in glass.content()
    assert "Budi" not in glass.content()


# ---- what the agent relies on -------------------------------------------------------------------------------------


def test_the_page_beats_once_a_second_and_an_idle_screen_changes_only_its_beat(stage: PageStage, glass: Page) -> None:
    stage.show(SCREENS["idle"])
    glass.evaluate("""() => { window.changes = []; new MutationObserver(list => window.changes.push(...list.map(m => m.target.id)))
      .observe(document, { subtree: true, childList: true, attributes: true, characterData: true }); }""")
    stage.forget()
    wait_for(lambda: len(stage.all(said.Alive)) >= 4, within_s=8, what="four beats")
    moments = [at for at, message in stage.heard if isinstance(message, said.Alive)]
    assert all(0.5 < later - earlier < 2.5 for earlier, later in itertools.pairwise(moments)), moments
    assert set(glass.evaluate("window.changes")) == {"beat"}, "each beat dirties its own pixel and nothing else"


def test_the_countdown_never_shows_less_than_is_left_and_changes_once_a_second(stage: PageStage, glass: Page) -> None:
    stage.show(call(left_s=65))
    glass.evaluate("""() => { window.shown = []; const time = document.querySelector('.time b');
      new MutationObserver(() => window.shown.push([performance.now(), time.textContent]))
        .observe(time, { subtree: true, childList: true, characterData: true }); }""")
    began_s = boot_s()
    stage.lease(left_ms=65_000)
    wait_for(lambda: len(glass.evaluate("window.shown")) >= 5, within_s=10, what="five seconds shown", every_s=0.2)
    shown = glass.evaluate("window.shown")
    assert boot_s() - began_s >= 3.5
    seconds = [60 * int(text.split(".")[0]) + int(text.split(".")[1]) for _, text in shown]
    assert seconds == list(range(seconds[0], seconds[0] - len(seconds), -1))
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(shown[1:])]
    assert all(600 < gap < 1400 for gap in gaps), gaps
    assert glass.locator(".time").get_attribute("data-last") == "true"


def test_a_lost_agent_leaves_a_calm_screen_and_is_found_again(stage: PageStage, glass: Page) -> None:
    stage.show(SCREENS["idle"])
    with stage.away():
        glass.get_by_text("Mohon tunggu sebentar").wait_for(timeout=3000)
        assert "012" not in glass.inner_text("#glass")
        stage.forget()
    stage.wait_for(said.Ready, within_s=3)
    stage.show(SCREENS["idle"])
    assert "012" in glass.inner_text("#glass")


def test_ways_out_are_refused_and_told_by_kind(stage: PageStage, glass: Page) -> None:
    stage.show(SCREENS["idle"])
    glass.locator(".number").click(button="right")
    glass.keyboard.press("F5")
    glass.keyboard.press("Control+p")
    kinds = {"context_menu", "function_key", "shortcut"}
    wait_for(lambda: kinds <= {m.kind for m in stage.all(said.Escape)}, within_s=5, what="the attempts to be told")
    assert glass.locator(".number").is_visible()


def test_the_last_ten_seconds_are_counted_large(stage: PageStage, glass: Page) -> None:
    stage.show(call(left_s=11.5))
    stage.lease(left_ms=11_500)
    count = glass.locator(".last-count b")
    assert count.is_hidden()
    count.wait_for(timeout=4000)
    assert count.inner_text() == "10"


def test_an_interruption_says_first_what_it_means_for_their_time(stage: PageStage, glass: Page) -> None:
    stage.show(call())
    stage.lease(left_ms=375_000, running=False)
    stage.show(call("interrupted", 375))
    assert "Waktu bicara Anda berhenti dan tidak berkurang." in glass.inner_text(".pause")
    assert glass.inner_text(".time b") == "6.15"
    assert glass.is_visible(".pause .icon[data-name=pause]"), "also for those who do not read"
    assert glass.evaluate("getComputedStyle(document.querySelector('.bar')).getPropertyValue('--pieces')") == "10"
    stage.show(call("talking", 375))
    assert glass.locator(".pause").is_hidden()


def test_the_officer_who_listens_is_named_on_the_glass(stage: PageStage, glass: Page) -> None:
    stage.show(call(listening=True))
    assert glass.get_by_text("Petugas sedang mendengarkan panggilan ini.").is_visible()


def test_giving_way_on_a_bad_link_ends_with_the_voice_alone_and_comes_back_slowly(glass: Page) -> None:
    levels = glass.evaluate("""async () => {
      const { Adaptation } = await import('/call/adaptation.js');
      const way = new Adaptation(), levels = [];
      for (let now = 0; now <= 60_000; now += 5000) levels.push(way.step({ loss: 0.3, kbit: 500 }, now).active ? way.level : 'off');
      for (let now = 65_000; now <= 200_000 && way.level !== 2; now += 5000) {
        way.step({ loss: 0, kbit: 40 }, now);
        levels.push(way.level);
      }
      return levels;
    }""")
    assert levels[:3] == [0, 0, 1]
    assert levels[12] == "off"
    assert levels[-1] == 2, "good loss alone brings the picture back"
