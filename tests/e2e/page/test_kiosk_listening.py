"""The kiosk page and a listening officer: nothing is sent before the sign is on the glass, nor after it, and the call goes on."""

from typing import Any

import pytest

from protocol import call as signal
from protocol import page as said
from protocol.outcome import EndReason, FaultParty
from tests.e2e.call_pair import Pair
from tests.kiosk_browser import call, farewell
from tests.page_stage import PageStage
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

LISTEN_ID = "listen-abc"
ASKED = said.FromSignalling(message=signal.Listened(listen_id=LISTEN_ID))
WATCH_PEERS = """() => { window.peers = []; const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real { constructor(...of) { super(...of); window.peers.push(this); } }; }"""
STATES = "() => window.peers.map(one => one.signalingState)"
SENDS = "() => window.peers.at(-1).getTransceivers().map(one => [one.direction, one.sender.track?.kind, one.sender.track?.readyState])"


@pytest.fixture
def talking(pair: Pair) -> Pair:
    pair.kiosk.evaluate(WATCH_PEERS)
    pair.talk()
    return pair


def offers(stage: PageStage) -> list[Any]:
    """What the page offered to a listener."""
    messages = [one.message for one in stage.all(said.ToSignalling)]
    return [one for one in messages if isinstance(one, signal.Offer) and one.call_id.startswith(f"{LISTEN_ID}-")]


def test_only_under_the_sign_the_page_offers_both_voices_and_takes_nothing(talking: Pair, stage: PageStage) -> None:
    stage.send(ASKED)
    stage.show(call("talking", 590), call_id="call-1")
    assert talking.kiosk.evaluate(STATES) == ["stable"]
    stage.show(call("talking", 589, listening=True), call_id="call-1")
    wait_for(lambda: offers(stage), within_s=5, what="an offer to the listener")
    assert talking.kiosk.locator(".listening").inner_text() == "Petugas sedang mendengarkan panggilan ini."
    assert talking.kiosk.evaluate(SENDS) == [["sendonly", "audio", "live"]] * 2
    stage.show(call("talking", 588), call_id="call-1")
    wait_for(lambda: talking.kiosk.evaluate(STATES) == ["stable", "closed"], within_s=5, what="the end of listening")
    talking.until(talking.heard_lately, within_s=5, what="the call to go on")


def test_a_listener_that_leaves_or_comes_anew_is_followed(talking: Pair, stage: PageStage) -> None:
    stage.show(call("talking", 590, listening=True), call_id="call-1")
    assert offers(stage) == []
    stage.send(ASKED)
    wait_for(lambda: len({one.call_id for one in offers(stage)}) == 1, within_s=5, what="the first offer")
    stage.send(said.FromSignalling(message=signal.Listened(listen_id=None)))
    wait_for(lambda: talking.kiosk.evaluate(STATES)[1:] == ["closed"], within_s=5, what="the end of the first")
    stage.send(ASKED)
    wait_for(lambda: len({one.call_id for one in offers(stage)}) == 2, within_s=5, what="an offer under a new id")


def test_the_end_of_the_call_closes_what_a_listener_hears(talking: Pair, stage: PageStage) -> None:
    stage.send(ASKED)
    stage.show(call("talking", 590, listening=True), call_id="call-1")
    wait_for(lambda: offers(stage), within_s=5, what="an offer to the listener")
    stage.show(farewell(EndReason.COMPLETED, FaultParty.NONE, 10.0))
    wait_for(lambda: stage.all(said.Closed), within_s=5, what="the call to be closed")
    assert talking.kiosk.evaluate("() => window.tracks.map(one => one.readyState)") == ["ended", "ended"]
    wait_for(lambda: talking.kiosk.evaluate(STATES) == ["closed", "closed"], within_s=5, what="both connections closed")
