"""Rows of an outbox that cannot count are kept for staff and acknowledged; they hold nothing up."""

from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from central.outbox import NOT_STORED
from central.store import events, rejected
from central.store.events import NOT_MINE, TAKEN
from central.store.rejected import Kept
from protocol.terminal import FaultChanged, UsageWritten
from tests.central_rig import Booth, Rig, record

pytestmark = pytest.mark.anyio
OF_TOMORROW = {"type": "hologram", "brightness": 7}


async def send(rig: Rig, booth: Booth, *rows: Any, boot: str = "boot") -> httpx.Response:
    body = {"protocol": 1, "boot_id": boot, "rows": list(rows)}
    return await rig.client.post("/api/v1/terminal/events", json=body, headers=booth.headers)


def row(seq: int, event: Any) -> dict[str, Any]:
    return {"seq": seq, "at_ms": None, "event": msgspec.to_builtins(event)}


async def kept(rig: Rig, *, unseen: bool = True) -> list[Kept]:
    async with rig.central.database.read() as db:
        return await rejected.every(db, unseen=unseen)


async def usage(rig: Rig) -> list[str]:
    async with rig.central.database.read() as db:
        return [each.record.session_id for each in await events.usage_records(db)]


async def test_a_row_that_cannot_be_read_is_kept_as_it_came_and_those_behind_it_count(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    for _ in range(2):
        answer = await send(rig, booth, row(1, OF_TOMORROW), row(2, UsageWritten(usage=record(session.id))))
        assert answer.json() == {"acknowledged_through": 2, "set_aside": [1]}
    assert await usage(rig) == [session.id]
    [only] = await kept(rig)
    assert (only.terminal_id, only.boot_id, only.seq) == (booth.id, "boot", 1)
    assert msgspec.json.decode(only.body) == row(1, OF_TOMORROW)
    assert "hologram" in only.why


async def test_a_batch_of_nothing_readable_is_acknowledged_too(rig: Rig) -> None:
    booth = await rig.booth()
    answer = await send(rig, booth, row(4, OF_TOMORROW), {"seq": 5})
    assert answer.json() == {"acknowledged_through": 5, "set_aside": [4, 5]}
    assert [each.seq for each in await kept(rig)] == [4, 5]


@pytest.mark.parametrize("bad", [{"at_ms": 1}, {"seq": "1"}, {"seq": 0}, {"seq": 2**53}, 7, None])
async def test_a_row_without_a_number_is_no_row(rig: Rig, bad: Any) -> None:
    booth = await rig.booth()
    answer = await send(rig, booth, row(1, FaultChanged(code="K", raised=True)), bad)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_message")
    assert await kept(rig) == []


async def test_another_event_under_a_number_that_was_taken_is_not_lost(rig: Rig) -> None:
    booth = await rig.booth()
    first, second = FaultChanged(code="K", raised=True), FaultChanged(code="K", raised=False)
    await send(rig, booth, row(1, first), row(2, first))
    answer = await send(rig, booth, row(1, first), row(2, second), row(3, first))
    assert answer.json() == {"acknowledged_through": 3, "set_aside": [2]}
    [only] = await kept(rig)
    assert (only.seq, only.why) == (2, TAKEN)
    assert msgspec.json.decode(only.body)["event"]["raised"] is False


async def test_a_record_of_somebody_elses_session_is_kept_for_staff(rig: Rig) -> None:
    booth = await rig.booth()
    other = await rig.booth("Bilik 2", facility_id=booth.facility_id)
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    answer = await send(rig, other, row(1, UsageWritten(usage=record(session.id))))
    assert answer.json()["set_aside"] == [1]
    assert [each.why for each in await kept(rig)] == [NOT_MINE]
    assert await usage(rig) == []


async def test_a_row_that_the_database_refuses_holds_up_no_other(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    async with rig.central.database.writer.begin() as connection:
        rule = (
            "create trigger picky before insert on events when new.kind = 'fault' begin select raise(abort, 'no'); end"
        )
        await connection.execute(text(rule))
    fault, written = FaultChanged(code="K", raised=True), UsageWritten(usage=record(session.id))
    answer = await send(rig, booth, row(1, fault), row(2, written), row(3, fault))
    assert answer.json() == {"acknowledged_through": 3, "set_aside": [1, 3]}
    assert [each.why for each in await kept(rig)] == [NOT_STORED, NOT_STORED]
    assert await usage(rig) == [session.id]


async def test_what_staff_have_looked_at_alarms_no_more_and_is_still_there(rig: Rig) -> None:
    booth = await rig.booth()
    await send(rig, booth, row(1, OF_TOMORROW))
    [only] = await kept(rig)
    async with rig.central.database.write() as tx:
        assert await rejected.waiting(tx, booth.facility_id) == {booth.id}
        assert await rejected.waiting(tx, "f-none") == set()
        assert await rejected.seen(tx, only.id, now_ms=5)
        assert not await rejected.seen(tx, 99, now_ms=5)
        assert await rejected.waiting(tx, booth.facility_id) == set()
    assert await kept(rig) == []
    assert [each.seen_at_ms for each in await kept(rig, unseen=False)] == [5]
