"""What a facility's days are like: opening hours, holidays, limits of talk time, quota, and how long names are kept."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field
from sqlalchemy import select

from central.schedule.model import Limits, Rules
from central.schedule.windows import Hours, Opening
from central.store.day_tables import schedules
from central.store.engine import Reading, Writing

TalkS = Annotated[int, Meta(ge=1, le=14_400)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Minutes = tuple[Annotated[int, Meta(ge=0, le=1440)], Annotated[int, Meta(ge=1, le=1440)]]


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. `week`: for Monday to Sunday, minutes of the day from and to; `dates`: the same for single dates.

    `days_ahead`: families register for today and so many days. `lead_s`: who is elsewhere gets
    no time nearer than this. `quota_*`: turns of one inmate, 0 is no limit. `most_waiting`:
    so many registrations a day are taken. `keep_days`: after so many days names and phone numbers are removed.
    """

    week: tuple[tuple[Minutes, ...], ...] = field(default_factory=lambda: ((),) * 7)
    dates: dict[str, tuple[Minutes, ...]] = {}
    registration: bool = True
    days_ahead: Annotated[int, Meta(ge=0, le=60)] = 14
    floor_s: TalkS = 300
    default_s: TalkS = 600
    ceiling_s: TalkS = 900
    change_over_s: Seconds = 90
    step_s: Annotated[int, Meta(ge=1, le=300)] = 30
    notice_s: Seconds = 7200
    grace_s: Seconds = 300
    lead_s: Seconds = 600
    quota_day: Count = 1
    quota_month: Count = 0
    most_waiting: Count = 200
    most_by_phone: Annotated[int, Meta(ge=1, le=20)] = 2
    keep_days: Annotated[int, Meta(ge=1, le=366)] = 30

    @property
    def rules(self) -> Rules:
        """The planner's part; raises ValueError for limits that do not rise."""
        return Rules(
            limits=Limits(floor_s=self.floor_s, default_s=self.default_s, ceiling_s=self.ceiling_s),
            change_over_s=self.change_over_s,
            step_s=self.step_s,
            notice_s=self.notice_s,
            grace_s=self.grace_s,
        )

    def opening(self, timezone: str) -> Opening:
        """The opening hours in that zone; raises ValueError for hours that no day has."""
        return Opening(
            timezone=timezone,
            week={day: _hours(spans) for day, spans in enumerate(self.week)},
            dates={date.fromisoformat(day): _hours(spans) for day, spans in self.dates.items()},
        )


def _hours(spans: tuple[Minutes, ...]) -> tuple[Hours, ...]:
    return tuple(Hours(from_minute, to_minute) for from_minute, to_minute in spans)


async def get(db: Reading, facility_id: str) -> Schedule | None:
    """A facility's schedule; None if it plans its days elsewhere."""
    row = await db.first(select(schedules.c.body).where(schedules.c.facility_id == facility_id))
    return None if row is None else msgspec.json.decode(row.body, type=Schedule)


async def every(db: Reading) -> dict[str, Schedule]:
    """All schedules by facility."""
    rows = await db.all(select(schedules))
    return {row.facility_id: msgspec.json.decode(row.body, type=Schedule) for row in rows}


async def put(tx: Writing, facility_id: str, schedule: Schedule) -> None:
    """Store it in place of the one before; raises ValueError if its hours or limits contradict each other."""
    schedule.opening("UTC")
    _ = schedule.rules
    body = msgspec.json.encode(schedule).decode()
    statement = tx.insert(schedules).values(facility_id=facility_id, body=body)
    await tx.execute(statement.on_conflict_do_update(index_elements=["facility_id"], set_={"body": body}))
    await tx.publish(f"facility:{facility_id}")
