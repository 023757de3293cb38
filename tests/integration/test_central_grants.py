"""The grant of a session, and what its terminal reports of it."""

import msgspec
import pytest

from central.keeper import keep_once
from central.store import events, sessions
from central.store.facilities import FacilitySettings
from protocol.outcome import EndReason, FaultParty
from protocol.terminal import (
    CommandAnswered,
    CommandKind,
    CommandOutcome,
    FaultChanged,
    Grant,
    UsageWritten,
    VisitMoved,
    VisitState,
)
from tests.central_rig import MovedClock, Rig, record, synced

pytestmark = pytest.mark.anyio


# ---- the grant ----------------------------------------------------------------------------------------------------


async def test_a_grant_names_both_and_fixes_the_hard_stop(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    grant = msgspec.json.decode((await rig.open(booth, session.id)).content, type=Grant)
    assert (grant.inmate_name, grant.family_name, grant.talk_s) == ("Budi", "Siti", 600)
    stored = await rig.stored(session.id)
    assert (stored.state, stored.opened_at_ms) == ("open", clock.now_ms)
    assert stored.end_by_ms == session.start_at_ms + (180 + 600 + 120) * 1000


async def test_closing_time_bounds_the_hard_stop(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    session = await rig.session(booth, closing="+200")
    await rig.open(booth, session.id)
    assert (await rig.stored(session.id)).end_by_ms == clock.now_ms + 200_000


async def test_the_same_terminal_gets_the_same_grant_again_and_the_stop_does_not_move(
    rig: Rig, clock: MovedClock
) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    first = await rig.open(booth, session.id)
    before = await rig.stored(session.id)
    clock.move(60)
    second = await rig.open(booth, session.id, again=True, boot_id="after")
    assert (second.status_code, second.json()) == (200, first.json())
    after = await rig.stored(session.id)
    assert (after.opened_at_ms, after.end_by_ms, after.boot_id) == (before.opened_at_ms, before.end_by_ms, "after")


async def test_another_terminal_is_told_why_not(rig: Rig) -> None:
    booth = await rig.booth()
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    session = await rig.session(booth)
    moved = await rig.open(other, session.id)
    assert (moved.status_code, moved.json()["code"]) == (409, "moved")
    await rig.open(booth, session.id)
    assert (await rig.open(other, session.id)).json()["code"] == "open_elsewhere"


@pytest.mark.parametrize(("start", "wait_s"), [("+600", 0), ("+10", 3600)])
async def test_nothing_opens_before_or_after_its_time(rig: Rig, clock: MovedClock, start: str, wait_s: int) -> None:
    booth = await rig.booth()
    session = await rig.session(booth, start=start)
    clock.move(wait_s)
    refused = await rig.open(booth, session.id)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_now")


async def test_a_cancelled_or_unknown_session_is_not_opened(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    async with rig.central.database.write() as tx:
        await sessions.cancel(tx, session.id)
    assert (await rig.open(booth, session.id)).json()["code"] == "cancelled"
    assert (await rig.open(booth, "s-unknown")).json()["code"] == "cancelled"


async def test_a_wrong_pin_is_refused_and_guessing_has_to_wait(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth(check_in="pin")
    session = await rig.session(booth, pin="123456")
    assert (await rig.open(booth, session.id)).json()["code"] == "wrong_pin"
    for _ in range(4):
        wrong = await rig.open(booth, session.id, pin="000000")
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_pin")
    waiting = await rig.open(booth, session.id, pin="123456")
    assert (waiting.status_code, waiting.json()["code"]) == (429, "wait")
    assert int(waiting.headers["retry-after"]) == 31
    clock.move(31)
    assert (await rig.open(booth, session.id, pin="000000")).json()["code"] == "wrong_pin"
    assert (await rig.open(booth, session.id, pin="123456")).headers["retry-after"] == "61"
    clock.move(61)
    assert (await rig.open(booth, session.id, pin="123456")).status_code == 200
    assert (await rig.open(booth, session.id, again=True)).status_code == 200
    assert (await rig.open(booth, session.id)).json()["code"] == "wrong_pin"


async def test_an_emergency_stop_is_bound_to_no_session_so_that_it_holds_whatever_the_booth_does(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    await rig.issue(booth, CommandKind.END)
    await rig.issue(booth, CommandKind.EMERGENCY_STOP)
    sent = {command.kind: command.session_id for command in synced(await rig.sync(booth)).commands}
    assert sent == {"end": session.id, "emergency_stop": None}


# ---- events -------------------------------------------------------------------------------------------------------


async def usage_of(rig: Rig) -> list[events.StoredUsage]:
    async with rig.central.database.read() as db:
        return await events.usage_records(db)


async def test_events_count_once_however_often_they_are_sent(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    sent = (VisitMoved(session_id=session.id, state=VisitState.TALKING), UsageWritten(usage=record(session.id)))
    for _ in range(3):
        answer = await rig.events(booth, *sent)
        assert answer.json()["acknowledged_through"] == 2
    assert len(await usage_of(rig)) == 1
    stored = await rig.stored(session.id)
    assert (stored.state, stored.why) == ("ended", "completed")
    assert synced(await rig.sync(booth)).assignments.sessions == ()  # type: ignore[union-attr]  # revision 0 always gets them


async def test_a_session_has_one_record_whichever_boot_sends_another(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    await rig.events(booth, UsageWritten(usage=record(session.id)))
    await rig.events(booth, UsageWritten(usage=record(session.id, talk_delivered_ms=1)), boot="other")
    [stored] = await usage_of(rig)
    assert stored.record.talk_delivered_ms == 600_000


async def test_a_silent_terminal_gets_a_provisional_record_that_the_late_real_one_replaces(
    rig: Rig, clock: MovedClock
) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    clock.move(930 + 599)
    await keep_once(rig.central)
    assert await usage_of(rig) == []
    clock.move(2)
    await keep_once(rig.central)
    await keep_once(rig.central)
    [stored] = await usage_of(rig)
    assert stored.provisional
    assert (stored.record.end_reason, stored.record.fault_party) == (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL)
    clock.move(3600)
    await rig.events(booth, UsageWritten(usage=record(session.id)))
    [stored] = await usage_of(rig)
    assert not stored.provisional
    assert stored.record.end_reason is EndReason.COMPLETED
    assert (await rig.stored(session.id)).why == "completed"


@pytest.mark.parametrize(("claims", "why"), [(False, "unused"), (True, "no_show")])
async def test_a_session_nobody_opened_is_closed_after_its_end(
    rig: Rig, clock: MovedClock, claims: bool, why: str
) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    if claims:
        assert (await rig.join(session.id)).json()["state"] == "open"
    clock.move(931)
    await keep_once(rig.central)
    stored = await rig.stored(session.id)
    assert (stored.state, stored.why) == ("ended", why)
    assert await usage_of(rig) == []


async def test_who_is_due_while_a_visit_runs_long_slips_and_keeps_the_whole_time(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    first = await rig.session(booth)
    second = await rig.session(booth, start="+720", number="013")
    await rig.open(booth, first.id)
    clock.move(721)
    await keep_once(rig.central)
    slipped = await rig.stored(second.id)
    assert slipped.start_at_ms > clock.now_ms
    assert slipped.hard_stop_ms(FacilitySettings()) == slipped.start_at_ms + (180 + 600 + 120) * 1000
    assignments = synced(await rig.sync(booth)).assignments
    assert assignments is not None
    assert [row.start_at_ms for row in assignments.sessions if row.id == second.id] == [slipped.start_at_ms]
    await rig.events(booth, UsageWritten(usage=record(first.id)))
    clock.move(60)
    await keep_once(rig.central)
    assert (await rig.stored(second.id)).start_at_ms == slipped.start_at_ms


async def test_a_confirmed_extension_moves_the_hard_stop_but_not_past_closing(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    session = await rig.session(booth, closing="+1000")
    await rig.open(booth, session.id)
    before = (await rig.stored(session.id)).end_by_ms
    assert before == clock.now_ms + 930_000
    command_id = await rig.issue(booth, CommandKind.EXTEND, add_s=50)
    answered = CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE)
    await rig.events(booth, answered, answered)
    stored = await rig.stored(session.id)
    assert (stored.extended_s, stored.end_by_ms) == (50, clock.now_ms + 980_000)
    command_id = await rig.issue(booth, CommandKind.EXTEND, add_s=50)
    await rig.events(booth, CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE), first=60)
    assert (await rig.stored(session.id)).end_by_ms == clock.now_ms + 1_000_000


async def test_what_a_terminal_says_of_another_ones_session_changes_nothing(rig: Rig) -> None:
    booth = await rig.booth()
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    command_id = await rig.issue(booth, CommandKind.LOCK)
    answer = await rig.events(
        other,
        VisitMoved(session_id=session.id, state=VisitState.TALKING),
        UsageWritten(usage=record(session.id)),
        UsageWritten(usage=record("s-unknown")),
        CommandAnswered(command_id=command_id, outcome=CommandOutcome.DONE),
        FaultChanged(code="KAM-1", raised=True, detail="\x00"),
    )
    assert answer.json()["acknowledged_through"] == 5
    assert await usage_of(rig) == []
    stored = await rig.stored(session.id)
    assert (stored.state, stored.visit_state) == ("open", "none")
    assert await rig.became(command_id) == "pending"


async def test_rows_out_of_order_are_refused_as_a_whole(rig: Rig) -> None:
    booth = await rig.booth()
    rows = [{"seq": seq, "at_ms": None, "event": {"type": "fault", "code": "K", "raised": True}} for seq in (2, 1)]
    body = {"protocol": 1, "boot_id": "b", "rows": rows}
    answer = await rig.client.post("/api/v1/terminal/events", json=body, headers=booth.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_order")
