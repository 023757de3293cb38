"""A batch of a terminal's outbox: what can count counts, what cannot is kept for staff, and all of it is acknowledged.

A row that was refused for good would hold up all that come behind it.
"""

import logging
from typing import Annotated

import msgspec
from msgspec import Meta, Raw
from sqlalchemy.exc import DataError, IntegrityError

from central.context import Central
from central.routes.problems import ApiProblem, read_body
from central.store import events, rejected
from central.store.engine import Writing
from central.store.rejected import Reject
from protocol.terminal import EventBatch, EventsAnswer, OutboxRow
from protocol.wire import Count, Identifier, Lenient, Strict

log = logging.getLogger(__name__)

UNREADABLE = "unreadable"
NOT_STORED = "the database does not take it"


class Batch(Strict, frozen=True, kw_only=True):
    """An EventBatch whose rows are still to be read one by one."""

    protocol: Count
    boot_id: Identifier
    rows: Annotated[tuple[Raw, ...], Meta(min_length=1, max_length=300)]


class Numbered(Lenient, frozen=True, kw_only=True):
    """All that must be readable of a row."""

    seq: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]


_batch = msgspec.json.Decoder(Batch).decode
_row = msgspec.json.Decoder(OutboxRow).decode
_number = msgspec.json.Decoder(Numbered).decode


def read(body: bytes) -> tuple[EventBatch | None, str, list[Reject], list[int]]:
    """The rows that can be read (None: not one), the boot, those that cannot, and all numbers in order.

    Raises msgspec's errors for what is no batch at all, and ApiProblem for rows out of order.
    """
    batch = read_body(_batch, body)
    rows: list[OutboxRow] = []
    rejects: list[Reject] = []
    numbers: list[int] = []
    for raw in batch.rows:
        found = _read_row(raw)
        numbers.append(found.seq)
        if isinstance(found, OutboxRow):
            rows.append(found)
        else:
            rejects.append(found)
    if numbers != sorted(set(numbers)):
        raise ApiProblem(409, "out_of_order", "rows come oldest first, each seq once")
    good = EventBatch(protocol=batch.protocol, boot_id=batch.boot_id, rows=tuple(rows)) if rows else None
    return good, batch.boot_id, rejects, numbers


def _read_row(raw: Raw) -> OutboxRow | Reject:
    body = bytes(raw)
    try:
        return read_body(_row, body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        seq = read_body(_number, body).seq
        return Reject(seq=seq, why=f"{UNREADABLE}: {error}", body=body.decode(errors="replace"))


async def take(central: Central, terminal_id: str, body: bytes) -> EventsAnswer:
    """Store all of it; returns when it is committed."""
    batch, boot_id, rejects, numbers = read(body)
    now = central.clock()
    try:
        async with central.database.write() as tx:
            if batch is not None:
                rejects += await events.receive(tx, terminal_id, batch, now_ms=now)
            await _keep(tx, terminal_id, boot_id, rejects, now)
    except (IntegrityError, DataError):
        if batch is None:
            raise
        rejects += await _one_by_one(central, terminal_id, batch, now)
        async with central.database.write() as tx:
            await _keep(tx, terminal_id, boot_id, rejects, now)
    if rejects:
        log.warning(
            "terminal %s sent %d rows that cannot count: bilik-central rejected list", terminal_id, len(rejects)
        )
    aside = tuple(sorted({reject.seq for reject in rejects}))
    return EventsAnswer(acknowledged_through=numbers[-1], set_aside=aside)


async def _one_by_one(central: Central, terminal_id: str, batch: EventBatch, now: int) -> list[Reject]:
    """The database refuses some row: find which."""
    rejects: list[Reject] = []
    for row in batch.rows:
        alone = EventBatch(protocol=batch.protocol, boot_id=batch.boot_id, rows=(row,))
        try:
            async with central.database.write() as tx:
                rejects += await events.receive(tx, terminal_id, alone, now_ms=now)
        except (IntegrityError, DataError):
            rejects.append(Reject(seq=row.seq, why=NOT_STORED, body=msgspec.json.encode(row).decode()))
    return rejects


async def _keep(tx: Writing, terminal_id: str, boot_id: str, rejects: list[Reject], now: int) -> None:
    for reject in rejects:
        await rejected.keep(tx, terminal_id, boot_id, reject, now_ms=now)
