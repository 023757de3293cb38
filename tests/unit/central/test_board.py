"""The board's model: from rows, rooms and an instant."""

from typing import Any

import msgspec
import pytest

from central.board import board, link
from central.board_model import (
    Board,
    CommandRow,
    Link,
    Look,
    RoomRow,
    Rows,
    Rules,
    SessionRow,
    TerminalRow,
    Tile,
)
from protocol.faults import Severity
from protocol.terminal import Mode, TerminalStatus, VisitState

NOW = 1_800_000_000_000


def status(**fields: Any) -> TerminalStatus:
    known: dict[str, Any] = {"mode": Mode.IN_SERVICE, "visit": VisitState.NONE, "window_up": True}
    return TerminalStatus(**(known | fields))


def booth(name: str = "Bilik 1", *, seen_ago_ms: int = 1000, **fields: Any) -> TerminalRow:
    found = fields.pop("status", None) or status()
    return TerminalRow(
        id=name.replace(" ", "-"), name=name, enrolled=True, seen_at_ms=NOW - seen_ago_ms, status=found, **fields
    )


def session(id_: str = "s1", *, terminal: str = "Bilik-1", is_open: bool = True, **fields: Any) -> SessionRow:
    known: dict[str, Any] = {"number": "012", "start_at_ms": NOW, "talk_s": 600, "admitted": True}
    names = {"inmate_name": "Budi S.", "family_name": "Ibu Siti"}
    return SessionRow(id=id_, terminal_id=terminal, is_open=is_open, **(known | names | fields))


def command(**fields: Any) -> CommandRow:
    known: dict[str, Any] = {"terminal_id": "Bilik-1", "kind": "extend", "state": "pending", "why": None}
    return CommandRow(**(known | {"issued_at_ms": NOW - 1000, "answered_at_ms": None} | fields))


def talking(**fields: Any) -> TerminalStatus:
    known: dict[str, Any] = {"visit": VisitState.TALKING, "session_id": "s1", "talk_left_ms": 60_000}
    return status(**(known | {"talk_running": True} | fields))


def made(*terminals: TerminalRow, **rows: Any) -> Board:
    return board(Rows(terminals=terminals, **rows), NOW)


def only(*terminals: TerminalRow, **rows: Any) -> Tile:
    (tile,) = made(*terminals, **rows).tiles
    return tile


# ---- freshness ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent_ms", "hold_s", "expected"),
    [
        (0, 5, Link.OK),
        (10_000, 5, Link.OK),
        (10_001, 5, Link.LATE),
        (14_999, 5, Link.LATE),
        (15_000, 5, Link.GONE),
        (34_000, 30, Link.OK),
        (36_000, 30, Link.LATE),
        (40_000, 30, Link.GONE),
        (10_001, 1, Link.LATE),
    ],
)
def test_a_booth_is_late_after_ten_seconds_and_gone_after_fifteen(
    silent_ms: int, hold_s: float, expected: Link
) -> None:
    assert link(booth(seen_ago_ms=silent_ms, hold_s=hold_s), NOW) is expected


def test_a_booth_that_hung_up_is_gone_after_two_seconds() -> None:
    assert link(booth(seen_ago_ms=4000, dropped_at_ms=NOW - 2000), NOW) is Link.GONE
    assert link(booth(seen_ago_ms=4000, dropped_at_ms=NOW - 1999), NOW) is Link.OK


def test_a_booth_that_was_heard_after_it_hung_up_is_there() -> None:
    assert link(booth(seen_ago_ms=1000, dropped_at_ms=NOW - 3000), NOW) is Link.OK


def test_a_booth_that_never_spoke_is_not_called_broken() -> None:
    silent = TerminalRow(id="t", name="Bilik 9", enrolled=True)
    tile = only(silent)
    assert (tile.link, tile.state, tile.look, tile.acts) == (Link.NEVER, "never", Look.FREE, ())
    assert made(silent).alarms == ()


def test_a_booth_that_is_not_enrolled_says_so() -> None:
    assert only(TerminalRow(id="t", name="Bilik 9", enrolled=False)).state == "unenrolled"


# ---- states -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "state", "look"),
    [
        (status(), "none", Look.FREE),
        (status(mode=Mode.LOCKED), "locked", Look.FREE),
        (status(mode=Mode.MAINTENANCE), "maintenance", Look.FREE),
        (status(mode=Mode.OUT_OF_SERVICE), "out_of_service", Look.STOP),
        (status(faults=("MIK-1",)), "none", Look.STOP),
        (status(faults=("KAM-1",)), "none", Look.FREE),
        (status(visit=VisitState.CHECK_IN), "check_in", Look.WAIT),
        (status(visit=VisitState.RULES), "rules", Look.WAIT),
        (status(visit=VisitState.WAITING, session_id="s1"), "waiting", Look.WAIT),
        (status(visit=VisitState.WAITING, session_id="s1", family_present=True), "connecting", Look.WAIT),
        (talking(), "talking", Look.TALK),
        (talking(visit=VisitState.INTERRUPTED, talk_running=False), "interrupted", Look.WAIT),
        (status(visit=VisitState.FAREWELL), "farewell", Look.FREE),
        (talking(mode=Mode.LOCKED), "talking", Look.TALK),
    ],
)
def test_a_booth_has_a_state_in_words_and_a_look(found: TerminalStatus, state: str, look: Look) -> None:
    tile = only(booth(status=found), sessions=(session(),))
    assert (tile.state, tile.look) == (state, look)


def test_a_booth_whose_connection_is_gone_is_red_and_can_be_told_nothing() -> None:
    tile = only(booth(seen_ago_ms=20_000, status=talking()), sessions=(session(),))
    assert (tile.state, tile.look, tile.acts, tile.zero_at_ms) == ("gone", Look.GONE, (), None)
    assert tile.left_ms == 60_000
    assert tile.devices_bad == ()


# ---- time ---------------------------------------------------------------------------------------------------------


def test_running_time_counts_from_when_the_booth_said_it() -> None:
    tile = only(booth(seen_ago_ms=3000, status=talking()), sessions=(session(),))
    assert tile.zero_at_ms == NOW - 3000 + 60_000


def test_time_that_stands_still_is_told_as_it_is() -> None:
    tile = only(booth(status=talking(talk_running=False)), sessions=(session(),))
    assert (tile.zero_at_ms, tile.left_ms) == (None, 60_000)


def test_a_late_booth_still_counts() -> None:
    assert only(booth(seen_ago_ms=12_000, status=talking()), sessions=(session(),)).zero_at_ms is not None


def test_a_booth_without_a_session_shows_no_time() -> None:
    tile = only(booth(status=talking(session_id=None)))
    assert (tile.left_ms, tile.zero_at_ms) == (None, None)


def test_running_time_that_was_not_said_is_not_made_up() -> None:
    tile = only(booth(status=talking(talk_left_ms=None)), sessions=(session(),))
    assert (tile.left_ms, tile.zero_at_ms) == (None, None)


def test_the_board_knows_whether_something_runs_down() -> None:
    assert made(booth(status=talking()), sessions=(session(),)).counts
    assert not made(booth()).counts


# ---- sessions and names -------------------------------------------------------------------------------------------


def test_the_session_that_the_booth_names_is_shown() -> None:
    tile = only(booth(status=talking(session_id="s2")), sessions=(session("s1"), session("s2", number="013")))
    assert tile.session is not None
    assert tile.session.number == "013"


def test_an_open_session_is_shown_before_the_booth_names_it() -> None:
    tile = only(booth(), sessions=(session(),))
    assert tile.session is not None


def test_a_planned_session_is_the_next_one_and_not_the_one_at_hand() -> None:
    tile = only(booth(), sessions=(session(is_open=False),))
    assert tile.session is None
    assert tile.next is not None


def test_the_session_that_is_called_in_is_not_also_the_next() -> None:
    tile = only(booth(status=status(visit=VisitState.CHECK_IN, session_id="s1")), sessions=(session(is_open=False),))
    assert tile.session is not None
    assert tile.next is None


def test_a_session_of_another_booth_is_not_shown_here() -> None:
    tile = only(booth(status=talking()), sessions=(session(terminal="Bilik-2"),))
    assert (tile.session, tile.next) == (None, None)


# ---- families -----------------------------------------------------------------------------------------------------

READY = RoomRow(session_id="s1", family_present=True, family_ready=True, picture="abc")


def test_a_family_that_is_ready_asks_to_be_admitted_with_its_picture() -> None:
    found = status(visit=VisitState.WAITING, session_id="s1")
    tile = only(booth(status=found), sessions=(session(admitted=False),), rooms=(READY,))
    assert (tile.asks, tile.picture, tile.state, tile.acts) == (True, "abc", "admit", ("admit", "end"))


def test_nobody_asks_where_families_are_let_in_by_themselves() -> None:
    found = status(visit=VisitState.WAITING, session_id="s1")
    rules = Rules(admit_by_officer=False)
    tile = only(booth(status=found), sessions=(session(admitted=False),), rooms=(READY,), rules=rules)
    assert (tile.asks, tile.picture) == (False, None)


def test_a_family_that_was_admitted_asks_no_more_and_its_picture_is_gone() -> None:
    tile = only(booth(status=talking()), sessions=(session(),), rooms=(READY,))
    assert (tile.asks, tile.picture, tile.family_present) == (False, None, True)


def test_the_booth_may_know_of_the_family_before_this_central_does() -> None:
    found = status(visit=VisitState.WAITING, session_id="s1", family_present=True)
    assert only(booth(status=found), sessions=(session(admitted=False),)).family_present
    assert not only(booth(status=found)).family_present


# ---- what can be done ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "acts"),
    [
        (status(), ("lock",)),
        (status(mode=Mode.LOCKED), ("unlock",)),
        (status(mode=Mode.MAINTENANCE), ()),
        (talking(), ("extend", "message", "end")),
        (talking(visit=VisitState.INTERRUPTED), ("extend", "message", "end")),
        (status(visit=VisitState.RULES, session_id="s1"), ("end",)),
        (status(visit=VisitState.RULES), ("end",)),
        (status(visit=VisitState.CHECK_IN, session_id="s1"), ()),
        (status(visit=VisitState.FAREWELL), ()),
    ],
)
def test_a_booth_offers_only_what_it_can_do(found: TerminalStatus, acts: tuple[str, ...]) -> None:
    assert only(booth(status=found), sessions=(session(),)).acts == acts


def test_an_officer_calls_in_where_the_facility_wants_it_so() -> None:
    found = status(visit=VisitState.CHECK_IN, session_id="s1")
    rules = Rules(check_in_by_officer=True)
    assert only(booth(status=found), sessions=(session(is_open=False),), rules=rules).acts == ("start",)
    assert only(booth(status=found), rules=rules).acts == ()


def test_a_visit_whose_session_is_unknown_cannot_be_ended_from_here() -> None:
    assert only(booth(status=status(visit=VisitState.RULES))).acts == ()


# ---- what became of it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (command(), "pending"),
        (command(state="done", answered_at_ms=NOW - 11_999), "done"),
        (command(state="done", answered_at_ms=NOW - 12_000), None),
        (command(state="refused", why="there is no call", answered_at_ms=NOW - 59_999), "refused"),
        (command(state="expired", issued_at_ms=NOW - 60_000), None),
        (command(state="unheard of"), None),
        (command(terminal_id="Bilik-2"), None),
    ],
)
def test_an_act_is_told_what_became_of_it_for_a_while(row: CommandRow, told: str | None) -> None:
    found = only(booth(), commands=(row,)).told
    assert (found.state if found else None) == told


# ---- faults -------------------------------------------------------------------------------------------------------


def test_a_booth_that_is_gone_has_that_one_fault() -> None:
    (alarm,) = made(booth(seen_ago_ms=20_000, status=status(faults=("KAM-1",), window_up=False))).alarms
    assert (alarm.code, alarm.severity, alarm.since_ms) == ("gone", Severity.STOPS, NOW - 20_000)


def test_faults_that_stop_come_first_and_the_lost_before_them() -> None:
    alarms = made(
        booth("Bilik 1", status=status(faults=("KAM-1", "XYZ-9"))),
        booth("Bilik 2", status=status(faults=("MIK-1",))),
        booth("Bilik 3", seen_ago_ms=20_000),
    ).alarms
    assert [alarm.code for alarm in alarms] == ["gone", "MIK-1", "KAM-1", "XYZ-9"]
    assert alarms[-1].severity is Severity.WARNING


def test_a_screen_that_does_not_run_is_a_fault_but_said_only_once() -> None:
    assert [alarm.code for alarm in made(booth(status=status(window_up=False))).alarms] == ["screen"]
    assert [alarm.code for alarm in made(booth(status=status(window_up=False, faults=("LYR-1",)))).alarms] == ["LYR-1"]


@pytest.mark.parametrize(
    ("found", "bad"),
    [
        (status(), ()),
        (status(faults=("KAM-1", "MIK-1")), ("camera", "microphone")),
        (status(faults=("LYR-2",)), ("screen",)),
        (status(window_up=False), ("screen",)),
    ],
)
def test_devices_that_need_a_look_are_named(found: TerminalStatus, bad: tuple[str, ...]) -> None:
    assert only(booth(status=found)).devices_bad == bad


def test_a_booth_that_is_fresh_but_said_nothing_of_itself_has_no_bad_devices() -> None:
    silent = TerminalRow(id="t", name="Bilik 9", enrolled=True, seen_at_ms=NOW)
    tile = only(silent)
    assert (tile.devices_bad, tile.state, tile.acts) == ((), "never", ())


# ---- order and queue ----------------------------------------------------------------------------------------------


def test_families_to_be_admitted_come_first_then_the_least_time_left_then_the_broken_then_the_free() -> None:
    def in_visit(number: int, left_ms: int | None) -> TerminalRow:
        return booth(f"Bilik {number}", status=talking(session_id=f"s{number}", talk_left_ms=left_ms))

    rows = [
        booth("Bilik 1"),
        in_visit(2, 90_000),
        in_visit(3, 30_000),
        booth("Bilik 4", status=status(visit=VisitState.WAITING, session_id="s4")),
        booth("Bilik 5", seen_ago_ms=60_000, status=talking(session_id="s5")),
        in_visit(6, None),
    ]
    sessions = tuple(session(f"s{n}", terminal=f"Bilik-{n}", admitted=n != 4) for n in (2, 3, 4, 5, 6))
    rooms = (msgspec.structs.replace(READY, session_id="s4"),)
    names = [tile.name for tile in made(*rows, sessions=sessions, rooms=rooms).tiles]
    assert names == ["Bilik 4", "Bilik 3", "Bilik 2", "Bilik 6", "Bilik 5", "Bilik 1"]


def test_the_queue_holds_what_no_booth_shows_and_counts_all_who_wait() -> None:
    planned = tuple(session(f"p{n}", is_open=False, start_at_ms=NOW + n * 60_000) for n in range(20))
    found = made(booth(status=talking()), sessions=(session(), *planned))
    assert len(found.queue) == 12
    assert found.waiting == 20
    assert [turn.state for turn in found.queue[:2]] == ["due", "planned"]
    assert found.queue[0].terminal == "Bilik 1"


def test_a_second_open_session_of_a_booth_stays_in_the_queue_as_open() -> None:
    found = made(booth(status=talking()), sessions=(session(), session("s2"), session("s3", terminal="elsewhere")))
    assert [(turn.session.id, turn.state, turn.terminal) for turn in found.queue] == [
        ("s2", "open", "Bilik 1"),
        ("s3", "open", ""),
    ]
    assert found.waiting == 0


def test_a_family_may_be_admitted_from_the_queue() -> None:
    (turn,) = made(booth(), sessions=(session(is_open=False, admitted=False),), rooms=(READY,)).queue
    assert (turn.asks, turn.family_present, turn.picture) == (True, True, "abc")
