"""Accounts: one-time passwords, roles that nobody raises for themselves, closed accounts, logins that end."""

import asyncio
import re

import httpx
import pytest

from central.staff import gate
from central.store import staff
from central.store.staff import Role, User
from tests.central_rig import MovedClock, Rig
from tests.staff_rig import PAGE, PASSWORD, Member, account, browser, enters, member

pytestmark = pytest.mark.anyio
OWN = "kata-sandi-sendiri"


@pytest.fixture
async def admin(rig: Rig) -> Member:
    await rig.facility()
    return await member(rig, Role.ADMIN)


async def user(rig: Rig, name: str) -> User:
    async with rig.central.database.read() as db:
        found = await staff.by_name(db, name)
    assert found is not None
    return found


def password_in(page: str) -> str:
    found = re.search(r'class="linkbox">([2-9A-Z-]+)<', page)
    assert found is not None, page
    return found.group(1)


async def log_in(rig: Rig, name: str, password: str) -> httpx.Response:
    return await browser(rig).post("/login", data={"name": name, "password": password}, headers=PAGE)


async def act(who: Member, name: str, other: User, **form: str) -> httpx.Response:
    return await who.post(f"/users/{other.id}/acts/{name}?lang=en", **form)


# ---- passwords for one use ----------------------------------------------------------------------------------------


async def test_a_new_user_comes_in_by_a_password_for_one_use_and_first_chooses_an_own_one(
    rig: Rig, admin: Member
) -> None:
    page = (await admin.post("/users", name="budi", role="officer", facility="all")).text
    once = password_in(page)
    assert once not in (await admin.sees("/users")), "it is shown this once"
    budi = await enters(rig, "budi", once)
    for path in ("/board", "/queue", "/terminals"):
        answer = await budi.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert (await budi.post("/board/acts/emergency")).status_code == 303
    assert 'href="/board"' not in await budi.sees("/account"), "the menu leads nowhere that is closed yet"
    data = await budi.client.get("/board/events")
    assert data.status_code == 403
    done = await budi.post("/account/acts/password", old=once, new=OWN, again=OWN)
    assert done.status_code == 200
    assert (await budi.get("/board")).status_code == 200
    assert (await log_in(rig, "budi", once)).status_code == 403


async def test_a_password_for_one_use_is_good_for_a_day(rig: Rig, admin: Member, clock: MovedClock) -> None:
    once = password_in((await admin.post("/users", name="budi", role="viewer", facility="all")).text)
    clock.move(24 * 3600 + 1)
    assert (await log_in(rig, "budi", once)).status_code == 403


async def test_a_reset_ends_all_logins_and_the_old_password(rig: Rig, admin: Member) -> None:
    sari = await member(rig, Role.OFFICER, name="sari")
    once = password_in((await act(admin, "user_password", await user(rig, "sari"))).text)
    assert (await sari.get("/board")).headers["location"] == "/login?again=1"
    assert (await log_in(rig, "sari", PASSWORD)).status_code == 403
    assert (await log_in(rig, "sari", once)).status_code == 303


# ---- who may what to whom -----------------------------------------------------------------------------------------


async def test_nobody_raises_themselves(rig: Rig, admin: Member) -> None:
    place = await rig.facility("Rutan Dua")
    supervisor = await member(rig, Role.SUPERVISOR, place)
    me = await user(rig, "supervisor")
    for form in ({"role": "admin", "facility": "all"}, {"role": "admin", "facility": place}):
        answer = await act(supervisor, "user_role", me, **form)
        assert (answer.status_code, "cannot change your own account" in answer.text) == (403, True)
        made = await supervisor.post("/users?lang=en", name="teman", **form)
        assert (made.status_code, "beyond your own" in made.text) == (409, True)
    assert (await user(rig, "supervisor")).role is Role.SUPERVISOR
    boss = await act(supervisor, "user_password", await user(rig, "admin"))
    assert boss.status_code == 404, "who is above is not even there"


async def test_a_supervisor_has_the_own_facility_and_those_below(rig: Rig, admin: Member) -> None:
    here, there = await rig.facility("Rutan Dua"), await rig.facility("Rutan Tiga")
    supervisor = await member(rig, Role.SUPERVISOR, here)
    await account(rig, "sari", Role.OFFICER, here)
    await account(rig, "wati", Role.OFFICER, there)
    await account(rig, "beside", Role.SUPERVISOR, here)
    page = await supervisor.sees("/users")
    assert "sari" in page
    assert "wati" not in page
    assert (
        await act(supervisor, "user_role", await user(rig, "sari"), role="viewer", facility=here)
    ).status_code == 200
    assert (await user(rig, "sari")).role is Role.VIEWER
    assert (await act(supervisor, "user_disable", await user(rig, "wati"))).status_code == 404
    assert (await act(supervisor, "user_disable", await user(rig, "beside"))).status_code == 403
    moved = await act(supervisor, "user_role", await user(rig, "sari"), role="viewer", facility=there)
    assert moved.status_code == 403
    assert (await act(supervisor, "user_role", await user(rig, "sari"), role="king", facility=here)).status_code == 409


async def test_the_last_admin_stays(rig: Rig, admin: Member) -> None:
    second = await member(rig, Role.ADMIN, name="kedua")
    for one, other in ((second, "admin"), (admin, "kedua")):
        found = await user(rig, other)
        assert (await act(one, "user_role", found, role="viewer", facility="all")).status_code == 200
        async with rig.central.database.write() as tx:
            await staff.change_role(tx, found, Role.ADMIN, None)
    both = await asyncio.gather(
        act(admin, "user_disable", await user(rig, "kedua")), act(second, "user_disable", await user(rig, "admin"))
    )
    assert sorted(answer.status_code for answer in both)[0] == 200
    async with rig.central.database.read() as db:
        left = [one for one in await staff.every(db) if one.role is Role.ADMIN and one.disabled_at_ms is None]
    assert len(left) == 1


async def test_a_role_that_was_taken_away_decides_nothing_more(rig: Rig, admin: Member) -> None:
    second = await member(rig, Role.ADMIN, name="kedua")
    await act(admin, "user_role", await user(rig, "kedua"), role="officer", facility="all")
    assert (await second.get("/users")).status_code == 403
    assert (await second.post("/users", name="x", role="admin", facility="all")).status_code == 403


# ---- closed accounts and logins -----------------------------------------------------------------------------------


async def test_a_closed_account_is_out_at_once_and_comes_back_when_it_is_opened(rig: Rig, admin: Member) -> None:
    sari = await member(rig, Role.OFFICER, name="sari")
    await act(admin, "user_disable", await user(rig, "sari"))
    assert (await sari.get("/board")).status_code == 303
    closed = await log_in(rig, "sari", PASSWORD)
    wrong = await log_in(rig, "sari", "salah")
    assert (closed.status_code, closed.text) == (wrong.status_code, wrong.text), (
        "a closed account looks like a wrong word"
    )
    await act(admin, "user_enable", await user(rig, "sari"))
    assert (await log_in(rig, "sari", PASSWORD)).status_code == 303


async def test_a_login_ends_an_hour_after_its_last_use_and_fourteen_hours_after_it_began(
    rig: Rig, clock: MovedClock
) -> None:
    await rig.facility()
    sari = await member(rig, Role.OFFICER, name="sari")
    began, step_s = clock.now_ms, 50 * 60
    while (await sari.get("/board")).status_code == 200:
        clock.move(step_s)
    assert 0 <= clock.now_ms - began - gate.LASTS_MS < step_s * 1000, "used all the time, it lasts a working day"
    fresh = await enters(rig, "sari")
    clock.move(gate.IDLE_MS / 1000 + 1)
    assert (await fresh.get("/board")).headers["location"] == "/login?again=1"


@pytest.mark.parametrize(
    ("began", "now", "ends"),
    [(0, 0, gate.IDLE_MS), (0, 13 * 3_600_000, 14 * 3_600_000), (0, 13_900_000, 13_900_000 + gate.IDLE_MS)],
)
def test_a_login_lasts_while_it_is_used_but_never_longer_than_a_day_of_work(began: int, now: int, ends: int) -> None:
    assert gate.ends_at_ms(began, now) == ends


async def test_own_logins_are_seen_by_their_browser_and_ended_one_by_one_or_all_but_this(rig: Rig) -> None:
    await rig.facility()
    await account(rig, "sari", Role.OFFICER)
    android = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"
    phone = browser(rig)
    phone.headers["user-agent"] = android
    await phone.post("/login", data={"name": "sari", "password": PASSWORD}, headers=PAGE)
    desk, third = await enters(rig, "sari"), await enters(rig, "sari")
    page = await desk.sees("/account")
    assert "Chrome, Android" in page
    (first, *_) = re.findall(r'name="login" value="([0-9a-f]{64})"', page)
    assert (await desk.post("/account/acts/login", login=first)).status_code == 200
    assert (await desk.post("/account/acts/login", login=first)).status_code == 409
    assert (await desk.post("/account/acts/login", login="all")).status_code == 200
    assert (await desk.get("/board")).status_code == 200
    assert (await third.get("/board")).status_code == 303
    assert (await phone.get("/board", headers=PAGE)).status_code == 303


async def test_nobody_ends_the_login_of_somebody_else(rig: Rig, admin: Member) -> None:
    sari = await member(rig, Role.OFFICER, name="sari")
    mine = (await user(rig, "sari")).id
    async with rig.central.database.read() as db:
        found = await staff.logins(db, now_ms=rig.central.clock())
    (other,) = [login for login in found if login.user_id != mine]
    assert (await sari.post("/account/acts/login", login=other.id_hash)).status_code == 409
    assert (await admin.get("/board")).status_code == 200


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"old": PASSWORD, "new": "pendek", "again": "pendek"}, "8 to 256"),
        ({"old": PASSWORD, "new": OWN, "again": OWN + "x"}, "differ"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "must differ"),
        ({"old": "salah", "new": OWN, "again": OWN}, "does not match"),
    ],
)
async def test_a_password_that_cannot_be_is_refused_in_words(rig: Rig, form: dict[str, str], said: str) -> None:
    sari = await member(rig, Role.OFFICER, name="sari")
    answer = await sari.post("/account/acts/password?lang=en", **form)
    assert answer.status_code == 409
    assert said in answer.text
    assert (await log_in(rig, "sari", PASSWORD)).status_code == 303


async def test_a_stolen_login_is_no_way_to_guess_the_password(rig: Rig) -> None:
    sari = await member(rig, Role.OFFICER, name="sari")
    statuses = [
        (await sari.post("/account/acts/password", old=f"tebak-{n}", new=OWN, again=OWN)).status_code for n in range(7)
    ]
    assert statuses == [409] * 5 + [429] * 2
    assert (await sari.post("/account/acts/password", old=PASSWORD, new=OWN, again=OWN)).status_code == 429


async def test_the_first_page_says_how_to_make_the_first_user_and_then_no_more(rig: Rig) -> None:
    assert "bilik-central user add" in (await browser(rig).get("/login?lang=en", headers=PAGE)).text
    await account(rig, "sari", Role.OFFICER)
    assert "bilik-central user add" not in (await browser(rig).get("/login?lang=en", headers=PAGE)).text
