"""What is in the journal's tables: reading what the last run left, the outbox, and the commands already done."""

import logging
import sqlite3

import msgspec

from agent.adapters.journal.database import row_sum, transaction
from agent.ports import Change, Saved, Waiting
from protocol.terminal import CommandAnswered, OutboxEvent, OutboxRow

log = logging.getLogger(__name__)

DONE_KEPT_MS = 7 * 86_400_000
"""Central repeats a command until it is answered, a week at the most."""

MOST_ROWS = 50_000
"""Rows that may wait for central: months of an ordinary booth, days of one whose network comes and goes every second."""

FORGOTTEN_AT_ONCE = 1_000
"""Room made beyond what is needed, so that a full outbox is looked through once in so many rows."""

encode_event = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(OutboxEvent).decode
decode_answer = msgspec.json.Decoder(CommandAnswered).decode


def encode_text(value: OutboxEvent) -> str:
    """One event as JSON text, so that a person can read the file."""
    return encode_event(value).decode("utf-8")


def read_saved(database: sqlite3.Connection) -> Saved:
    """What the last run left."""
    row = database.execute("select booth, boot_id, clean, last_central_ms, aside from state").fetchone()
    booth, boot_id, clean, last_central_ms, aside = row
    return Saved(
        booth=booth,
        boot_id=boot_id,
        clean=bool(clean) and aside is None,
        done=read_done(database, last_central_ms),
        last_central_ms=last_central_ms,
        set_aside=aside,
    )


def mark_begun(database: sqlite3.Connection, boot_id: str, last_central_ms: int | None) -> None:
    """Count this run as not clean; forget commands done more than a week ago, and other boots' counters."""
    with transaction(database):
        database.execute("update state set clean = 0")
        database.execute("delete from done where at_ms < ?", ((last_central_ms or 0) - DONE_KEPT_MS,))
        database.execute(
            "delete from counter where sequence <> ? and sequence not in (select boot_id from outbox)",
            (sequence(database, boot_id),),
        )


def read_done(database: sqlite3.Connection, last_central_ms: int | None) -> dict[str, CommandAnswered]:
    """The commands done within a week, by id; one that cannot be read is left out."""
    done: dict[str, CommandAnswered] = {}
    since_ms = (last_central_ms or 0) - DONE_KEPT_MS
    query = "select command_id, answer from done where at_ms is null or at_ms >= ?"
    for command_id, answer in database.execute(query, (since_ms,)):
        try:
            done[command_id] = decode_answer(answer)
        except msgspec.MsgspecError:
            log.warning("done_row_unreadable", extra={"command_id": command_id})
    return done


def write_change(database: sqlite3.Connection, boot_id: str, change: Change) -> None:
    """The booth, its events and the answered commands, in one transaction. Central's time is never set back."""
    with transaction(database):
        write_booth(database, boot_id, change.booth, change.at_ms)
        add_events(database, boot_id, change)
        for answer in change.done:
            add_done(database, answer.command_id, change.at_ms, encode_text(answer))


def write_booth(database: sqlite3.Connection, boot_id: str, booth: bytes, at_ms: int | None) -> None:
    """The one row of the state, in a transaction of the caller's."""
    last_ms, suffix = database.execute("select last_central_ms, sequence_suffix from state").fetchone()
    if at_ms is not None:
        last_ms = max(last_ms or 0, at_ms)
    its_sum = row_sum("state", booth, boot_id, last_ms, suffix)
    statement = "update state set booth = ?, boot_id = ?, last_central_ms = ?, clean = 0, sum = ?"
    database.execute(statement, (booth, boot_id, last_ms, its_sum))


def add_done(database: sqlite3.Connection, command_id: str, at_ms: int | None, answer: str) -> None:
    """One answered command, in the place of an earlier answer to it."""
    row = (command_id, at_ms, answer)
    statement = "insert or replace into done (command_id, at_ms, answer, sum) values (?, ?, ?, ?)"
    database.execute(statement, (*row, row_sum("done", *row)))


def set_counter(database: sqlite3.Connection, name: str, last: int) -> None:
    """How far the events under this name are counted."""
    statement = "insert or replace into counter (sequence, last_seq, sum) values (?, ?, ?)"
    database.execute(statement, (name, last, row_sum("counter", name, last)))


def sequence(database: sqlite3.Connection, boot_id: str) -> str:
    """The name under which this boot's events are counted.

    After a journal was set aside the numbers begin again at 1; under the same name central would take them for repetitions,
    so the name then carries a suffix.
    """
    return boot_id + str(database.execute("select sequence_suffix from state").fetchone()[0])


def add_events(database: sqlite3.Connection, boot_id: str, change: Change) -> None:
    """Append to the outbox, counting by one within the boot."""
    if not change.events:
        return
    name = sequence(database, boot_id)
    row = database.execute("select last_seq from counter where sequence = ?", (name,)).fetchone()
    last = int(row[0]) if row is not None else 0
    statement = "insert into outbox (boot_id, seq, at_ms, event, sum) values (?, ?, ?, ?, ?)"
    for seq, event in enumerate(change.events, start=last + 1):
        row = (name, seq, change.at_ms, encode_text(event))
        database.execute(statement, (*row, row_sum("outbox", *row)))
    set_counter(database, name, last + len(change.events))
    bound_outbox(database)


def bound_outbox(database: sqlite3.Connection) -> None:
    """Forget the oldest rows beyond MOST_ROWS, but never a usage record."""
    first, last = database.execute("select min(id), max(id) from outbox").fetchone()
    if last - first < MOST_ROWS:
        return
    too_many = database.execute("select count(*) from outbox").fetchone()[0] - MOST_ROWS
    if too_many <= 0:
        return
    oldest = 'select id from outbox where event not like \'{"type":"usage"%\' order by id limit ?'
    statement = f"delete from outbox where id in ({oldest})"  # noqa: S608 - our own words
    forgotten = database.execute(statement, (too_many + FORGOTTEN_AT_ONCE,)).rowcount
    log.warning("outbox_full", extra={"forgotten": forgotten})


def oldest_rows(database: sqlite3.Connection, limit: int) -> Waiting | None:
    """Up to `limit` rows of the boot that waits longest; a row that cannot be read is dropped and named in the log."""
    first = database.execute("select boot_id from outbox order by id limit 1").fetchone()
    if first is None:
        return None
    rows: list[OutboxRow] = []
    query = "select seq, at_ms, event from outbox where boot_id = ? order by id limit ?"
    for seq, at_ms, event in database.execute(query, (first[0], limit)).fetchall():
        try:
            rows.append(OutboxRow(seq=seq, at_ms=at_ms, event=decode_event(event)))
        except msgspec.MsgspecError:
            log.warning("outbox_row_unreadable", extra={"boot_id": first[0], "seq": seq})
            database.execute("delete from outbox where boot_id = ? and seq = ?", (first[0], seq))
    if not rows:
        return oldest_rows(database, limit)
    total = database.execute("select count(*) from outbox").fetchone()[0]
    return Waiting(boot_id=first[0], rows=tuple(rows), total=total)


def forget_rows(database: sqlite3.Connection, boot_id: str, through: int) -> None:
    """Delete what central has."""
    with transaction(database):
        database.execute("delete from outbox where boot_id = ? and seq <= ?", (boot_id, through))
