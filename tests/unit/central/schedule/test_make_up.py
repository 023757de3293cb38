"""A call that broke by our fault before its half earns one more turn, and only one."""

import pytest

from central.schedule.make_up import earns_make_up
from protocol.outcome import EndReason, FaultParty, UsageRecord


def record(delivered_s: float, party: FaultParty, reason: EndReason = EndReason.TERMINAL_FAULT) -> UsageRecord:
    return UsageRecord(
        session_id="s",
        end_reason=reason,
        fault_party=party,
        planned_start_at_ms=0,
        check_in_at_ms=0,
        ended_at_ms=1,
        talk_promised_s=600,
        talk_extended_s=0,
        talk_delivered_ms=int(delivered_s * 1000),
        interrupted_ms=0,
        interruptions=0,
        restarts=0,
    )


@pytest.mark.parametrize(
    ("delivered_s", "party", "earns"),
    [
        (0, FaultParty.TERMINAL, True),
        (299.999, FaultParty.FACILITY, True),
        (300, FaultParty.FACILITY, False),
        (10, FaultParty.NETWORK, False),
        (10, FaultParty.FAMILY, False),
        (10, FaultParty.INMATE, False),
        (10, FaultParty.UNKNOWN, False),
        (0, FaultParty.NONE, False),
    ],
)
def test_only_our_fault_before_the_half_earns_one(delivered_s: float, party: FaultParty, earns: bool) -> None:
    assert earns_make_up(record(delivered_s, party), was_make_up=False) is earns


def test_a_make_up_turn_earns_no_other() -> None:
    assert not earns_make_up(record(0, FaultParty.TERMINAL), was_make_up=True)
