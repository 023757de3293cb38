"""The same suite, second part: what terminals report, what they are told, who the staff are."""

from typing import Any

import pytest

from central.store import commands, events, staff, status, tables, values
from central.store.engine import Database
from central.store.impossible import Impossible
from central.store.staff import Role
from central.store.status import Heartbeat
from protocol.terminal import (
    CommandAnswered,
    CommandKind,
    CommandOutcome,
    EventBatch,
    FaultChanged,
    MachineFacts,
    Mode,
    OutboxRow,
    TechnicianSeen,
    TerminalStatus,
    UsageWritten,
    VisitState,
)
from tests.central_rig import NOON_MS, record, stored_session

pytestmark = pytest.mark.anyio
MACHINE = MachineFacts(hostname="pc", operating_system="Debian", machine_key="k", agent_version="1")


async def test_events_are_stored_once_and_only_new_ones_count(database: Database) -> None:
    session = await stored_session(database, state="open", end_by_ms=NOON_MS + 1000)

    def batch(*numbers: int) -> EventBatch:
        rows = tuple(OutboxRow(seq=seq, at_ms=None, event=FaultChanged(code="K", raised=True)) for seq in numbers)
        usage = OutboxRow(seq=9, at_ms=NOON_MS, event=UsageWritten(usage=record(session.id)))
        return EventBatch(protocol=1, boot_id="b", rows=(*rows, usage))

    for each in (batch(1, 2), batch(1, 2, 3), batch(3)):
        async with database.write() as tx:
            await events.receive(tx, session.terminal_id, each, now_ms=NOON_MS)
    async with database.read() as db:
        assert [row.seq for row in await db.all(tables.events.select().order_by(tables.events.c.seq))] == [1, 2, 3, 9]
        assert len(await events.usage_records(db)) == 1
        assert len(await events.usage_records(db, facility_id="f-none")) == 0


async def test_a_provisional_record_never_replaces_a_real_one(database: Database) -> None:
    session = await stored_session(database, state="open")
    async with database.write() as tx:
        await events.store_usage(tx, session.terminal_id, record(session.id), provisional=True, now_ms=NOON_MS)
        real = record(session.id, talk_delivered_ms=5)
        await events.store_usage(tx, session.terminal_id, real, provisional=False, now_ms=NOON_MS)
        await events.store_usage(tx, session.terminal_id, record(session.id), provisional=True, now_ms=NOON_MS)
        await events.store_usage(tx, session.terminal_id, record(session.id), provisional=False, now_ms=NOON_MS)
        [stored] = await events.usage_records(tx)
    assert (stored.provisional, stored.record) == (False, real)


async def test_what_a_technician_did_is_stored_as_an_event_of_its_own_kind(database: Database) -> None:
    session = await stored_session(database)
    rows = tuple(
        OutboxRow(seq=seq, at_ms=None, event=TechnicianSeen(kind=kind)) for seq, kind in ((1, "wrong"), (2, "entered"))
    )
    async with database.write() as tx:
        await events.receive(tx, session.terminal_id, EventBatch(protocol=1, boot_id="b", rows=rows), now_ms=NOON_MS)
    async with database.read() as db:
        found = [(row.kind, row.body) for row in await db.all(tables.events.select().order_by(tables.events.c.seq))]
    assert [kind for kind, _ in found] == ["technician", "technician"]
    assert "entered" in found[1][1]


async def test_commands_wait_until_answered_or_expired(database: Database) -> None:
    session = await stored_session(database)
    terminal_id = session.terminal_id
    async with database.write() as tx:
        lock = await commands.issue(tx, CommandKind.LOCK, terminal_id=terminal_id, issued_by="sari", now_ms=NOON_MS)
        said = await commands.issue(
            tx, CommandKind.MESSAGE, terminal_id=terminal_id, issued_by="sari", now_ms=NOON_MS + 1, text="Halo"
        )
    async with database.write() as tx:
        assert await commands.pending(tx, [terminal_id], now_ms=NOON_MS) == {terminal_id: [lock, said]}
        assert await commands.pending(tx, [terminal_id], now_ms=said.expires_at_ms) == {terminal_id: [lock]}
        answered = CommandAnswered(command_id=lock.id, outcome=CommandOutcome.REFUSED, why="in a \x00call")
        assert await commands.answer(tx, "t-other", answered, now_ms=NOON_MS) is None
        assert await commands.answer(tx, terminal_id, answered, now_ms=NOON_MS) is not None
        assert await commands.answer(tx, terminal_id, answered, now_ms=NOON_MS) is None
        await commands.expire(tx, now_ms=said.expires_at_ms)
        found = {each.command.id: (each.state, each.why) for each in await commands.recent(tx, [terminal_id], NOON_MS)}
    assert found == {lock.id: ("refused", "in a call"), said.id: ("expired", "no answer in time")}


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (CommandKind.END, {}, "no open session"),
        (CommandKind.END, {"session_id": "s-none"}, "no session s-none"),
        (CommandKind.END, {"session_id": "s-1", "reason": "completed"}, "ended_by_officer"),
        (CommandKind.END, {"session_id": "s-1", "fault_party": "network"}, "fault party"),
        (CommandKind.EXTEND, {"session_id": "s-1"}, "seconds to add"),
        (CommandKind.MESSAGE, {"text": ""}, "text"),
        (CommandKind.VOLUME, {"level": 101}, "0 to 100"),
        (CommandKind.LET_TECHNICIAN_IN, {}, "no open session"),
    ],
)
async def test_a_command_that_cannot_be_meant_is_refused(
    database: Database, kind: CommandKind, fields: dict[str, Any], words: str
) -> None:
    session = await stored_session(database)
    with pytest.raises(Impossible, match=words):
        async with database.write() as tx:
            await commands.issue(tx, kind, terminal_id=session.terminal_id, issued_by="s", now_ms=NOON_MS, **fields)


async def test_heartbeats_are_counted_and_an_older_one_never_wins(database: Database) -> None:
    session = await stored_session(database)

    def beat(at_ms: int, count: int, volume: int) -> Heartbeat:
        said = TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.NONE, volume_percent=volume)
        return Heartbeat(terminal_id=session.terminal_id, at_ms=at_ms, boot_id="b", count=count, hold_s=5, status=said)

    for each in (beat(NOON_MS, 2, 10), beat(NOON_MS + 5, 3, 20), beat(NOON_MS + 1, 1, 30)):
        async with database.write() as tx:
            await status.store(tx, [each])
    async with database.read() as db:
        found = (await status.latest(db))[session.terminal_id]
        assert await status.latest(db, "f-none") == {}
    assert (found.count, found.at_ms, found.status.volume_percent) == (6, NOON_MS + 5, 20)


async def test_a_new_password_or_a_removed_user_ends_every_login(database: Database) -> None:
    async with database.write() as tx:
        for name in ("sari", "dewi"):
            user_id = await staff.add_user(
                tx, name=name, role=Role.OFFICER, facility_id=None, password_hash="old", now_ms=NOON_MS
            )
            await staff.add_session(
                tx, id_hash=name, user_id=user_id, csrf="c", now_ms=NOON_MS, expires_at_ms=NOON_MS + 10
            )
            await staff.note_login(tx, user_id, failed=7, locked_until_ms=NOON_MS + 900_000)
        sari, dewi = [await staff.by_name(tx, name) for name in ("sari", "dewi")]
        assert sari is not None
        assert dewi is not None
        await staff.change_password(tx, sari, "new")
        await staff.remove_user(tx, dewi)
    async with database.read() as db:
        assert [await staff.session(db, name, now_ms=NOON_MS) for name in ("sari", "dewi")] == [None, None]
        [left] = await staff.every(db)
    assert (left.name, left.password_hash, left.failed, left.locked_until_ms) == ("sari", "new", 0, None)


async def test_logins_last_until_they_expire_or_are_ended(database: Database) -> None:
    async with database.write() as tx:
        user_id = await staff.add_user(
            tx, name="sari", role=Role.OFFICER, facility_id=None, password_hash="h", now_ms=NOON_MS
        )
        with pytest.raises(Impossible):
            await staff.add_user(tx, name="sari", role=Role.ADMIN, facility_id=None, password_hash="h", now_ms=NOON_MS)
        await staff.note_login(tx, user_id, failed=2, locked_until_ms=NOON_MS + 5)
        await staff.add_session(tx, id_hash="i", user_id=user_id, csrf="c", now_ms=NOON_MS, expires_at_ms=NOON_MS + 10)
        await staff.touch_session(tx, "i", now_ms=NOON_MS + 1, expires_at_ms=NOON_MS + 20)
        await staff.note(tx, user="sari", act="login", subject=user_id, detail={"from": "x"}, now_ms=NOON_MS)
    async with database.read() as db:
        found = await staff.session(db, "i", now_ms=NOON_MS + 19)
        assert found is not None
        assert (found.user.name, found.user.failed, found.seen_at_ms) == ("sari", 2, NOON_MS + 1)
        assert await staff.session(db, "i", now_ms=NOON_MS + 20) is None
    async with database.write() as tx:
        await staff.end_session(tx, "i")
        assert await staff.session(tx, "i", now_ms=NOON_MS) is None


async def test_values_are_made_once_and_kept(database: Database) -> None:
    async with database.write() as tx:
        secret = await values.link_secret(tx)
        await values.put(tx, values.PUBLIC_URL, "https://a")
        await values.put(tx, values.PUBLIC_URL, "https://b")
        assert await values.link_secret(tx) == secret
        assert await values.get(tx, values.PUBLIC_URL) == "https://b"
        assert await values.get(tx, "nothing") is None
