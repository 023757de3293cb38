"""A country of facilities in an empty database: enrolled terminals, and a session each quarter of an hour for every one."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, insert

from central.credentials import hashed, link_token
from central.store.engine import Database
from central.store.facilities import FacilitySettings
from central.store.tables import facilities, sessions, terminals
from central.time import now_ms

BOOTHS = 4
EVERY_MS = 15 * 60_000
TALK_S = 600
ROWS = 1000


class Seeded(msgspec.Struct, frozen=True):
    """What a simulated terminal is given."""

    terminal_id: str
    token: str


async def seed(database: Database, count: int, *, ahead_ms: int) -> list[Seeded]:
    """Fill the database; sessions begin spread over the quarter of an hour that begins `ahead_ms` from now."""
    now = now_ms()
    booths = [Seeded(f"t-{number}", f"token-{number}") for number in range(count)]
    houses = [f"f-{number}" for number in range(-(-count // BOOTHS))]
    settings = msgspec.json.encode(FacilitySettings()).decode()
    await _insert(
        database,
        facilities,
        [{"id": house, "name": f"Rutan {house}", "settings": settings, "created_at_ms": now} for house in houses],
    )
    await _insert(
        database,
        terminals,
        [
            {
                "id": booth.terminal_id,
                "facility_id": houses[at // BOOTHS],
                "name": f"Bilik {at % BOOTHS + 1}",
                "token_hash": hashed(booth.token),
                "created_at_ms": now,
                "enrolled_at_ms": now,
            }
            for at, booth in enumerate(booths)
        ],
    )
    first = now + ahead_ms
    await _insert(
        database,
        sessions,
        [
            _session(booth, houses[at // BOOTHS], at, start_at_ms=first + EVERY_MS * at // count, now=now)
            for at, booth in enumerate(booths)
        ],
    )
    return booths


def _session(booth: Seeded, house: str, at: int, *, start_at_ms: int, now: int) -> dict[str, Any]:
    session_id = f"s-{at}"
    return {
        "id": session_id,
        "facility_id": house,
        "terminal_id": booth.terminal_id,
        "number": f"A-{at % 1000:03d}",
        "start_at_ms": start_at_ms,
        "talk_s": TALK_S,
        "inmate_name": "Budi S.",
        "family_name": "Ibu Siti",
        "call_kind": "webrtc",
        "state": "planned",
        "visit_state": "none",
        "announced": True,
        "link_hash": hashed(link_token("fleet", session_id)),
        "created_at_ms": now,
    }


async def _insert(database: Database, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    for begin in range(0, len(rows), ROWS):
        async with database.write() as tx:
            await tx.execute(insert(table), list(rows[begin : begin + ROWS]))
