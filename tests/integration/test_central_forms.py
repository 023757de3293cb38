"""Staff's forms and addresses filled with what no browser sends: refused in words, never a failure of central, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from central.app import create_app, running
from central.credentials import Passwords
from central.routes.problems import log_unforeseen
from central.store import staff
from central.store.staff import Role
from tests.central_rig import MovedClock, Rig, central_parts
from tests.databases import copy_of_model

pytestmark = pytest.mark.anyio

PASSWORD = "lima-belas-langkah"
ODD = [
    b"",
    b"%00",
    b"%ff%fe",
    b"%ed%a0%80",
    b"a" * 70_000,
    b"%0d%0aSet-Cookie:%20x=1",
    b"%F0%9F%8E%89",
    b"..%2f..",
    b"'%22--",
    b"{{7*7}}",
    b"%E2%80%AE",
]
FIELDS = (b"name", b"password", b"terminal", b"session", b"party", b"text", b"canned", b"csrf")
ACTS = ("extend", "message", "end", "lock", "unlock", "start", "admit", "emergency", "nothing", "%00", "..", "%ff")
FORM = {"content-type": "application/x-www-form-urlencoded"}
HEAD = b"--b\r\nContent-Disposition: form-data"
BROKEN = [
    ({"content-type": "multipart/form-data"}, b"x"),
    ({"content-type": "multipart/form-data; boundary=b"}, HEAD + b"\r\n\r\n\xff\r\n--b--"),
    ({"content-type": "multipart/form-data; boundary=b"}, HEAD + b'; name="name"; filename="f"\r\n\r\nx\r\n--b--'),
    ({"content-type": "application/json"}, b'{"name":1'),
    ({"content-type": "application/json"}, b"[" * 30_000),
    ({"content-type": "text/plain"}, b"\xff"),
    (FORM, b"&&&===&%"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(5_000))),
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """A central with an officer who is logged in."""
    is_sqlite = request.param == "sqlite"
    file = f"sqlite:///{tmp_path}/central.sqlite3"
    url = file if is_sqlite else await copy_of_model(request.getfixturevalue("server"))
    async with central_parts(url, clock=MovedClock()) as central:
        app = create_app(central)
        transport = httpx.ASGITransport(app=app)
        async with running(app), httpx.AsyncClient(transport=transport, base_url="http://central.test") as client:
            rig = Rig(central, client)
            await rig.booth()
            await _log_in(rig)
            yield rig


async def _log_in(rig: Rig) -> None:
    hashed = await Passwords(light=True).hash(PASSWORD)
    officer = {"name": "sari", "role": Role.OFFICER, "facility_id": None, "password_hash": hashed}
    async with rig.central.database.write() as tx:
        await staff.add_user(tx, **officer, now_ms=rig.central.clock())  # type: ignore[arg-type]  # one dict of several types
    entered = await rig.client.post("/login", data={"name": "sari", "password": PASSWORD})
    assert entered.status_code == 303


async def csrf(rig: Rig) -> str:
    """The token of the login's forms."""
    board = (await rig.client.get("/board")).text
    return board.partition('name="csrf" value="')[2].partition('"')[0]


async def test_a_form_of_any_content_is_answered_in_words(desk: Rig) -> None:
    token = (await csrf(desk)).encode()
    assert token
    failed = []
    for odd in ODD:
        body = b"&".join(field + b"=" + (token if field == b"csrf" else odd) for field in FIELDS)
        for act in ACTS:
            answer = await desk.client.post(f"/board/acts/{act}", content=body, headers=FORM)
            failed += [(act, odd[:20], answer.status_code)] if answer.status_code >= 500 else []
    assert not failed


async def test_a_login_of_any_content_is_answered_in_words(desk: Rig) -> None:
    failed = []
    desk.client.cookies.clear()
    for at, odd in enumerate(ODD):
        clock = desk.central.clock
        assert isinstance(clock, MovedClock)
        clock.move(61)
        answer = await desk.client.post("/login", content=b"name=" + odd + b"x%d&password=" % at + odd, headers=FORM)
        failed += [(odd[:20], answer.status_code)] if answer.status_code >= 500 else []
        assert "x=1" not in str(answer.headers)
    assert not failed


@pytest.mark.parametrize("path", ["/login", "/board/acts/lock", "/logout", "/board/links/s-1"])
async def test_a_body_that_is_no_form_is_answered_in_words(desk: Rig, path: str) -> None:
    failed = []
    for headers, body in BROKEN:
        answer = await desk.client.post(path, content=body, headers=headers)
        failed += [(body[:30], answer.status_code)] if answer.status_code >= 500 else []
    assert not failed


async def test_an_address_with_odd_letters_is_answered_in_words(desk: Rig) -> None:
    failed = []
    for odd in ("%00", "%ff", "%0d%0ax:%20y", "a" * 5_000, "%ed%a0%80"):
        for path in (
            f"/board/stills/{odd}",
            f"/board?facility={odd}",
            f"/join?{odd}",
            f"/static/{odd}/{odd}",
            f"/fonts/{odd}",
            f"/login?lang={odd}",
        ):
            answer = await desk.client.get(path)
            failed += [(path[:40], answer.status_code)] if answer.status_code >= 500 else []
        answer = await desk.client.post(f"/board/links/{odd}", data={"csrf": await csrf(desk)})
        failed += [(f"links {odd[:20]}", answer.status_code)] if answer.status_code >= 500 else []
    assert not failed


async def test_a_statement_that_fails_says_nothing_of_its_values(desk: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw is logged with its cause; neither the statement's values nor the database's rows come along."""
    with pytest.raises(DBAPIError) as failed:
        async with desk.central.database.write() as tx:
            await tx.execute(
                text("insert into users (id, name) values (:id, :name)"), {"id": "u-1", "name": "Zulkarnaen"}
            )
    await log_unforeseen(failed.value, {})  # type: ignore[typeddict-item]  # a scope without a route is enough
    assert "a route failed" in caplog.text
    assert "central_forms" in caplog.text
    assert "Zulkarnaen" not in caplog.text
