"""Facilities and what each decides for its booths."""

import zoneinfo
from collections.abc import Collection
from enum import StrEnum
from functools import cache, lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Select, bindparam, insert, select, update

from central.meetings import WrongMeeting, allowed
from central.store.engine import Reading, Writing
from central.store.ids import new_id
from central.store.impossible import Impossible
from central.store.tables import facilities, terminals
from protocol.terminal import CheckInMethod, IcePolicy, TerminalSettings

LISTS = ("warn_at_s", "meeting_hosts")
"""Settings of several values, written with commas between them."""
Seconds = Annotated[int, Meta(ge=0, le=86_400)]


class AdmitMethod(StrEnum):
    """Who lets the family into the call: an officer after seeing the face, or nobody."""

    OFFICER = "officer"
    AUTOMATIC = "automatic"


class ListenRight(StrEnum):
    """Whose right it is to hear a call: staff of this role and of those above it, or nobody's."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    NOBODY = "nobody"


class FacilitySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a facility can set; the first part goes to its terminals as it is, the rest is central's own.

    `canned_*`: officers' ready messages in that language, one a line; none: those that central brings.
    """

    timezone: str = "Asia/Jakarta"
    language: Annotated[str, Meta(pattern="^(id|en)$")] = "id"
    check_in: CheckInMethod = CheckInMethod.NONE
    check_in_early_s: Seconds = 60
    no_show_inmate_s: Seconds = 300
    join_grace_s: Seconds = 180
    credit_s: Seconds = 120
    warn_at_s: tuple[Annotated[int, Meta(ge=1, le=7200)], ...] = (300, 120, 60)
    farewell_s: Seconds = 12
    volume_percent: Annotated[int, Meta(ge=0, le=100)] = 80
    ice_policy: IcePolicy = IcePolicy.ALL
    admit: AdmitMethod = AdmitMethod.OFFICER
    extend_step_s: Annotated[int, Meta(ge=10, le=3600)] = 120
    listen: ListenRight = ListenRight.OFFICER
    canned_id: Annotated[str, Meta(max_length=2500)] = ""
    canned_en: Annotated[str, Meta(max_length=2500)] = ""
    meeting_hosts: tuple[Annotated[str, Meta(max_length=500)], ...] = ()

    def for_terminal(self, *, terminal_name: str, facility_name: str) -> TerminalSettings:
        """The part that a terminal is told."""
        own = {field: getattr(self, field) for field in TerminalSettings.__struct_fields__ if hasattr(self, field)}
        return TerminalSettings(terminal_name=terminal_name, facility_name=facility_name, **own)


class Facility(Struct, frozen=True, kw_only=True):
    """One Rutan or Lapas."""

    id: str
    name: str
    settings: FacilitySettings


def settings_from_words(words: dict[str, str], base: FacilitySettings | None = None) -> FacilitySettings:
    """Settings from `key=value` words; raises Impossible naming the key and what is allowed."""
    values: dict[str, Any] = msgspec.to_builtins(base or FacilitySettings())
    for key, word in words.items():
        if key not in values:
            raise Impossible(f"{key} is no setting of a facility; there are: {', '.join(sorted(values))}")
        values[key] = [part for part in word.split(",") if part] if key in LISTS else word
        try:
            msgspec.convert(values, FacilitySettings, strict=False)
        except msgspec.ValidationError as error:
            raise Impossible(f"{key}={word}: {error}") from error
    settings = msgspec.convert(values, FacilitySettings, strict=False)
    for entry in settings.meeting_hosts:
        try:
            allowed(entry)
        except WrongMeeting as error:
            raise Impossible(f"meeting_hosts: {error}") from error
    try:
        zoneinfo.ZoneInfo(settings.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise Impossible(f"timezone={settings.timezone}: no such time zone; Asia/Jakarta is one") from error
    return settings


@lru_cache(maxsize=4096)
def settings_from_json(body: str) -> FacilitySettings:
    """Settings as they are stored; most facilities have the same."""
    return msgspec.json.decode(body, type=FacilitySettings)


def _facility(row: Any) -> Facility:
    return Facility(id=row.id, name=row.name, settings=settings_from_json(row.settings))


async def add(tx: Writing, *, name: str, settings: FacilitySettings, now_ms: int) -> str:
    """Create one; returns its id; raises Impossible if the name is taken."""
    if await tx.first(select(facilities.c.id).where(facilities.c.name == name)):
        raise Impossible(f"there is a facility called {name} already")
    facility_id = new_id("f")
    row = {"id": facility_id, "name": name, "settings": msgspec.json.encode(settings).decode(), "created_at_ms": now_ms}
    await tx.execute(insert(facilities).values(row))
    return facility_id


async def get(db: Reading, facility_id: str) -> Facility | None:
    """One facility, or None."""
    row = await db.first(_one(), {"of": facility_id})
    return None if row is None else _facility(row)


@cache
def _one() -> Select[Any]:
    return select(facilities).where(facilities.c.id == bindparam("of"))


async def get_locked(tx: Writing, facility_id: str) -> Facility | None:
    """One facility, which nobody else changes before this transaction ends; or None."""
    row = await tx.first(select(facilities).where(facilities.c.id == facility_id).with_for_update())
    return None if row is None else _facility(row)


async def is_taken(db: Reading, name: str) -> bool:
    """Whether a facility is called this."""
    return await db.first(select(facilities.c.id).where(facilities.c.name == name)) is not None


async def rename(tx: Writing, facility_id: str, name: str) -> None:
    """Another name; `change_settings` tells the booths."""
    await tx.execute(update(facilities).where(facilities.c.id == facility_id).values(name=name))


async def every(db: Reading) -> list[Facility]:
    """All facilities by name."""
    return [_facility(row) for row in await db.all(select(facilities).order_by(facilities.c.name))]


async def settings_of(db: Reading, facility_ids: Collection[str]) -> dict[str, FacilitySettings]:
    """The settings of these facilities."""
    if not facility_ids:
        return {}
    rows = await db.all(select(facilities.c.id, facilities.c.settings).where(facilities.c.id.in_(facility_ids)))
    return {row.id: settings_from_json(row.settings) for row in rows}


async def change_settings(tx: Writing, facility_id: str, settings: FacilitySettings) -> None:
    """Store new settings and tell every terminal of the facility."""
    encoded = msgspec.json.encode(settings).decode()
    await tx.execute(update(facilities).where(facilities.c.id == facility_id).values(settings=encoded))
    moved = update(terminals).where(terminals.c.facility_id == facility_id).values(revision=terminals.c.revision + 1)
    rows = (await tx.execute(moved.returning(terminals.c.id))).all()
    await tx.publish(*(f"terminal:{row.id}" for row in rows), f"facility:{facility_id}")
