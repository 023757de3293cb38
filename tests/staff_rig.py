"""Members of the staff for tests: each with an account, a login of their own and the token of its forms."""

from dataclasses import dataclass

import httpx

from central.credentials import Passwords
from central.store import staff
from central.store.staff import Role
from tests.central_rig import Rig

PASSWORD = "lima-belas-langkah"
PAGE = {"accept": "text/html"}


@dataclass
class Member:
    """Somebody who is logged in."""

    name: str
    client: httpx.AsyncClient
    csrf: str

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=PAGE)

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf} | form, headers=PAGE)

    async def sees(self, path: str, language: str = "en") -> str:
        """The page in this language; it has to be there."""
        answer = await self.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert answer.status_code == 200, answer.text
        return answer.text


def browser(rig: Rig) -> httpx.AsyncClient:
    """A browser that has no cookie yet."""
    return httpx.AsyncClient(transport=rig.client._transport, base_url=rig.url)


async def account(rig: Rig, name: str, role: Role, facility_id: str | None = None) -> str:
    """Somebody who may log in by PASSWORD; their id."""
    hashed = await Passwords(light=True).hash(PASSWORD)
    now = rig.central.clock()
    async with rig.central.database.write() as tx:
        return await staff.add_user(tx, name=name, role=role, facility_id=facility_id, password_hash=hashed, now_ms=now)


async def enters(rig: Rig, name: str, password: str = PASSWORD) -> Member:
    """Log in by a browser of their own."""
    client = browser(rig)
    answer = await client.post("/login", data={"name": name, "password": password}, headers=PAGE)
    assert answer.status_code == 303, answer.text
    page = (await client.get("/account", headers=PAGE)).text
    return Member(name, client, page.partition('name="csrf" value="')[2].partition('"')[0])


async def member(rig: Rig, role: Role, facility_id: str | None = None, *, name: str = "") -> Member:
    """A new account, logged in."""
    called = name or role.value
    await account(rig, called, role, facility_id)
    return await enters(rig, called)
