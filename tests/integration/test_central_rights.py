"""Every route of the staff, with every role: what is not allowed is refused, and a route that says nothing is closed."""

from typing import Any

import pytest
from litestar import Litestar, Response, Router, get
from litestar.routes import HTTPRoute
from sqlalchemy import text

from central.app import ROUTERS, create_app
from central.staff.gate import gate
from central.store.staff import Role
from tests.central_rig import Rig
from tests.staff_rig import Member, browser, member

pytestmark = pytest.mark.anyio

LEAST = {
    Role.VIEWER: """
        POST /logout
        GET /board
        GET /board/events
        GET /board/stills/{session_id:str}
        GET /queue
        GET /schedule
        GET /terminals
        GET /terminals/{terminal_id:str}
        GET /account
        POST /account/acts/{act:str}
        GET /reports
        GET /reports/print
        GET /reports/laporan.csv
        GET /reports/laporan.xlsx
    """,
    Role.OFFICER: """
        POST /board/acts/{act:str}
        POST /board/links/{session_id:str}
        POST /queue/acts/{act:str}
        GET /queue/codes/{registration:str}
        POST /terminals/{terminal_id:str}/acts/{act:str}
        GET /displays
        POST /displays/acts/{act:str}
        GET /day-list
        GET /day-paper
        POST /day-paper
        GET /import
        POST /import
        POST /import/approve
        GET /import/template/{name:str}
    """,
    Role.SUPERVISOR: """
        POST /terminals
        GET /users
        POST /users
        POST /users/{user_id:str}/acts/{act:str}
        GET /settings
        POST /settings
        POST /schedule
        GET /audit
        GET /audit/jejak.csv
    """,
    Role.ADMIN: """
        POST /settings/facilities
    """,
}
"""The least role of every route of the staff: whoever adds a route says here who may."""

DOORS = """
    GET /login
    POST /login
    GET /daftar
    POST /daftar
    GET /ikuti
    POST /ikuti
    POST /ikuti/day
    GET /display
    POST /display
    GET /display/events
"""
"""Behind the gate too, but open to everybody."""

OPEN = ("/", "/join", "/static/", "/fonts/", "/health/", "/metrics", "/api/v1/")
"""What no log-in guards, or another one does: terminals by their token, families by their link."""

STREAMS = ("GET /board/events",)
"""Answers without an end: tried with those alone who are refused."""

PASSED = (200, 303, 400, 404, 409, 429)


def named(lines: str) -> set[str]:
    return {line.strip() for line in lines.strip().splitlines()}


TABLE = {name: role for role, lines in LEAST.items() for name in named(lines)}
ORDER = tuple(Role)


def served() -> dict[str, tuple[bool, dict[str, Any]]]:
    """Every route by method and path: whether the gate stands before it, and what it says of itself."""
    app = Litestar(route_handlers=ROUTERS, openapi_config=None, logging_config=None)
    return {
        f"{method} {route.path}": (handler.resolve_before_request() is not None, dict(handler.opt))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    }


def test_this_table_names_every_route_behind_the_gate() -> None:
    gated = {name for name, (is_gated, _) in served().items() if is_gated}
    assert gated - named(DOORS) == set(TABLE), "say in this table which role may use a new route"


def test_what_is_no_door_of_everybodys_stands_behind_the_gate() -> None:
    found = served()
    ungated = [name for name, (is_gated, _) in found.items() if not is_gated]
    assert [name for name in ungated if not name.partition(" ")[2].startswith(OPEN[1:]) and name != "GET /"] == []
    doors = {name for name, (_, opt) in found.items() if opt.get("door")}
    assert doors == named(DOORS)


def address(name: str) -> tuple[str, str]:
    method, _, path = name.partition(" ")
    parts = ["x" if part.startswith("{") else part for part in path.split("/")]
    return method, "/".join(parts)


async def asks(who: Member, name: str) -> int:
    method, path = address(name)
    answer = await (who.get(path) if method == "GET" else who.post(path))
    return answer.status_code


@pytest.mark.parametrize("role", Role)
async def test_a_role_passes_where_the_table_says_and_nowhere_else(rig: Rig, role: Role) -> None:
    await rig.booth()
    who = await member(rig, role)
    wrong = []
    for name, least in sorted(TABLE.items(), key=lambda each: each[0] == "POST /logout"):
        may = ORDER.index(role) >= ORDER.index(least)
        if may and name in STREAMS:
            continue
        status = await asks(who, name)
        wrong += [(name, status)] if (status not in PASSED if may else status != 403) else []
    assert wrong == []


async def test_nobody_passes_without_a_login_and_is_led_to_the_door(rig: Rig) -> None:
    await rig.booth()
    stranger = Member("nobody", browser(rig), "")
    answers = {name: await asks(stranger, name) for name in TABLE}
    assert {name: status for name, status in answers.items() if status != 303} == {}
    without_page = await stranger.client.get("/terminals", headers={"accept": "application/json"})
    assert without_page.status_code == 401


async def test_a_route_that_says_nothing_of_who_may_is_closed_to_all(rig: Rig) -> None:
    @get("/forgotten")
    async def forgotten() -> Response[str]:
        return Response("open")

    who = await member(rig, Role.ADMIN)
    app = create_app(rig.central, routers=[Router(path="/", before_request=gate, route_handlers=[forgotten])])
    transport, who.client._transport = who.client._transport, type(who.client._transport)(app=app)  # type: ignore[call-arg]
    try:
        assert (await who.get("/forgotten")).status_code == 403
    finally:
        who.client._transport = transport


async def test_a_member_of_one_facility_finds_nothing_of_another(rig: Rig) -> None:
    here = await rig.booth()
    there = await rig.booth("Bilik 9", facility_id=await rig.facility("Rutan Dua"))
    who = await member(rig, Role.SUPERVISOR, here.facility_id)
    assert (await who.get(f"/terminals/{here.id}")).status_code == 200
    assert (await who.get(f"/terminals/{there.id}")).status_code == 404
    for act in ("run_diagnosis", "revoke", "rename", "enrol", "approve", "lock"):
        assert (await who.post(f"/terminals/{there.id}/acts/{act}", name="Milik saya")).status_code == 404
    for path in ("/terminals", "/settings", "/audit", "/users"):
        assert "Rutan Dua" not in await who.sees(f"{path}?facility={there.facility_id}")
    changed = await who.post(f"/settings?facility={there.facility_id}", credit_s="7")
    assert changed.status_code in (303, 409)
    async with rig.central.database.read() as db:
        rows = await db.all(text("select name, settings from facilities"))
    assert {row.name: '"credit_s":7' in row.settings for row in rows}["Rutan Dua"] is False
