"""What an officer does to a real call that leads over the relay alone: hears it, and stops all."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.length import IS_LONG
from tests.stage.browsers import Officer
from tests.stage.kiosk import Kiosk, Visit
from tests.stage.stage import Stage
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(180)]

TALK_S = 60
WATCH_PEERS = """() => { window.peers = []; window.asked = 0; const Real = RTCPeerConnection;
  window.RTCPeerConnection = class extends Real { constructor(...of) { super(...of); window.peers.push(this); } };
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (...of) => { window.asked += 1; return real(...of); }; }"""
HEARD = """async () => { const found = [];
  for (const one of (await window.peers.at(-1).getStats()).values())
    if (one.type === 'inbound-rtp') found.push([one.mid, one.packetsReceived, one.totalAudioEnergy ?? 0]);
  return found.sort().map(([, packets, energy]) => [packets, energy]); }"""
ASKED_AND_SENT = "() => [window.asked, window.peers.at(-1).getSenders().filter(one => one.track).length]"
PAIR = """async () => { const all = await window.peers.at(-1).getStats();
  const pair = [...all.values()].find(one => one.type === 'candidate-pair' && one.nominated && one.state === 'succeeded');
  return [all.get(pair.localCandidateId).candidateType, all.get(pair.remoteCandidateId).candidateType]; }"""


@pytest.fixture(scope="module")
def kiosk(keep_logs_of: Callable[[Stage], None]) -> Iterator[Kiosk]:
    """A booth whose calls may lead over the relay alone."""
    with Stage("listening") as stage:
        keep_logs_of(stage)
        yield Kiosk(stage, relay=stage.turn())


def audit(kiosk: Kiosk, visit: Visit, act: str) -> list[dict[str, Any]]:
    rows = kiosk.central.rows("select user, detail from audit where act = ? and subject = ?", act, visit.session.id)
    assert {row["user"] for row in rows} <= {"siti"}
    return [json.loads(row["detail"]) for row in rows]


def heard_twice(officer: Officer) -> bool:
    """Whether sound of booth and of family has come to the officer's desk, by the connection at hand."""
    heard = officer.evaluate(HEARD)
    return len(heard) == 2 and all(packets > 50 and energy > 0 for packets, energy in heard)


def test_an_officer_hears_both_and_both_see_it_and_the_call_is_none_the_worse(kiosk: Kiosk) -> None:
    officer = kiosk.officer
    officer.page.evaluate(WATCH_PEERS)
    visit = kiosk.begin(talk_s=TALK_S)
    sign = visit.family.page.locator("#heard")
    assert not sign.is_visible()
    officer.page.click("[data-listen]", timeout=30_000)
    officer.page.wait_for_selector("#listening[data-state=on]", timeout=30_000)
    sign.wait_for(state="visible", timeout=15_000)
    assert officer.evaluate(PAIR) == ["relay", "relay"]
    wait_for(lambda: heard_twice(officer), within_s=20, what="both voices at the officer's desk", every_s=0.2)
    assert officer.evaluate(ASKED_AND_SENT) == [0, 0], "no microphone is asked for and nothing is sent"
    officer.page.wait_for_selector("text=Didengarkan: siti")
    officer.page.click("#listening-stop")
    sign.wait_for(state="hidden", timeout=15_000)
    (begun,), (over,) = audit(kiosk, visit, "listen"), audit(kiosk, visit, "listen_end")
    assert (over["listen"], over["why"]) == (begun["listen"], "left")
    officer.page.click("[data-listen]", timeout=30_000)
    officer.page.wait_for_selector("#listening[data-state=on]", timeout=30_000)
    visit.family.page.click("#end")
    visit.family.page.click("#end-yes")
    officer.page.wait_for_selector("#listening[data-state^=over]", timeout=10_000)
    usage = visit.usage()
    assert usage["end_reason"] == "ended_by_family"
    started = kiosk.entries("call_started", since_s=visit.since_s)
    assert len(started) == 1, "a listener that comes, goes and comes again leaves the call's own connection alone"
    assert kiosk.entries("page_trouble", since_s=visit.since_s) == []
    wait_for(lambda: len(audit(kiosk, visit, "listen_end")) == 2, within_s=5, what="the second end in the audit trail")
    assert audit(kiosk, visit, "listen_end")[-1]["why"] == "ended"
    visit.leave()


@pytest.mark.skipif(not IS_LONG, reason="the sign after a crash is held by the core's tests")
def test_after_a_crash_of_the_agent_the_sign_and_the_sound_are_back_by_themselves(kiosk: Kiosk) -> None:
    officer = kiosk.officer
    visit = kiosk.begin(talk_s=TALK_S)
    officer.page.click("[data-listen]", timeout=30_000)
    officer.page.wait_for_selector("#listening[data-state=on]", timeout=30_000)
    assert kiosk.terminal.agent is not None
    killed_s = boot_s()
    kiosk.terminal.agent.kill()
    kiosk.terminal.start_agent()
    kiosk.wait_for_entry("first_frame", since_s=killed_s, within_s=20)
    visit.family.page.wait_for_selector("#heard", state="visible", timeout=10_000)
    before = officer.evaluate("() => window.peers.length")
    wait_for(lambda: heard_twice(officer), within_s=15, what="both voices over a new connection", every_s=0.2)
    assert before >= 2, "the booth's page was loaded anew"
    officer.page.click("#listening-stop")
    visit.family.page.wait_for_selector("#heard", state="hidden", timeout=10_000)
    visit.family.page.click("#end")
    visit.family.page.click("#end-yes")
    visit.usage()
    visit.leave()


def test_the_emergency_stop_ends_the_call_at_both_ends_in_plain_words_and_closes_the_booth(kiosk: Kiosk) -> None:
    officer = kiosk.officer
    visit = kiosk.begin(talk_s=TALK_S)
    officer.page.wait_for_selector(".tile.talk", timeout=30_000)
    officer.page.click("details.stop > summary")
    officer.page.click("form[data-act=emergency] [type=submit]", timeout=30_000)
    visit.wait_closed(within_s=5)
    visit.family.page.wait_for_selector(
        "#bye:not([hidden]) >> text=Petugas menghentikan semua panggilan", timeout=15_000
    )
    visit.farewell_painted()
    kiosk.wait_for_entry("shown", since_s=visit.since_s, screen="Locked")
    officer.page.wait_for_selector(".stopped li:has-text('Bilik 3 berhenti dan ditutup')", timeout=15_000)
    usage = visit.usage()
    assert (usage["end_reason"], usage["fault_party"], usage["ended_by"]) == ("emergency_stop", "facility", "siti")
    (note,) = kiosk.central.rows("select user, detail from audit where act = 'emergency_stop'")
    assert (note["user"], json.loads(note["detail"])) == ("siti", {"terminals": 1, "calls": 1})
    duty = kiosk.central.rows("select user from session_duty where session_id = ?", visit.session.id)
    assert duty == [{"user": "siti"}], "who was on duty is kept with the session"
