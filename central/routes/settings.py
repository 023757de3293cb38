"""The page of a facility's settings, and how a facility is added."""

from typing import Any

from litestar import Request, Response, Router, get, post

from central.context import Central
from central.staff import pages, settings_form
from central.staff.gate import denied, gate, staff_of, words_of
from central.staff.places import places_of
from central.staff.rights import Right
from central.staff.settings_form import GROUPS, NAME_MOST, Wrong, as_typed
from central.store import facilities, staff
from central.store.facilities import Facility, FacilitySettings
from central.store.impossible import Impossible

AnyRequest = Request[Any, Any, Any]


@get("/settings", opt={"right": Right.CHANGE_SETTINGS})
async def settings_page(request: AnyRequest) -> Response[Any]:
    """Every setting with its meaning, unit and bounds."""
    return await _page(request, note="settings.saved" if "saved" in request.query_params else "")


@post("/settings", opt={"right": Right.CHANGE_SETTINGS})
async def change_settings(request: AnyRequest) -> Response[Any]:
    """Take what was typed, or show it again with what is wrong; booths hear of it at once."""
    central, who, form = Central.of(request), staff_of(request), request.state.form
    asked = (await places_of(request)).facility
    if asked is None:
        return denied(request, "first.facility", 404)
    async with central.database.write() as tx:
        facility = await facilities.get_locked(tx, asked.id)
        if facility is None:
            return denied(request, "staff.missing", 404)
        wanted, wrong = settings_form.read(form, facility.settings)
        name = _name(form, facility.name)
        if name is None or (name != facility.name and await facilities.is_taken(tx, name)):
            wrong["name"] = Wrong("settings.wrong.name", {"most": NAME_MOST})
        if form.get("version") != settings_form.version(facility.settings, facility.name):
            return await _page(request, typed=form, wrong=wrong, problem="settings.changed_meanwhile")
        if wrong:
            return await _page(request, typed=form, wrong=wrong, problem="settings.wrong")
        detail: dict[str, Any] = dict(settings_form.changes(facility.settings, wanted))
        if name is not None and name != facility.name:
            detail["name"] = [facility.name, name]
            await facilities.rename(tx, facility.id, name)
        if detail:
            await facilities.change_settings(tx, facility.id, wanted)
            now = central.clock()
            await staff.note(tx, user=who.user.name, act="settings", subject=facility.id, detail=detail, now_ms=now)
    return pages.to(f"/settings?facility={facility.id}&saved=1")


@post("/settings/facilities", opt={"right": Right.ADD_FACILITIES})
async def add_facility(request: AnyRequest) -> Response[Any]:
    """A new facility, for who looks after all of them."""
    central, who = Central.of(request), staff_of(request)
    name, now = _name(request.state.form, ""), central.clock()
    if who.user.facility_id is not None:
        return denied(request, "staff.denied.role")
    if not name:
        return await _page(request, problem="settings.wrong.name", gaps={"most": NAME_MOST})
    try:
        async with central.database.write() as tx:
            made = await facilities.add(tx, name=name, settings=FacilitySettings(), now_ms=now)
            await staff.note(
                tx, user=who.user.name, act="facility_add", subject=made, detail={"name": name}, now_ms=now
            )
    except Impossible:
        return await _page(request, problem="settings.wrong.name", gaps={"most": NAME_MOST})
    return pages.to(f"/terminals?facility={made}")


def _name(form: dict[str, str], otherwise: str) -> str | None:
    name = " ".join(form.get("name", otherwise).split())
    return name if 1 <= len(name) <= NAME_MOST and name.isprintable() else None


async def _page(
    request: AnyRequest,
    *,
    note: str = "",
    typed: dict[str, str] | None = None,
    wrong: dict[str, Wrong] | None = None,
    problem: str = "",
    gaps: dict[str, int] | None = None,
) -> Response[Any]:
    who, said, places = staff_of(request), words_of(request), await places_of(request)
    facility = places.facility
    known = {} if facility is None else as_typed(facility.settings) | {"name": facility.name}
    return pages.page(
        "settings.html",
        said,
        status_code=409 if problem else 200,
        places=places,
        groups=GROUPS,
        typed=known | (typed or {}),
        version="" if facility is None else _version(facility),
        wrong={key: said.say(each.key, **each.gaps) for key, each in (wrong or {}).items()},
        problem=said.say(problem, **(gaps or {})) if problem else "",
        note=said.say(note) if note else "",
        csrf=who.csrf,
        has_schedule=any(route.path == "/schedule" for route in request.app.routes),
        can_add=who.can(Right.ADD_FACILITIES) and who.user.facility_id is None,
        defaults=as_typed(FacilitySettings()),
    )


def _version(facility: Facility) -> str:
    return settings_form.version(facility.settings, facility.name)


settings_router = Router(
    path="/",
    before_request=gate,
    include_in_schema=False,
    route_handlers=[settings_page, change_settings, add_facility],
)
