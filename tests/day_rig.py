"""A facility that plans its days, a family's forms and an officer's, for the tests of days."""

import re

import httpx

from central.credentials import Passwords
from central.store import registrations, schedules, staff
from central.store.registrations import Registration
from central.store.schedules import Schedule
from central.store.sessions import CallSession
from central.store.staff import Role
from tests.central_rig import Booth, Rig

PASSWORD = "lima-belas-langkah"
TODAY, TOMORROW = "2026-11-21", "2026-11-22"
OPEN = ((8 * 60, 22 * 60),)


async def place(rig: Rig, *, count: int = 2, **fields: object) -> list[Booth]:
    """A facility that is open every day, and its booths."""
    first = await rig.booth()
    booths = [first, *[await rig.booth(f"Bilik {n}", facility_id=first.facility_id) for n in range(2, count + 1)]]
    async with rig.central.database.write() as tx:
        await schedules.put(tx, first.facility_id, Schedule(**({"week": (OPEN,) * 7, "lead_s": 0} | fields)))  # type: ignore[arg-type]  # its fields
    return booths


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


def wish(nonce: str, **fields: str) -> dict[str, str]:
    known = {"name": "Siti Aminah", "relation": "spouse", "phone": "0812 3456-7890", "inmate": "Budi Santoso"}
    return known | {"day": TODAY, "consent": "yes", "nonce": nonce} | fields


async def registered(rig: Rig, **fields: str) -> httpx.Response:
    page = await rig.client.get("/daftar?lang=en")
    return await rig.client.post("/daftar?lang=en", data=wish(field(page.text, "nonce"), **fields))


async def stored(rig: Rig, booth: Booth, day: str = TODAY) -> list[Registration]:
    async with rig.central.database.read() as db:
        return await registrations.of_day(db, booth.facility_id, day)


async def session_of(rig: Rig, found: Registration) -> CallSession:
    assert found.session_id is not None
    return await rig.stored(found.session_id)


async def log_in(rig: Rig) -> str:
    """An officer logs in; the token of the forms."""
    hashed = await Passwords(light=True).hash(PASSWORD)
    async with rig.central.database.write() as tx:
        await staff.add_user(
            tx, name="sari", role=Role.OFFICER, facility_id=None, password_hash=hashed, now_ms=rig.central.clock()
        )
    assert (await rig.client.post("/login", data={"name": "sari", "password": PASSWORD})).status_code == 303
    return field((await rig.client.get("/queue")).text, "csrf")


async def act(rig: Rig, name: str, csrf: str, /, **fields: str) -> httpx.Response:
    return await rig.client.post(f"/queue/acts/{name}?lang=en", data={"csrf": csrf} | fields)
