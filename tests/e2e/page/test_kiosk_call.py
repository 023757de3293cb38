"""A real call between the kiosk page and a family's end in real Chromium: it connects, is measured, and closes in time."""

import pytest

from protocol import call as signal
from protocol import page as said
from protocol.outcome import EndReason, FaultParty
from tests.e2e.call_pair import ANSWERER, Pair
from tests.kiosk_browser import call, farewell
from tests.page_stage import PageStage
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

WATCH_GLASS = """() => {
  window.glass = [];
  const glass = document.getElementById('glass');
  new MutationObserver(() => window.glass.push([...glass.children].map(one => one.className))).observe(glass, { childList: true });
}"""
ON_TOP = """() => [0.02, 0.25, 0.5, 0.75, 0.98].flatMap(x => [0.02, 0.5, 0.98].map(
  y => document.elementFromPoint(x * innerWidth, y * innerHeight)?.closest('.screen')?.className))"""
HOLD_FRAMES = """() => {
  window.frames_held = [];
  window.requestAnimationFrame = (draw) => window.frames_held.push(draw);
  window.frame = () => window.frames_held.splice(0).forEach((draw) => draw(performance.now()));
}"""
LIVE = "() => window.tracks.filter(track => track.readyState === 'live').length"


def test_the_own_picture_and_the_microphone_are_seen_to_work_before_the_call(pair: Pair) -> None:
    assert pair.kiosk.locator("video.mirror").evaluate("video => video.videoWidth") > 0
    level = "() => Number(/[0-9.]+/.exec(document.querySelector('.meter .track i').style.transform)?.[0] ?? 0)"
    wait_for(lambda: pair.kiosk.evaluate(level) > 0.2, within_s=5, what="the bar to move with the synthetic voice")


def test_two_ends_connect_talk_and_are_measured(pair: Pair, stage: PageStage) -> None:
    began_s = boot_s()
    pair.talk()
    connected_s = boot_s() - began_s
    first = next(at for at, message in stage.heard if isinstance(message, said.FirstFrame))
    assert first - began_s < 8, connected_s
    pair.until(lambda: stage.all(said.QualityFacts), within_s=12, what="a sample of the quality")
    quality = stage.all(said.QualityFacts)[-1]
    assert quality.relayed is False
    assert quality.round_trip_ms is not None
    assert quality.audio_loss is not None
    assert quality.video_kbit_s
    assert quality.frames_received > 0
    moments = [at for at, message in stage.heard if isinstance(message, said.AudioFacts)]
    assert (moments[-1] - moments[0]) / (len(moments) - 1) < 0.8, "the facts come every 500 ms"
    assert stage.all(said.AudioFacts)[-1].frames > 0
    assert pair.kiosk.locator("video.remote").evaluate("video => video.videoWidth") > 0
    assert pair.kiosk.locator(".link").inner_text() in ("Sambungan baik", "Sambungan lemah")


def test_silence_is_seen_within_two_seconds_when_the_family_goes_away(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    pair.family.evaluate("() => window.family.close()")
    gone_s = boot_s()

    def silent() -> bool:
        facts = stage.all(said.AudioFacts)[-1]
        return facts.here_silent_ms >= 1500 and facts.there_silent_ms >= 1500

    pair.until(silent, within_s=5, what="silence at both ends")
    assert boot_s() - gone_s < 3.0
    stage.show(call("interrupted", 590), call_id="call-1")
    pair.until(
        lambda: any(isinstance(message, signal.IceWanted) for message in pair.said_by_kiosk),
        within_s=15,
        what="the kiosk to ask for fresh servers",
    )


def test_muting_keeps_sending(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    pair.kiosk.get_by_role("button", name="Suara nyala").click()
    assert pair.kiosk.get_by_role("button", name="Suara mati").is_visible()
    stage.forget()
    pair._carried = 0
    pair.until(lambda: len(stage.all(said.AudioFacts)) >= 5, within_s=10, what="five facts")
    assert max(facts.there_silent_ms for facts in stage.all(said.AudioFacts)) < 1500


def test_a_cut_is_mended_by_offering_again_under_the_same_call(pair: Pair, stage: PageStage) -> None:
    pair.start()
    wait_for(lambda: stage.all(said.ToSignalling), within_s=5, what="the first offer")
    pair._carried = len(stage.all(said.ToSignalling))  # lost on the way: nobody was there to hear it

    def offers() -> list[signal.Offer]:
        return [m.message for m in stage.all(said.ToSignalling) if isinstance(m.message, signal.Offer)]

    wait_for(lambda: len(offers()) >= 2, within_s=6, what="a second offer")
    assert {offer.call_id for offer in offers()} == {"call-1"}
    pair.until(pair.heard_lately, within_s=15, what="both ends to hear each other after a lost offer")


def test_messages_of_another_call_are_dropped(pair: Pair, stage: PageStage) -> None:
    stage.send(said.FromSignalling(message=signal.Answer(call_id="call-0", sdp="nonsense")))
    pair.start()
    stage.send(said.FromSignalling(message=signal.Answer(call_id="call-0", sdp="nonsense")))
    stage.send(said.FromSignalling(message=signal.Candidate(call_id="call-0", candidate="nonsense")))
    pair.until(pair.heard_lately, within_s=15, what="both ends to hear each other")


def test_the_farewell_stops_every_track_and_answers_closed_once(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    stage.stop_leases()
    sent_s = boot_s()
    stage.show(farewell(EndReason.COMPLETED, FaultParty.NONE, 600))
    closed = stage.wait_for(said.Closed)
    took_s = next(at for at, message in stage.heard if isinstance(message, said.Closed)) - sent_s
    assert (closed.call_id, closed.by) == ("call-1", "show")
    assert took_s < 1.0, took_s
    assert pair.kiosk.evaluate(LIVE) == 0
    assert pair.kiosk.locator("video").count() == 0
    count = len(stage.all(said.AudioFacts))
    beats = len(stage.all(said.Alive))
    wait_for(lambda: len(stage.all(said.Alive)) >= beats + 2, within_s=5, what="two beats")
    assert len(stage.all(said.AudioFacts)) == count
    assert len(stage.all(said.Closed)) == 1


def test_a_lease_that_runs_out_closes_the_call_by_itself(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    stage.stop_leases()
    last_s = boot_s()
    closed = stage.wait_for(said.Closed, within_s=5)
    took_s = next(at for at, message in stage.heard if isinstance(message, said.Closed)) - last_s
    assert (closed.call_id, closed.by) == ("call-1", "lease")
    assert 1.3 < took_s < 2.6, took_s
    assert pair.kiosk.evaluate(LIVE) == 0
    assert "Mohon tunggu sebentar" in pair.kiosk.inner_text("h1")
    stage.forget()
    stage.wait_for(said.Ready, within_s=5)  # an agent that had only stood still learns that there is no call any more


def test_an_end_that_the_lease_has_brought_is_told_again_when_the_agent_shows_it(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    stage.stop_leases()
    stage.send(said.Lease(ms=0, left_ms=0, running=True))
    stage.wait_for(said.Closed)
    stage.forget()
    stage.show(farewell(EndReason.COMPLETED, FaultParty.NONE, 600))
    closed = stage.wait_for(said.Closed, within_s=1)
    assert (closed.call_id, closed.by) == ("call-1", "lease")
    assert "Panggilan selesai" in pair.kiosk.inner_text("h1")
    beats = len(stage.all(said.Alive))
    wait_for(lambda: len(stage.all(said.Alive)) >= beats + 3, within_s=6, what="three beats")
    assert not stage.all(said.Ready), "there is nothing to ask the agent anew"


def test_without_its_agent_the_call_lasts_as_long_as_its_lease_and_is_told_afterwards(
    pair: Pair, stage: PageStage
) -> None:
    pair.talk()
    stage.stop_leases()
    with stage.away():
        assert pair.kiosk.locator("video.remote").count() == 1, "the call goes on while the lease lasts"
        pair.kiosk.get_by_text("Mohon tunggu sebentar").wait_for(timeout=4000)
        assert pair.kiosk.evaluate(LIVE) == 0
        stage.forget()
    closed = stage.wait_for(said.Closed, within_s=5)
    assert (closed.call_id, closed.by) == ("call-1", "lease")


def test_the_farewell_of_an_end_in_time_is_laid_out_unseen_and_turned_up_when_the_lease_runs_out(
    pair: Pair, stage: PageStage
) -> None:
    pair.talk()
    ending = farewell(EndReason.COMPLETED, FaultParty.NONE, 600)
    laid_out = pair.kiosk.locator(".screen.farewell")
    stage.lease_last(1900, then=ending)
    laid_out.wait_for(state="attached", timeout=2000)
    assert set(pair.kiosk.evaluate(ON_TOP)) == {"screen call"}, "the call is still on, and covers it"
    assert pair.kiosk.get_by_role("heading", name="Panggilan selesai").count() == 0, "nor is it read out"
    stage.lease(left_ms=120_000)
    laid_out.wait_for(state="detached", timeout=2000)
    pair.kiosk.evaluate(WATCH_GLASS)
    stage.lease_last(300, then=ending)
    closed = stage.wait_for(said.Closed)
    assert (closed.call_id, closed.by) == ("call-1", "lease")
    assert pair.kiosk.evaluate("window.glass")[-1] == ["screen farewell next"], (
        "neither the call nor a calm screen is seen"
    )
    assert pair.kiosk.evaluate(LIVE) == 0


def test_a_farewell_told_while_it_is_being_painted_waits_for_the_same_frames(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    ending = farewell(EndReason.COMPLETED, FaultParty.NONE, 600)
    pair.kiosk.evaluate(HOLD_FRAMES)
    stage.lease_last(300, then=ending)
    heading = pair.kiosk.locator(".screen.farewell:not([inert]) h1")
    wait_for(lambda: heading.is_visible(), within_s=5, what="the farewell to be turned up")
    pair.kiosk.evaluate("window.frame()")
    seq = stage.show(ending, language="en", painted=False)
    wait_for(lambda: "selesai" not in heading.inner_text(), within_s=5, what="the farewell's Show to be heard")
    stage.forget()
    pair.kiosk.evaluate("window.frame()")
    stage.wait_for(said.Closed)
    assert stage.wait_for(said.Painted, within_s=3).seq == seq


def test_an_agent_that_is_back_within_the_lease_finds_the_call_running(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    stage.stop_leases()
    with stage.away():
        pass
    stage.lease(left_ms=590_000)
    stage.show(call("talking", 590), call_id="call-1", painted=False)
    stage.forget()
    pair._carried = 0
    pair.until(pair.heard_lately, within_s=5, what="the same call to be measured on")
    assert not stage.all(said.Closed)


def test_leaving_the_waiting_screen_closes_the_camera_too(pair: Pair, stage: PageStage) -> None:
    stage.show(farewell(EndReason.NO_SHOW_FAMILY, FaultParty.FAMILY, 0))
    closed = stage.wait_for(said.Closed)
    assert (closed.call_id, closed.by) == (None, "show")
    assert pair.kiosk.evaluate(LIVE) == 0


def test_a_second_call_id_is_a_new_connection_with_the_same_camera(pair: Pair, stage: PageStage) -> None:
    pair.talk()
    pair.family.evaluate(ANSWERER)  # the family loaded its page anew
    stage.forget()
    pair.talk("call-2")
    told = [facts.call_id for facts in stage.all(said.AudioFacts)]
    assert set(told[told.index("call-2") :]) == {"call-2"}, "nothing is told of the first call any more"
    assert pair.kiosk.evaluate("() => window.tracks.length") == 2, "the camera is not opened a second time"
