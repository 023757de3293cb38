"""Who is due while the booth is busy slips; nobody else does."""

from typing import Any

from central.schedule.slip import AT_ONCE, GAP_MS, STEP_MS, slipped
from central.store.sessions import CallSession

NOW = 1_800_000_000_000
TALK_MS = 600_000


def planned(id_: str, start_in_ms: int, **fields: Any) -> CallSession:
    known = {"facility_id": "f", "terminal_id": "t", "number": "012", "talk_s": 600, "inmate_name": "B"}
    more = {"family_name": "S", "created_at_ms": NOW, "link_hash": id_}
    return CallSession(id=id_, start_at_ms=NOW + start_in_ms, **(known | more | fields))


def test_nothing_slips_before_it_is_due() -> None:
    assert slipped([], now_ms=NOW) == {}
    assert slipped([planned("a", 1)], now_ms=NOW) == {}


def test_who_is_due_slips_and_those_behind_as_far_as_they_must() -> None:
    rows = [planned("a", 0), planned("b", TALK_MS + GAP_MS), planned("c", TALK_MS * 4)]
    first = NOW + STEP_MS
    assert slipped(rows, now_ms=NOW) == {"a": first, "b": first + TALK_MS + GAP_MS}


def test_two_that_are_due_keep_a_whole_visit_between_them() -> None:
    rows = [planned("a", -2), planned("b", -1)]
    assert slipped(rows, now_ms=NOW)["b"] - slipped(rows, now_ms=NOW)["a"] == TALK_MS + GAP_MS


def test_nobody_slips_past_closing_and_the_next_does_not_wait_for_such_a_one() -> None:
    rows = [planned("a", -1, closing_at_ms=NOW + STEP_MS), planned("b", -1)]
    assert slipped(rows, now_ms=NOW) == {"b": NOW + STEP_MS}


def test_a_day_that_is_planned_much_too_full_does_not_slip_as_a_whole() -> None:
    assert len(slipped([planned(str(at), at) for at in range(10_000)], now_ms=NOW)) == AT_ONCE
