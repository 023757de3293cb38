"""Who may pass: the server-side login, the forms' token and the role, checked in one place before every staff route."""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from msgspec import Struct

from central.context import Central
from central.credentials import hashed
from central.staff import pages
from central.staff.words import LANGUAGES, Words, words
from central.store import staff
from central.store.staff import Role, User

COOKIE = "bilik_staff"
LANGUAGE_COOKIE = "bilik_language"
IDLE_MS = 12 * 3_600_000
TOUCH_MS = 60_000
RANK = {Role.VIEWER: 0, Role.OFFICER: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}
SAFE = ("GET", "HEAD", "OPTIONS")
NUL = "\0"

AnyRequest = Request[Any, Any, Any]


class Staff(Struct, frozen=True, kw_only=True):
    """A member of staff who is logged in; `csrf` belongs to this login alone."""

    user: User
    csrf: str
    id_hash: str

    def may(self, role: Role) -> bool:
        """Whether their role reaches this one."""
        return RANK[self.user.role] >= RANK[role]

    def may_see(self, facility_id: str) -> bool:
        """Whether that facility is theirs; without one of their own they see all."""
        return self.user.facility_id in (None, facility_id)


async def gate(request: AnyRequest) -> Response[Any] | None:
    """Litestar's before_request: an answer instead of the handler's, or None to go on.

    A route says in `opt` which `role` it needs; without one anybody may come.
    """
    request.state.form = {}
    if NUL in request.scope["path"]:
        return denied(request, "staff.missing", 404)
    if request.method not in SAFE:
        if not _same_origin(request):
            return denied(request, "staff.denied.csrf")
        form = await _form(request)
        if form is None:
            return denied(request, "staff.denied.csrf", 400)
        request.state.form = form
    found = await logged_in(request)
    request.state.staff = found
    needed = request.route_handler.opt.get("role")
    if needed is None:
        return None
    if found is None:
        return (
            pages.to("/login?again=1") if wants_page(request) else _problem(401, words_of(request), "staff.login.again")
        )
    if request.method not in SAFE and not _token_fits(request, found):
        return denied(request, "staff.denied.csrf")
    return None if found.may(needed) else denied(request, "staff.denied.role")


async def _form(request: AnyRequest) -> dict[str, str] | None:
    """The fields that are text; None for a body that is no form. PostgreSQL keeps no NUL: a field with one is none of ours."""
    try:
        fields = (await request.form()).items()
    except ValueError:
        return None
    return {name: value for name, value in fields if isinstance(value, str) and NUL not in value}


async def logged_in(request: AnyRequest) -> Staff | None:
    """Whose cookie this is; touched at most once a minute; nothing is written for anybody else."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    central, id_hash = Central.of(request), hashed(cookie)
    now = central.clock()
    async with central.database.read() as db:
        login = await staff.session(db, id_hash, now_ms=now)
    if login is None:
        return None
    if now - login.seen_at_ms > TOUCH_MS:
        async with central.database.write() as tx:
            await staff.touch_session(tx, id_hash, now_ms=now, expires_at_ms=now + IDLE_MS)
    return Staff(user=login.user, csrf=login.csrf, id_hash=id_hash)


def staff_of(request: AnyRequest) -> Staff:
    """Who passed the gate."""
    found = request.state.staff
    if not isinstance(found, Staff):
        raise TypeError("a route that needs a role was reached without one")
    return found


def words_of(request: AnyRequest) -> Words:
    """The language asked for, or chosen before; Indonesian first."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return words(asked if asked in LANGUAGES else LANGUAGES[0])


def wants_page(request: AnyRequest) -> bool:
    """Whether a person's browser asks for a page, and not our script for data."""
    return "text/html" in request.headers.get("accept", "")


def denied(request: AnyRequest, key: str, status_code: int = 403) -> Response[Any]:
    """A refusal in words, as a page or as data."""
    said = words_of(request)
    if not wants_page(request):
        return _problem(status_code, said, key)
    return pages.page("denied.html", said, status_code=status_code, head="staff.denied.head", text=said.say(key))


def _problem(status_code: int, said: Words, key: str) -> Response[Any]:
    return Response({"text": said.say(key)}, status_code=status_code, headers={"cache-control": "no-store"})


def _same_origin(request: AnyRequest) -> bool:
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    return site in ("same-origin", "none") and (origin is None or urlsplit(origin).netloc == host)


def _token_fits(request: AnyRequest, found: Staff) -> bool:
    given = request.headers.get("x-csrf-token") or request.state.form.get("csrf", "")
    return hmac.compare_digest(given.encode(), found.csrf.encode())
