"""The board's model as a whole: families, what can be done, what became of it, faults, order, queue."""

import msgspec
import pytest

from central.board_model import (
    Clone,
    CommandRow,
    Look,
    RoomRow,
    Rules,
    TerminalRow,
)
from protocol.faults import Severity
from protocol.terminal import Mode, TerminalStatus, VisitState
from tests.unit.central.made_boards import NOW, booth, command, made, only, session, status, talking

# ---- families -----------------------------------------------------------------------------------------------------

READY = RoomRow(session_id="s1", family_present=True, family_ready=True, picture="abc")


def test_a_family_that_is_ready_asks_to_be_admitted_with_its_picture() -> None:
    found = status(visit=VisitState.WAITING, session_id="s1")
    tile = only(booth(status=found), sessions=(session(admitted=False),), rooms=(READY,))
    assert (tile.asks, tile.picture, tile.state, tile.acts) == (
        True,
        "abc",
        "admit",
        ("admit", "refuse", "end", "volume", "let_technician_in"),
    )


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


TALK_ACTS = ("extend", "message", "listen", "end", "volume", "let_technician_in")

# ---- what can be done ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "acts"),
    [
        (status(), ("lock", "volume")),
        (status(mode=Mode.LOCKED), ("unlock",)),
        (status(mode=Mode.MAINTENANCE), ()),
        (talking(), TALK_ACTS),
        (talking(visit=VisitState.INTERRUPTED), TALK_ACTS),
        (status(visit=VisitState.RULES, session_id="s1"), ("end", "volume", "let_technician_in")),
        (status(visit=VisitState.RULES), ("end", "volume", "let_technician_in")),
        (status(visit=VisitState.CHECK_IN, session_id="s1"), ()),
        (status(visit=VisitState.FAREWELL), ()),
    ],
)
def test_a_booth_offers_only_what_it_can_do(found: TerminalStatus, acts: tuple[str, ...]) -> None:
    assert only(booth(status=found), sessions=(session(),)).acts == acts


def test_only_a_call_of_our_own_that_central_knows_can_be_heard() -> None:
    meeting = only(booth(status=talking()), sessions=(session(is_meeting=True),))
    assert "listen" not in meeting.acts
    assert "listen" not in only(booth(status=talking())).acts


def test_what_became_of_listening_is_told_only_where_the_booth_refused() -> None:
    asked = [command(kind="listen", state=state) for state in ("pending", "done", "refused")]
    assert [only(booth(status=talking()), commands=(one,)).told is None for one in asked] == [True, True, False]


def test_an_officer_calls_in_where_the_facility_wants_it_so() -> None:
    found = status(visit=VisitState.CHECK_IN, session_id="s1")
    rules = Rules(check_in_by_officer=True)
    assert only(booth(status=found), sessions=(session(is_open=False),), rules=rules).acts == ("start",)
    assert only(booth(status=found), rules=rules).acts == ()


def test_a_visit_whose_session_is_unknown_cannot_be_ended_from_here() -> None:
    assert only(booth(status=status(visit=VisitState.RULES))).acts == ()


def test_who_is_there_may_have_to_make_room_for_another_device() -> None:
    tile = only(booth(status=talking()), sessions=(session(),), rooms=(READY,))
    assert tile.acts == (*TALK_ACTS, "release")


def test_of_two_pcs_with_one_enrolment_an_officer_has_to_choose_first() -> None:
    clones = (Clone(boot_id="a", began_at_ms=1), Clone(boot_id="b", began_at_ms=2))
    row = booth(status=talking(faults=("KLN-1",)), clones=clones, has_rejects=True)
    tile = only(row, sessions=(session(),))
    assert (tile.acts[0], tile.clones) == ("approve", clones)
    assert [alarm.code for alarm in made(row).alarms] == ["KLN-1", "LAP-1"]
    assert only(booth(clones=clones)).look is Look.STOP


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


# ---- another booth ------------------------------------------------------------------------------------------------


def test_a_session_can_go_to_booths_that_are_free_now() -> None:
    busy = booth("Bilik 1", status=talking())
    others = [
        booth("Bilik 2"),
        booth("Bilik 3", status=status(mode=Mode.LOCKED)),
        booth("Bilik 4", seen_ago_ms=60_000),
        booth("Bilik 5", status=status(faults=("MIK-1",))),
        booth("Bilik 6", clones=(Clone(boot_id="a", began_at_ms=1), Clone(boot_id="b", began_at_ms=2))),
        TerminalRow(id="new", name="Bilik 7", enrolled=False),
        booth("Bilik 8", status=status(visit=VisitState.FAREWELL)),
        booth("Bilik 9"),
    ]
    rows = (session(), session("s2", terminal="Bilik-9"))
    tiles = {tile.name: tile for tile in made(busy, *others, sessions=rows).tiles}
    assert tiles["Bilik 1"].targets == (("Bilik-2", "Bilik 2"), ("Bilik-8", "Bilik 8"))
    assert "move" in tiles["Bilik 1"].acts
    assert tiles["Bilik 2"].targets == ()
    assert "move" not in tiles["Bilik 2"].acts


def test_the_session_of_a_booth_that_is_gone_can_go_elsewhere() -> None:
    gone = booth("Bilik 1", status=talking(), seen_ago_ms=60_000)
    tile = next(tile for tile in made(gone, booth("Bilik 2"), sessions=(session(),)).tiles if tile.name == "Bilik 1")
    assert tile.acts == ("move",)


def test_what_is_over_moves_no_more() -> None:
    over = booth("Bilik 1", status=talking(visit=VisitState.FAREWELL))
    tile = next(tile for tile in made(over, booth("Bilik 2"), sessions=(session(),)).tiles if tile.name == "Bilik 1")
    assert "move" not in tile.acts


# ---- an emergency stop --------------------------------------------------------------------------------------------


def stop(terminal: str, state: str, ago_ms: int = 2000) -> CommandRow:
    return command(
        terminal_id=terminal, kind="emergency_stop", state=state, issued_by="siti", issued_at_ms=NOW - ago_ms
    )


def test_an_emergency_stop_is_told_booth_by_booth_and_can_be_taken_back() -> None:
    closed, silent = booth("Bilik 1", status=status(mode=Mode.LOCKED)), booth("Bilik 2")
    found = made(closed, silent, commands=(stop("Bilik-1", "done"), stop("Bilik-2", "pending"))).stopped
    assert found is not None
    assert (found.by, found.at_ms, found.can_open) == ("siti", NOW - 2000, True)
    assert found.booths == (("Bilik 1", "done"), ("Bilik 2", "pending"))


def test_only_the_last_stop_counts_and_an_old_one_is_told_no_more() -> None:
    one = booth("Bilik 1")
    last = made(one, commands=(stop("Bilik-1", "done"), stop("Bilik-1", "expired", 9000))).stopped
    assert last is not None
    assert last.booths == (("Bilik 1", "done"),)
    assert not last.can_open
    assert made(one, commands=(stop("Bilik-1", "done", 600_000),)).stopped is None
    assert made(one).stopped is None
