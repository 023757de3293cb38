"""How long old rows are kept, and their removal some at a time; names go first, figures and trails later."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import ColumnElement, Table, and_, delete, exists, select, tuple_, update

from central.store import values
from central.store.day_tables import paper_outcomes, registrations
from central.store.engine import Reading, Writing
from central.store.impossible import Impossible
from central.store.move_tables import moves
from central.store.report_tables import NAMED, talk_figures
from central.store.tables import audit, commands, events, metadata, rejected, sessions, usage
from central.store.watch_tables import listens, session_duty

SETTING, RAN = "retention", "retention_ran_ms"
DAY_MS = 86_400_000
BATCH = 500
OVER = ("ended", "cancelled")
Condition = ColumnElement[bool]


class Keep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days that rows are kept.

    `names_days`: inmate's and family's name of a session; `usage_days`: usage records and outcomes on paper, thus reports;
    `sessions_days`: what is left of sessions and registrations; `audit_days`: who did what, who listened; `telemetry_days`:
    what terminals reported, as it came.
    """

    names_days: Annotated[int, Meta(ge=1, le=366)] = 30
    usage_days: Annotated[int, Meta(ge=31, le=3660)] = 1830
    sessions_days: Annotated[int, Meta(ge=31, le=3660)] = 1830
    commands_days: Annotated[int, Meta(ge=31, le=3660)] = 730
    audit_days: Annotated[int, Meta(ge=90, le=3660)] = 730
    telemetry_days: Annotated[int, Meta(ge=30, le=730)] = 90


def changed(keep: Keep, words: dict[str, str]) -> Keep:
    """With these settings in place of the old ones; raises Impossible in words."""
    known = msgspec.structs.asdict(keep)
    for key, word in words.items():
        if key not in known:
            raise Impossible(f"{key} is no setting of retention; there are: {', '.join(known)}")
        try:
            msgspec.convert(known | {key: word}, Keep, strict=False)
        except msgspec.ValidationError as error:
            raise Impossible(f"{key}={word}: {error}") from error
    fresh = msgspec.convert(known | words, Keep, strict=False)
    if fresh.sessions_days < max(fresh.usage_days, fresh.commands_days):
        raise Impossible(
            "sessions_days must not be less than usage_days and commands_days: those rows speak of sessions"
        )
    return fresh


async def get(db: Reading) -> Keep:
    """What is set."""
    found = await values.get(db, SETTING)
    return Keep() if found is None else msgspec.json.decode(found, type=Keep)


async def put(tx: Writing, keep: Keep) -> None:
    """Store it."""
    await values.put(tx, SETTING, msgspec.json.encode(keep).decode())


async def ran_ms(db: Reading) -> int:
    """When old rows were last removed to the end; 0: never."""
    return int(await values.get(db, RAN) or 0)


async def note_run(tx: Writing, now_ms: int) -> None:
    """They were removed to the end just now."""
    await values.put(tx, RAN, str(now_ms))


class Job(Struct, frozen=True, kw_only=True):
    """One kind of row. `days`: which setting; `due`: what is old at that instant; `also`: rows that go with them, by session.

    With `blank` the rows stay and these columns are emptied.
    """

    name: str
    days: str
    table: Table
    due: Callable[[int], Condition]
    also: Sequence[Table] = ()
    blank: dict[str, str | None] = {}


def _unreferred(before_ms: int) -> Condition:
    """Sessions that are over, and of which no row of any other table speaks."""
    mine = (sessions.c.start_at_ms < before_ms) & sessions.c.state.in_(OVER)
    referring = [
        key.parent
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is sessions and table is not session_duty
    ]
    return and_(mine, *(~exists().where(column == sessions.c.id) for column in referring))


def _forgotten(before_ms: int) -> Condition:
    """Registrations without names, and of which no make-up turn speaks."""
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=before_ms)).date().isoformat()
    later = registrations.alias("later")
    no_make_up = ~exists().where(later.c.make_up_of == registrations.c.id)
    return (registrations.c.day < day) & registrations.c.erased_at_ms.is_not(None) & no_make_up


JOBS = (
    Job(
        name="names",
        days="names_days",
        table=sessions,
        due=lambda before: and_(NAMED, sessions.c.start_at_ms < before),
        blank={"inmate_name": "", "family_name": "", "pin_hash": None},
    ),
    Job(name="events", days="telemetry_days", table=events, due=lambda before: events.c.received_at_ms < before),
    Job(
        name="rejected",
        days="telemetry_days",
        table=rejected,
        due=lambda before: (rejected.c.received_at_ms < before) & rejected.c.seen_at_ms.is_not(None),
    ),
    Job(name="audit", days="audit_days", table=audit, due=lambda before: audit.c.at_ms < before),
    Job(name="listens", days="audit_days", table=listens, due=lambda before: listens.c.began_at_ms < before),
    Job(
        name="commands",
        days="commands_days",
        table=commands,
        due=lambda before: (commands.c.issued_at_ms < before) & (commands.c.state != "pending"),
    ),
    Job(
        name="usage",
        days="usage_days",
        table=usage,
        due=lambda before: usage.c.ended_at_ms < before,
        also=(talk_figures,),
    ),
    Job(
        name="paper",
        days="usage_days",
        table=paper_outcomes,
        due=lambda before: paper_outcomes.c.planned_start_at_ms < before,
    ),
    Job(name="moves", days="sessions_days", table=moves, due=lambda before: moves.c.asked_at_ms < before),
    Job(name="registrations", days="sessions_days", table=registrations, due=_forgotten),
    Job(name="sessions", days="sessions_days", table=sessions, due=_unreferred, also=(session_duty,)),
)
"""In this order: what speaks of sessions goes before them."""


async def remove_some(tx: Writing, job: Job, keep: Keep, *, now_ms: int) -> int:
    """Remove at most BATCH rows of this kind; how many."""
    before_ms = now_ms - getattr(keep, job.days) * DAY_MS
    keys = list(job.table.primary_key.columns)
    rows = await tx.all(select(*keys).where(job.due(before_ms)).limit(BATCH))
    if not rows:
        return 0
    found = [tuple(row) for row in rows]
    mine = keys[0].in_([each[0] for each in found]) if len(keys) == 1 else tuple_(*keys).in_(found)
    for table in job.also:
        await tx.execute(delete(table).where(table.c.session_id.in_([each[0] for each in found])))
    await tx.execute(update(job.table).where(mine).values(job.blank) if job.blank else delete(job.table).where(mine))
    return len(found)
