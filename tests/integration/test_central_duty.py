"""Who is on duty: noted at every session from open boards and acts, also of officers who come or go in the middle of it."""

import pytest

from central.credentials import hashed
from central.store import duty, staff
from central.store.staff import Role
from tests.central_rig import Booth, MovedClock, Rig

pytestmark = pytest.mark.anyio


async def here(rig: Rig, booth: Booth, name: str) -> None:
    async with rig.central.database.write() as tx:
        await duty.on_duty(tx, booth.facility_id, name, now_ms=rig.central.clock())


async def noted(rig: Rig, session_id: str) -> tuple[str, ...]:
    async with rig.central.database.read() as db:
        return (await duty.of_sessions(db, [session_id])).get(session_id, ())


async def test_who_is_on_duty_when_a_session_opens_is_noted_at_it(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await here(rig, booth, "siti")
    await here(rig, booth, "budi")
    await rig.open(booth, session.id)
    assert await noted(rig, session.id) == ("budi", "siti")


async def test_who_left_before_is_not_and_who_comes_later_is(rig: Rig, clock: MovedClock) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await here(rig, booth, "pagi")
    clock.move(duty.PRESENT_MS / 1000)
    await rig.open(booth, session.id)
    assert await noted(rig, session.id) == ()
    clock.move(1)
    await here(rig, booth, "siang")
    await here(rig, booth, "siang")
    assert await noted(rig, session.id) == ("siang",)


async def test_an_officer_of_one_place_is_not_on_duty_at_another(rig: Rig) -> None:
    booth, other = await rig.booth(), await rig.booth("Bilik 1", facility_id=await rig.facility("Rutan Dua"))
    session = await rig.session(other)
    await here(rig, booth, "siti")
    await rig.open(other, session.id)
    assert await noted(rig, session.id) == ()


async def test_an_act_is_a_sign_of_duty_also_without_a_script(rig: Rig) -> None:
    booth = await rig.booth()
    session = await rig.session(booth)
    await rig.open(booth, session.id)
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        user = await staff.add_user(tx, name="siti", role=Role.OFFICER, facility_id=None, password_hash="", now_ms=now)
        await staff.add_session(
            tx, id_hash=hashed("cookie"), user_id=user, csrf="c", now_ms=now, expires_at_ms=now + 3_600_000
        )
    form = {"csrf": "c", "terminal": booth.id, "session": session.id, "text": "Halo"}
    answer = await rig.client.post("/board/acts/message", data=form, headers={"Cookie": "bilik_staff=cookie"})
    assert answer.status_code == 200, answer.text
    assert await noted(rig, session.id) == ("siti",)
