"""The booth's camera and microphone that go and come in a call, in real Chromium: told, paused where nobody is heard, healed."""

import pytest

from protocol import page as said
from tests.e2e.call_pair import Pair
from tests.kiosk_browser import call
from tests.page_stage import PageStage
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

UNPLUG = """kind => { const real = navigator.mediaDevices;
  window.gone ??= { list: real.enumerateDevices.bind(real), take: real.getUserMedia.bind(real), kinds: new Set() };
  window.gone.kinds.add(kind);
  real.enumerateDevices = async () => (await window.gone.list()).filter(one => !window.gone.kinds.has(one.kind.replace("input", "")));
  real.getUserMedia = async wanted => {
    if ([...window.gone.kinds].some(one => wanted[one])) throw new DOMException("gone", "NotFoundError");
    return window.gone.take(wanted); };
  const track = window.tracks.findLast(one => one.kind === kind); track.stop(); track.dispatchEvent(new Event("ended")); }"""
"""What Chromium does when a device goes: the track has ended, is listed no longer and cannot be opened."""
PLUG_IN = "kind => window.gone.kinds.delete(kind)"
TOLD_S = 3.0


def test_a_microphone_that_is_unplugged_in_a_call_is_told_and_opened_again(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    pair.kiosk.evaluate(
        """() => { const track = window.tracks.find(t => t.kind === 'audio'); track.stop(); track.dispatchEvent(new Event('ended')); }"""
    )
    pair.kiosk.wait_for_function("() => window.tracks.length === 3")
    assert not stage.all(said.Trouble)
    stage.forget()
    pair._carried = 0
    pair.until(
        lambda: len(stage.all(said.AudioFacts)) >= 3 and pair.heard_lately(),
        within_s=10,
        what="the new track to be heard",
    )


def test_a_camera_that_goes_in_a_call_is_told_and_the_call_goes_on_by_voice_until_it_is_back(
    pair: Pair, stage: PageStage
) -> None:
    pair.talk()
    gone_s = boot_s()
    pair.kiosk.evaluate(UNPLUG, "video")
    wait_for(lambda: not stage.all(said.Devices)[-1].camera, within_s=TOLD_S, what="the agent to be told")
    pair.kiosk.get_by_text("Kamera terputus. Keluarga tetap mendengar Anda.").wait_for(timeout=TOLD_S * 1000)
    assert boot_s() - gone_s < TOLD_S
    assert stage.all(said.Devices)[-1].microphone
    wait_for(lambda: pair.family.evaluate("() => window.family.told().camera === false"), within_s=1, what="the family")
    stage.forget()
    pair._carried = 0
    pair.until(lambda: len(stage.all(said.AudioFacts)) >= 5, within_s=10, what="five facts")
    assert max(facts.there_silent_ms for facts in stage.all(said.AudioFacts)) < 1500, "the voice goes on"
    pair.kiosk.evaluate(PLUG_IN, "video")
    wait_for(lambda: stage.all(said.Devices) and stage.all(said.Devices)[-1].camera, within_s=TOLD_S, what="its return")
    pair.kiosk.get_by_text("Kamera terputus.").wait_for(state="hidden", timeout=TOLD_S * 1000)
    seen = pair.family.evaluate("() => window.family.frames()")
    wait_for(lambda: pair.family.evaluate("() => window.family.frames()") > seen + 5, within_s=5, what="the picture")


def test_without_a_microphone_no_packets_are_sent_so_that_the_talk_time_stands_and_it_heals(
    pair: Pair, stage: PageStage
) -> None:
    pair.talk()
    gone_s = boot_s()
    pair.kiosk.evaluate(UNPLUG, "audio")
    pair.kiosk.get_by_text("Mikrofon Anda terputus").wait_for(timeout=TOLD_S * 1000)
    assert boot_s() - gone_s < TOLD_S
    assert not stage.all(said.Devices)[-1].microphone
    pair.until(lambda: stage.all(said.AudioFacts)[-1].there_silent_ms >= 1500, within_s=4, what="silence at the family")
    assert stage.all(said.AudioFacts)[-1].here_silent_ms < 1000, "the family is still heard here"
    stage.show(call("interrupted", 590), call_id="call-1")
    assert "Waktu bicara Anda berhenti dan tidak berkurang." in pair.kiosk.inner_text(".pause")
    pair.kiosk.evaluate(PLUG_IN, "audio")
    pair.until(pair.heard_lately, within_s=5, what="both ends to hear each other again")
    assert stage.all(said.Devices)[-1].microphone
    stage.show(call("talking", 590), call_id="call-1")
    assert not pair.kiosk.locator(".pause").is_visible()


def test_a_microphone_that_was_moved_to_something_silent_counts_as_gone(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    pair.kiosk.evaluate(
        UNPLUG.replace("track.stop();", "").replace('track.dispatchEvent(new Event("ended"));', ""), "audio"
    )
    wait_for(lambda: not stage.all(said.Devices)[-1].microphone, within_s=TOLD_S, what="the agent to be told")
    pair.until(lambda: stage.all(said.AudioFacts)[-1].there_silent_ms >= 1500, within_s=4, what="silence at the family")


def test_a_family_whose_microphone_goes_is_shown_as_the_reason(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    pair.family.evaluate("() => window.family.tell({ microphone: false })")
    pair.kiosk.get_by_text("Mikrofon keluarga Anda terputus").wait_for(timeout=TOLD_S * 1000)
    pair.family.evaluate("() => window.family.tell({ microphone: true, camera: false })")
    pair.kiosk.get_by_text("Tanpa gambar. Anda tetap bisa bicara.").wait_for(timeout=TOLD_S * 1000)
    assert not pair.kiosk.locator(".pause").is_visible()
