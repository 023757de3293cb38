"""The pages of accounts: everybody's, for who may decide about them, and the own one for everybody."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from central.context import Central
from central.staff import pages, rights, user_acts
from central.staff.acts import Refused
from central.staff.gate import Staff, denied, gate, staff_of, words_of
from central.staff.logins import Guesses
from central.staff.places import places_of
from central.staff.rights import LEAST, Right
from central.staff.user_acts import Made
from central.store import staff
from central.store.staff import Role

AnyRequest = Request[Any, Any, Any]


@get("/users", opt={"right": Right.MANAGE_USERS})
async def users_page(request: AnyRequest) -> Response[Any]:
    """All accounts of the own facilities."""
    return await _users(request)


@post("/users", opt={"right": Right.MANAGE_USERS})
async def add_user(request: AnyRequest) -> Response[Any]:
    """A new account; its password for one use is shown this once."""
    try:
        made = await user_acts.add(Central.of(request), staff_of(request), request.state.form)
    except Refused as refused:
        return await _users(request, wrong=refused.key, status_code=409)
    return await _users(request, made=made)


@post("/users/{user_id:str}/acts/{act:str}", opt={"right": Right.MANAGE_USERS})
async def decide(request: AnyRequest, user_id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Decide about one account, and show all again."""
    try:
        made = await user_acts.act(Central.of(request), staff_of(request), user_id, act, request.state.form)
    except Refused as refused:
        if refused.key == "staff.missing":
            return denied(request, refused.key, 404)
        return await _users(request, wrong=refused.key, status_code=403 if refused.key in DENIED else 409)
    return await _users(request, made=made)


DENIED = ("users.not_self", "users.too_much", "staff.denied.role")


async def _users(
    request: AnyRequest, *, made: Made | None = None, wrong: str = "", status_code: int = 200
) -> Response[Any]:
    central, who, places = Central.of(request), staff_of(request), await places_of(request)
    now = central.clock()
    async with central.database.read() as db:
        every = [user for user in await staff.every(db) if rights.may_see_user(who.user, user)]
        logins = await staff.logins(db, now_ms=now)
    counts = {user.id: sum(login.user_id == user.id for login in logins) for user in every}
    seen = {
        user.id: max((login.seen_at_ms for login in logins if login.user_id == user.id), default=None) for user in every
    }
    zone = "Asia/Jakarta" if places.facility is None else places.facility.settings.timezone
    return pages.page(
        "users.html",
        words_of(request),
        status_code=status_code,
        me=who.user,
        users=every,
        logins=counts,
        seen=seen,
        may=lambda user: rights.may_decide(who.user, user),
        roles=rights.grantable(who.user),
        every_role=tuple(Role),
        table=LEAST,
        reaches=rights.reaches,
        places=places,
        names={place.id: place.name for place in places.theirs},
        may_all=who.user.facility_id is None,
        csrf=who.csrf,
        made=made,
        wrong=wrong,
        typed=request.state.form if wrong else {},
        now_ms=now,
        timezone=zone,
    )


# ---- the own account ----------------------------------------------------------------------------------------------


@get("/account", opt={"right": Right.OWN_ACCOUNT, "own": True})
async def account_page(request: AnyRequest) -> Response[Any]:
    """The own role, password and logins."""
    return await _account(request)


@post("/account/acts/{act:str}", opt={"right": Right.OWN_ACCOUNT, "own": True})
async def own_act(request: AnyRequest, act: FromPath[str]) -> Response[Any]:
    """Change the own password, or end own logins."""
    central, who, deed = Central.of(request), staff_of(request), user_acts.OWN.get(act)
    if deed is None:
        return denied(request, "staff.missing", 404)
    guesses = Guesses.of(request)
    wait_s = guesses.wait_s(who.user.id) if act == "password" else 0
    if wait_s:
        return await _account(request, wrong=words_of(request).say("staff.login.wait", n=wait_s), status_code=429)
    try:
        made = await deed(central, who, request.state.form)
    except Refused as refused:
        if refused.key == "account.password.wrong":
            guesses.count(who.user.id)
        return await _account(request, wrong=words_of(request).say(refused.key), status_code=409)
    return await _account(request, note=words_of(request).say(made.key))


async def _account(request: AnyRequest, *, note: str = "", wrong: str = "", status_code: int = 200) -> Response[Any]:
    central, who, places = Central.of(request), staff_of(request), await places_of(request)
    async with central.database.read() as db:
        me = await staff.by_id(db, who.user.id)
        logins = await staff.logins(db, now_ms=central.clock(), user_id=who.user.id)
    if me is None:
        return denied(request, "staff.missing", 404)
    return pages.page(
        "account.html",
        words_of(request),
        status_code=status_code,
        me=me,
        logins=logins,
        mine=who.id_hash,
        csrf=who.csrf,
        note=note,
        wrong=wrong,
        place=_place(who, places.theirs),
        now_ms=central.clock(),
        timezone="Asia/Jakarta" if places.facility is None else places.facility.settings.timezone,
        shortest=user_acts.SHORTEST,
        can=[right for right in Right if who.can(right)],
    )


def _place(who: Staff, theirs: Any) -> str:
    return next((place.name for place in theirs if place.id == who.user.facility_id), "")


users_router = Router(
    path="/",
    before_request=gate,
    include_in_schema=False,
    route_handlers=[users_page, add_user, decide, account_page, own_act],
)
