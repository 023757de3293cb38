"""Back-off, means of quality, waiting for the first of two, what page and family may say."""

import asyncio

import pytest

from agent.core.events import FamilyChanged, FamilyEnded, Now
from agent.supervisor.back_off import BackOff
from agent.supervisor.quality import QualityMeans
from agent.supervisor.translate import family_end, from_page, may_page_hear, may_page_say
from agent.supervisor.waiting import wait_either
from protocol.call import Answer, Bye, CallPhase, Clock, FamilyReady, HangUp, IceWanted, Peer, Said, Welcome
from protocol.page import Alive, AudioFacts, QualityFacts
from tests.fakes import FakeClock, settle

NOW = Now(1.0, None)


def test_back_off_doubles_up_to_its_longest_and_is_spread() -> None:
    back_off = BackOff(0.5, 15.0)
    pauses = [back_off.next_s() for _ in range(12)]
    assert all(0.25 <= pauses[0] <= 0.5 and pause <= 15.0 for pause in pauses)
    assert pauses[-1] >= 7.5
    back_off.reset()
    assert back_off.next_s() <= 0.5


def test_back_off_waits_at_least_as_long_as_it_was_told() -> None:
    assert 20.0 <= BackOff().next_s(20.0) <= 20.5
    assert BackOff().next_s(10_000.0) <= 300.5


def test_quality_is_the_mean_of_what_was_measured() -> None:
    means = QualityMeans()
    means.add(QualityFacts(call_id="a", round_trip_ms=10, audio_loss=0.0, frames_received=100, relayed=False))
    means.add(QualityFacts(call_id="a", round_trip_ms=None, audio_loss=0.1, frames_received=220))
    total = means.add(QualityFacts(call_id="b", round_trip_ms=30, audio_loss=5.0, frames_received=40, relayed=True))
    assert (total.samples, total.round_trip_ms, total.frames_received, total.relayed) == (3, 20, 260, True)
    assert total.audio_loss is not None
    assert 0 <= total.audio_loss <= 1
    assert total.video_kbit_s is None


@pytest.mark.anyio
async def test_waiting_tells_which_came_first() -> None:
    clock, flag = FakeClock(), asyncio.Event()
    waiting = asyncio.ensure_future(wait_either(clock, clock.boot_s + 5, flag))
    await clock.advance(6)
    assert await waiting is False
    waiting = asyncio.ensure_future(wait_either(clock, clock.boot_s + 5, flag))
    await settle()
    flag.set()
    assert await waiting is True
    assert not flag.is_set()


def test_the_page_may_pass_on_its_call_and_nothing_of_the_agents() -> None:
    assert may_page_say(Answer(call_id="a", sdp=""))
    assert may_page_say(IceWanted())
    assert not may_page_say(Said(text="free time for all", added_s=600))
    assert not may_page_say(Clock(phase=CallPhase.TALKING, left_ms=1, running=True, talk_s=1))
    assert not may_page_say(HangUp())


def test_the_page_does_not_hear_the_familys_own_words() -> None:
    assert may_page_hear(Answer(call_id="a", sdp=""))
    assert not may_page_hear(Said(text="x"))
    assert not may_page_hear(Bye(why="ended"))


def test_what_is_said_of_the_family_becomes_a_fact() -> None:
    assert isinstance(family_end("s1", HangUp(), None, NOW), FamilyEnded)
    there = family_end("s1", Peer(present=True, ready=True, admitted=False), None, NOW)
    assert isinstance(there, FamilyChanged)
    assert (there.present, there.ready, there.admitted) == (True, True, False)
    ready = family_end("s1", FamilyReady(camera=True, microphone=True), None, NOW)
    assert isinstance(ready, FamilyChanged)
    assert (ready.ready, ready.admitted) == (True, False)
    back = family_end("s1", welcome(), there, NOW)
    assert isinstance(back, FamilyChanged)
    assert back.ready
    assert family_end("s1", Bye(why="ended"), None, NOW) is None


def welcome() -> Welcome:
    return Welcome(session_id="s1", role="kiosk", peer_present=True, admitted=False, servers=(), policy="all")


def test_a_beat_of_the_page_means_nothing_to_the_core() -> None:
    assert from_page(Alive(hidden=False), NOW) is None
    heard = from_page(AudioFacts(call_id="a", here_silent_ms=1500, there_silent_ms=0), NOW)
    assert heard is not None
    assert getattr(heard, "here_silent_s", None) == 1.5
