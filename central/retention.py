"""Removes what has been kept long enough: once a day, at night, by one instance, some rows at a time."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from central.context import Central
from central.store import retention, staff, talk_figures
from central.store.alone import alone
from central.store.retention import JOBS

log = logging.getLogger(__name__)

BY = "bilik-central"
LOOK_S = 600.0
PAUSE_S = 0.05
HOUR_MS = 3_600_000
NIGHT = range(17, 21)
"""Hours of UTC in which it is night in all of Indonesia's zones."""
SOON_MS, LATE_MS = 20 * HOUR_MS, 26 * HOUR_MS


async def keep_retention(central: Central) -> None:
    """Look every ten minutes until central ends; first lay out the figures of records that an older central stored."""
    failing, laid_out = False, False
    goes_on = True
    while goes_on:
        try:
            if not laid_out:
                await _lay_out(central)
                laid_out = True
            await remove_if_due(central)
            failing = False
        except (SQLAlchemyError, OSError):
            if not failing:
                log.exception("old rows cannot be removed; trying again")
            failing = True
        goes_on = await central.bus.pause(LOOK_S)


async def _lay_out(central: Central) -> None:
    count = await talk_figures.lay_out(central.database)
    if count:
        log.info("the figures of %d older usage records were laid out for reports", count)


def is_due(now_ms: int, ran_ms: int) -> bool:
    """Once a night; at any hour where no night was seen for more than a day."""
    since_ms = now_ms - ran_ms
    return since_ms >= LATE_MS or (since_ms >= SOON_MS and now_ms // HOUR_MS % 24 in NIGHT)


async def remove_if_due(central: Central) -> dict[str, int] | None:
    """Remove what is old, if it is time and no other instance is at it; how many rows by kind, None where nothing was due."""
    async with central.database.read() as db:
        due = is_due(central.clock(), await retention.ran_ms(db))
    if not due:
        return None
    async with alone(central.database, "retention") as is_ours:
        if not is_ours:
            return None
        async with central.database.read() as db:
            if not is_due(central.clock(), await retention.ran_ms(db)):
                return None
        return await _remove(central)


async def _remove(central: Central) -> dict[str, int] | None:
    now = central.clock()
    async with central.database.read() as db:
        keep = await retention.get(db)
    counts = dict.fromkeys((job.name for job in JOBS), 0)
    for job in JOBS:
        fresh = 1
        while fresh:
            async with central.database.write() as tx:
                fresh = await retention.remove_some(tx, job, keep, now_ms=now)
            counts[job.name] += fresh
            if fresh and not await central.bus.pause(PAUSE_S):
                return None
    async with central.database.write() as tx:
        await retention.note_run(tx, now)
        if any(counts.values()):
            await staff.note(tx, user=BY, act="retention", subject=BY, detail=counts, now_ms=now)
    log.info(
        "old rows were removed: %s", ", ".join(f"{name} {count}" for name, count in counts.items() if count) or "none"
    )
    return counts
