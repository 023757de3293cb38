"""The page of opening hours and talk time: officers read it, supervisors change it, all of it or nothing."""

import pytest

from central.credentials import Passwords
from central.staff.schedule_form import shown
from central.store import schedules, staff
from central.store.schedules import Schedule
from central.store.staff import Role
from tests.central_rig import Booth, Rig
from tests.day_rig import PASSWORD, field, log_in, place

pytestmark = pytest.mark.anyio


async def stored(rig: Rig, booth: Booth) -> Schedule:
    async with rig.central.database.read() as db:
        found = await schedules.get(db, booth.facility_id)
    assert found is not None
    return found


async def test_a_supervisor_changes_it_and_what_is_wrong_changes_nothing(rig: Rig) -> None:
    booth, _ = await place(rig)
    hashed = await Passwords(light=True).hash(PASSWORD)
    async with rig.central.database.write() as tx:
        await staff.add_user(
            tx, name="ketua", role=Role.SUPERVISOR, facility_id=None, password_hash=hashed, now_ms=rig.central.clock()
        )
    await rig.client.post("/login", data={"name": "ketua", "password": PASSWORD})
    csrf = field((await rig.client.get("/schedule?lang=en")).text, "csrf")
    form = shown(await stored(rig, booth), comma=".") | {"csrf": csrf}
    saved = await rig.client.post("/schedule?lang=en", data=form | {"ceiling_s": "20", "week_6": ""})
    assert "Saved" in saved.text
    assert ((await stored(rig, booth)).ceiling_s, (await stored(rig, booth)).week[6]) == (1200, ())
    wrong = await rig.client.post("/schedule?lang=en", data=form | {"ceiling_s": "5000", "week_0": "x"})
    assert wrong.status_code == 409
    assert "2 fields need mending" in wrong.text
    assert 'value="5000"' in wrong.text
    assert (await stored(rig, booth)).ceiling_s == 1200


async def test_an_officer_reads_it_and_may_not_change_it(rig: Rig) -> None:
    booth, _ = await place(rig)
    csrf = await log_in(rig)
    page = (await rig.client.get("/schedule?lang=en")).text
    assert "Only supervisors" in page
    form = shown(await stored(rig, booth), comma=".") | {"csrf": csrf, "ceiling_s": "20"}
    assert (await rig.client.post("/schedule", data=form)).status_code == 403
    assert (await stored(rig, booth)).ceiling_s == 900
