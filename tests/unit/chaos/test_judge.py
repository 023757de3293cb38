"""The judge of a chaos run finds what is wrong, and nothing where nothing is."""

import msgspec
import pytest

from protocol.outcome import EndReason, FaultParty, UsageRecord
from tests.chaos.judge import Account, is_beyond, judged, overrun_s, strange_views, wrong_with

RECORD = UsageRecord(
    session_id="s-1",
    end_reason=EndReason.COMPLETED,
    fault_party=FaultParty.NONE,
    planned_start_at_ms=0,
    check_in_at_ms=0,
    ended_at_ms=0,
    waiting_at_ms=0,
    talk_promised_s=20,
    talk_extended_s=0,
    talk_delivered_ms=20_000,
    interrupted_ms=0,
    interruptions=0,
    restarts=0,
)
GOOD = Account(
    session="s-1",
    terminal="Bilik 1",
    number="001",
    talk_s=20,
    called_s=100.0,
    until_s=140.0,
    records=1,
    usage_events=1,
    record=RECORD,
    extended_least_s=0,
    extended_most_s=0,
    end_s=130.0,
    end_by_s=200.0,
    views=[(105.0, 130.05)],
    given_s=20.3,
    unheard_s=0.0,
    last_sound_s=130.02,
    power_cuts=0,
    credit_s=40.0,
    faults=["1 cut 3.0 s in"],
    faults_near_end=["cut"],
    log="agent-bilik-1.err:12",
)


def with_record(**changes: object) -> Account:
    return GOOD._replace(record=msgspec.structs.replace(RECORD, **changes))


def test_a_good_session_is_found_good() -> None:
    verdict = judged([GOOD])
    assert verdict.wrong == []
    assert verdict.figures["sessions"] == 1
    assert verdict.figures["talk_delivered_s"] == 20
    assert verdict.figures["max_overrun_ms"] == 50
    assert verdict.figures["max_overrun_ms_by_fault"] == {"cut": 50}


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (GOOD._replace(records=0, record=None), "no usage record came"),
        (GOOD._replace(usage_events=2), "2 usage events came"),
        (GOOD._replace(views=[(105.0, 131.2)]), "1200 ms after the end"),
        (GOOD._replace(views=[(105.0, 120.0), (132.0, 132.5)]), "2500 ms after the end"),
        (GOOD._replace(last_sound_s=133.0), "3000 ms after the end"),
        (GOOD._replace(unheard_s=3.2), "ran for 3.2 s in which the family heard nothing"),
        (GOOD._replace(end_by_s=128.0), "after the hard stop"),
        (with_record(talk_promised_s=21), "20 s were promised, the record says 21 s"),
        (with_record(talk_extended_s=10, talk_delivered_ms=30_000), "10 s extended, officers added 0 s"),
        (with_record(talk_delivered_ms=20_500), "20500 ms were delivered of 20 s"),
        (with_record(talk_delivered_ms=15_000), "completed with 15000 ms of 20 s"),
        (with_record(fault_party=FaultParty.FAMILY), "completed may not be the fault of family"),
        (
            with_record(end_reason=EndReason.CONNECTION_LOST, fault_party=FaultParty.NETWORK, interrupted_ms=12_000),
            "12.0 s of interruptions are within its credit",
        ),
    ],
)
def test_what_is_wrong_is_said(one: Account, words: str) -> None:
    assert any(words in found for found in wrong_with(one)), wrong_with(one)
    assert judged([one, GOOD]).wrong


def test_a_session_cut_beyond_its_credit_is_listed_apart_and_not_counted_as_talk() -> None:
    lost = with_record(
        end_reason=EndReason.CONNECTION_LOST,
        fault_party=FaultParty.NETWORK,
        interrupted_ms=40_000,
        talk_delivered_ms=5_000,
    )
    assert is_beyond(lost)
    verdict = judged([GOOD, lost])
    assert verdict.wrong == []
    assert [row["session"] for row in verdict.figures["beyond_credit"]] == ["s-1"]
    assert verdict.figures["talk_promised_s"] == 20
    assert verdict.figures["talk_lost_by_party"] == {"network": 15.0}


def test_too_many_sessions_beyond_their_credit_are_told() -> None:
    lost = with_record(end_reason=EndReason.CONNECTION_LOST, fault_party=FaultParty.NETWORK, interrupted_ms=40_000)
    assert any("2 of 6 sessions" in words for words in judged([GOOD] * 4 + [lost] * 2).wrong)


def test_talk_that_the_family_did_not_get_is_told() -> None:
    assert any("less than 99.9%" in words for words in judged([GOOD._replace(given_s=18.0)]).wrong)


def test_a_second_that_a_power_cut_costs_is_listed_and_not_held_against_the_booth() -> None:
    verdict = judged([GOOD._replace(given_s=19.2, power_cuts=1)])
    assert verdict.wrong == []
    assert verdict.figures["charged_for_power_cuts_s"] == pytest.approx(0.8)
    assert judged([GOOD._replace(given_s=18.5, power_cuts=1)]).wrong


def test_a_run_without_a_completed_session_proves_nothing() -> None:
    assert judged([]).wrong == ["no session was completed: the run proves nothing"]


def test_what_is_seen_in_the_next_session_is_none_of_this_one() -> None:
    assert overrun_s(GOOD._replace(views=[(105.0, 130.0), (141.0, 160.0)])) == pytest.approx(0.02)


def test_a_view_outside_of_every_session_is_told() -> None:
    assert strange_views([GOOD], {"Bilik 1": [(105.0, 130.0)]}) == []
    assert "outside of any session" in strange_views([GOOD], {"Bilik 1": [(50.0, 51.0)]})[0]
