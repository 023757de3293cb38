"""Who may pass: the server-side login, the forms' token and the role, checked in one place before every staff route."""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.datastructures import Cookie
from msgspec import Struct

from central.context import Central
from central.credentials import hashed
from central.staff import menu, pages, rights
from central.staff.rights import Right
from central.staff.words import LANGUAGES, Words, words
from central.store import staff
from central.store.staff import Role, StaffSession, User

COOKIE = "bilik_staff"
LANGUAGE_COOKIE = "bilik_language"
IDLE_MS = 3_600_000
"""A login that nobody uses for so long ends; an open board counts as used."""
LASTS_MS = 14 * 3_600_000
"""A login ends so long after it began, used or not: a working day with its margins."""
TOUCH_MS = 60_000
YEAR_S = 31_536_000
SAFE = ("GET", "HEAD", "OPTIONS")
NUL = "\0"
NO_PLACE = "board.none"
"""The sentence for who has no facility to look at."""

AnyRequest = Request[Any, Any, Any]


class Staff(Struct, frozen=True, kw_only=True):
    """A member of staff who is logged in; `csrf` belongs to this login alone."""

    user: User
    csrf: str
    id_hash: str

    def may(self, role: Role) -> bool:
        """Whether their role reaches this one."""
        return rights.reaches(self.user.role, role)

    def can(self, right: Right) -> bool:
        """Whether their role has this right."""
        return rights.has(self.user.role, right)

    def may_see(self, facility_id: str) -> bool:
        """Whether that facility is theirs; without one of their own they see all."""
        return self.user.facility_id in (None, facility_id)


async def gate(request: AnyRequest) -> Response[Any] | None:
    """Litestar's before_request: an answer instead of the handler's, or None to go on.

    A route says in `opt` which `right` (or least `role`) it needs, or that it is the `door`, where anybody may come; a route
    that says nothing is closed to all. Who came in by a password for one use gets no farther than the `own` account.
    """
    request.state.form = {}
    menu.show(None)
    refused = await _read(request)
    if refused is not None:
        return refused
    found = request.state.staff = await logged_in(request)
    opt = request.route_handler.opt
    if opt.get("door"):
        return None
    if found is None:
        problem = _problem(401, words_of(request), "staff.login.again")
        again = "?again=1" if COOKIE in request.cookies else ""
        return pages.to(f"/login{again}") if wants_page(request) else problem
    if found.user.one_time_until_ms is not None and not opt.get("own"):
        return pages.to("/account") if wants_page(request) else _problem(403, words_of(request), "account.one_time")
    menu.show(_menu(request, found))
    if request.method not in SAFE and not _token_fits(request, found):
        return denied(request, "staff.denied.csrf")
    return None if _may_pass(found, opt) else denied(request, "staff.denied.role")


async def _read(request: AnyRequest) -> Response[Any] | None:
    """Take the form of a page of ours; an answer where the request cannot be one."""
    if NUL in request.scope["path"]:
        return denied(request, "staff.missing", 404)
    if request.method in SAFE:
        return None
    form = await _form(request) if _same_origin(request) else {}
    if form is None or not _same_origin(request):
        return denied(request, "staff.denied.csrf", 400 if form is None else 403)
    request.state.form = form
    return None


def _may_pass(found: Staff, opt: dict[str, Any]) -> bool:
    right, role = opt.get("right"), opt.get("role")
    if right is None and role is None:
        return False
    return (right is None or found.can(right)) and (role is None or found.may(role))


def _menu(request: AnyRequest, found: Staff) -> menu.Menu:
    is_page = request.method in SAFE
    return menu.menu_for(
        found.user,
        found.csrf,
        path=request.scope["path"],
        query=[(name, value) for name, value in request.query_params.multi_items() if NUL not in value],
        is_page=is_page,
        paths=(route.path for route in request.app.routes),
        remember=_language_cookie(request) if "lang" in request.query_params and is_page else None,
    )


def _language_cookie(request: AnyRequest) -> Cookie:
    return cookie(request, LANGUAGE_COOKIE, words_of(request).language, max_age=YEAR_S)


def cookie(request: AnyRequest, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    """A cookie as all of the staff's are."""
    secure = Central.of(request).options.is_https
    return Cookie(key=name, value=value, path="/", httponly=True, samesite="strict", secure=secure, max_age=max_age)


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
    await use(central, id_hash, login)
    return Staff(user=login.user, csrf=login.csrf, id_hash=id_hash)


async def use(central: Central, id_hash: str, login: StaffSession) -> None:
    """The login was used just now; written at most once a minute."""
    now = central.clock()
    if now - login.seen_at_ms > TOUCH_MS:
        async with central.database.write() as tx:
            await staff.touch_session(tx, id_hash, now_ms=now, expires_at_ms=ends_at_ms(login.created_at_ms, now))


def ends_at_ms(began_at_ms: int, now_ms: int) -> int:
    """When a login ends that is used now and then no more."""
    return min(now_ms + IDLE_MS, began_at_ms + LASTS_MS)


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
    head = {404: "staff.missing.head", 409: "staff.refused.head"}.get(status_code, "staff.denied.head")
    back, name = _way_on(request) if key == NO_PLACE else (menu.HOME, "staff.back")
    return pages.page(
        "denied.html", said, status_code=status_code, head=head, text=said.say(key), back=back, back_name=name
    )


def _way_on(request: AnyRequest) -> tuple[str, str]:
    """Where somebody goes on who has no facility yet: the board would only say the same again."""
    found = getattr(request.state, "staff", None)
    can_add = isinstance(found, Staff) and found.can(Right.ADD_FACILITIES)
    return ("/settings", "first.facility.go") if can_add else ("/account", "menu.account")


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
