"""What a booth does while central is away, answers badly or makes no sense: real agent, real processes, no screen."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from protocol import page
from tests.stage.fake_central import FakeCentral, Reply, as_json, session, sync_body
from tests.stage.fake_page import FakeBooth
from tests.stage.house import House
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.visits import begin_talking, closed_late_s, usage_events, usage_of
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TALK_S = 10
LATE_S = 0.5


# ---- away ---------------------------------------------------------------------------------------------------------


def test_a_session_known_before_central_went_away_is_called_and_opens_when_it_is_back(house: House) -> None:
    terminal, booth = house.booth("Bilik 1")
    planned = house.central.add_session(terminal.id, "011", start="+8", talk_s=TALK_S)
    wait_for(lambda: _next_numbers(booth) == ["011"], within_s=10, what="011 to be among the next numbers")
    house.central.stop()
    booth.wait_for_screen(page.CheckIn)
    booth.press_start()
    assert not booth.view_open, "no grant, no call"
    house.central.start()
    family = house.stage.fake_family(planned)
    wait_for(lambda: _open_if_it_can(booth), within_s=30, what="the grant once central is back", every_s=0.5)
    booth.accept_rules()
    booth.wait_for_screen(page.Waiting)
    family.join()
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 10)
    assert usage_of(house.central, planned)["end_reason"] == "completed"


def test_a_running_call_ends_on_time_while_central_is_away_and_its_usage_arrives_once(house: House) -> None:
    terminal, booth = house.booth("Bilik 2")
    planned = house.central.add_session(terminal.id, "012", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    house.central.stop()
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 5)
    assert booth.shut[-1].by in {"show", "lease"}
    wait_for(lambda: terminal.status()["outbox_waiting"] > 0, within_s=5, what="the usage record to wait in the outbox")
    house.central.start()
    usage = usage_of(house.central, planned, within_s=40)
    assert abs(closed_late_s(booth, began_s, TALK_S, usage)) <= LATE_S
    assert usage["end_reason"] == "completed"
    assert TALK_S - 1 <= usage["talk_delivered_ms"] / 1000 <= TALK_S
    wait_for(lambda: terminal.status()["outbox_waiting"] == 0, within_s=10, what="the outbox to be empty")
    assert usage_events(house.central, planned) == 1


def test_a_central_that_goes_away_after_the_visit_gets_the_usage_record_once_when_it_is_back(house: House) -> None:
    terminal, booth = house.booth("Bilik 3")
    planned = house.central.add_session(terminal.id, "013", talk_s=TALK_S)
    begin_talking(booth, house.stage.fake_family(planned))
    booth.wait_for_screen(page.Farewell, within_s=TALK_S + 5)
    assert house.central.process is not None
    house.central.process.kill()
    booth.wait_for_screen(page.Idle)
    house.central.start()
    assert usage_of(house.central, planned, within_s=40)["end_reason"] == "completed"
    assert usage_events(house.central, planned) == 1


def _next_numbers(booth: FakeBooth) -> list[str]:
    return [one.number for one in booth.screen.next] if isinstance(booth.screen, page.Idle) else []


def _open_if_it_can(booth: FakeBooth) -> bool:
    if isinstance(booth.screen, page.CheckIn) and not booth.screen.busy:
        booth.press_start()
    return isinstance(booth.screen, page.Rules)


# ---- nonsense -----------------------------------------------------------------------------------------------------

HTML = b"<!doctype html><title>Log in to the Wi-Fi</title><p>Welcome"


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


BAD_ANSWERS: dict[str, Callable[[], Reply]] = {
    "500": lambda: Reply(status=500, body=as_json({"status": 500, "title": "it broke"})),
    "HTML with 200": lambda: Reply(body=HTML, content_type="text/html"),
    "HTML with 502": lambda: Reply(status=502, body=HTML, content_type="text/html"),
    "half a JSON": lambda: Reply(body=_half(as_json(sync_body()))),
    "a connection cut inside the body": lambda: Reply(body=as_json(sync_body()), cut=20),
    "an empty body": lambda: Reply(body=b""),
    "a list": lambda: Reply(body=b"[]"),
}


def booth_at(stage: Stage, central: FakeCentral) -> tuple[Terminal, FakeBooth]:
    """A terminal enrolled at a made-up central."""
    central.start()
    stage.ends(central.stop)
    terminal = stage.bare_terminal("Bilik 1")
    terminal.enroll(central.enrolment)
    terminal.start_agent()
    return terminal, stage.booth(terminal)


@pytest.mark.parametrize("what", BAD_ANSWERS)
def test_a_booth_stays_closed_and_recovers_when_central_answers_with(what: str, stage: Stage) -> None:
    central = FakeCentral(lambda _: Reply(body=as_json(sync_body(sessions=[]))))
    terminal, booth = booth_at(stage, central)
    booth.wait_for_screen(page.Idle)
    central.sync = lambda _: BAD_ANSWERS[what]()
    bad_from_s = boot_s()
    wait_for(lambda: len(central.syncs(bad_from_s)) >= 2, within_s=20, what="two syncs that are answered badly")
    wait_for(lambda: not booth.seen[-1].show.online, within_s=10, what="the page to be told that the booth is offline")
    assert isinstance(booth.screen, page.Idle)
    assert not booth.view_open
    due = session("021", start_in_s=0)
    central.sync = lambda _: Reply(body=as_json(sync_body(sessions=[due], revision=2)))
    booth.wait_for_screen(page.CheckIn, within_s=40)
    assert terminal.agent is not None
    assert terminal.agent.alive


def test_retry_after_is_kept_to_the_second(stage: Stage) -> None:
    central = FakeCentral(lambda _: Reply(body=as_json(sync_body(sessions=[]))))
    _, booth = booth_at(stage, central)
    booth.wait_for_screen(page.Idle)
    told: list[float] = []

    def too_many(_: Any) -> Reply:
        told.append(boot_s())
        return Reply(status=429, body=as_json({"status": 429, "title": "slow"}), headers=(("Retry-After", "4"),))

    central.sync = too_many
    wait_for(lambda: len(told) >= 3, within_s=30, what="two more syncs after the first 429", every_s=0.05)
    gaps = [later - earlier for earlier, later in itertools.pairwise(told) if later - earlier > 0.5]
    assert gaps, told
    assert min(gaps) >= 3.9


BAD_SESSIONS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "a negative duration": lambda: [session("031", start_in_s=-5, talk_s=-600)],
    "a duration of a year": lambda: [session("031", start_in_s=-5, talk_s=31_536_000)],
    "an end before its start": lambda: [_closing_before_its_start()],
    "a start in the year 1": lambda: [{**session("031", start_in_s=0), "start_at_ms": -62_135_596_800_000}],
    "no number": lambda: [session("", start_in_s=-5)],
    "a name that is no id": lambda: [session("031", start_in_s=-5, name="../../etc/passwd")],
}


def _closing_before_its_start() -> dict[str, Any]:
    bad = session("031", start_in_s=-5)
    return {**bad, "closing_at_ms": bad["start_at_ms"] - 60_000}


@pytest.mark.parametrize("what", BAD_SESSIONS)
def test_a_bad_session_costs_only_itself(what: str, stage: Stage) -> None:
    rows = [*BAD_SESSIONS[what](), session("032", start_in_s=0)]
    central = FakeCentral(lambda _: Reply(body=as_json(sync_body(sessions=rows))))
    terminal, booth = booth_at(stage, central)
    shown = booth.wait_for_screen(page.CheckIn)
    assert shown.number == "032"
    wait_for(lambda: "JDW-1" in central.syncs()[-1].body["status"]["faults"], within_s=10, what="JDW-1 in a heartbeat")
    assert terminal.agent is not None
    assert terminal.agent.alive


def test_of_two_sessions_at_once_one_is_called_and_the_booth_lives(stage: Stage) -> None:
    rows = [session("041", start_in_s=0), session("042", start_in_s=0)]
    central = FakeCentral(lambda _: Reply(body=as_json(sync_body(sessions=rows))))
    terminal, booth = booth_at(stage, central)
    shown = booth.wait_for_screen(page.CheckIn)
    assert shown.number in {"041", "042"}
    assert terminal.agent is not None
    assert terminal.agent.alive


def test_ten_thousand_sessions_leave_the_booth_quick(stage: Stage) -> None:
    rows = [session(f"{number:05d}", start_in_s=number * 8, talk_s=10) for number in range(10_000)]
    central = FakeCentral(lambda body: Reply(body=as_json(sync_body(sessions=rows if body["revision"] == 0 else None))))
    terminal, booth = booth_at(stage, central)
    shown = booth.wait_for_screen(page.CheckIn, within_s=30)
    assert shown.number == "00000"
    asked_s = boot_s()
    booth.press_start()
    wait_for(lambda: _was_answered(booth, asked_s), within_s=3, what="an answer to Start", every_s=0.01)
    assert terminal.agent is not None
    assert terminal.agent.alive


def _was_answered(booth: FakeBooth, since_s: float) -> bool:
    return any(at_s > since_s and isinstance(message, page.Show) for at_s, message in booth.heard_from_agent)


def test_an_answer_with_a_clock_of_last_year_opens_nothing_twice(stage: Stage) -> None:
    due = session("051", start_in_s=0)
    central = FakeCentral(lambda _: Reply(body=as_json(sync_body(sessions=[due]))))
    terminal, booth = booth_at(stage, central)
    booth.wait_for_screen(page.CheckIn)
    year_ms = 31_536_000_000

    def last_year(_: Any) -> Reply:
        body = sync_body()
        return Reply(
            body=as_json(
                {
                    **body,
                    "received_at_ms": time.time_ns() // 1_000_000 - year_ms,
                    "answered_at_ms": time.time_ns() // 1_000_000 - year_ms,
                }
            )
        )

    central.sync = last_year
    since_s = boot_s()
    wait_for(lambda: len(central.syncs(since_s)) >= 2, within_s=20, what="two syncs from last year")
    assert not booth.view_open
    assert terminal.agent is not None
    assert terminal.agent.alive
