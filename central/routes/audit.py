"""The page of the trail: who did what to what and when, by name, act, terminal and day; and the same as CSV."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, Router, get
from litestar.response import Stream

from central.context import Central
from central.staff import audit_view, pages
from central.staff.audit_view import Filter
from central.staff.gate import gate, staff_of, words_of
from central.staff.places import Places, places_of
from central.staff.rights import Right
from central.staff.words import Words
from central.store import audit, staff, terminals
from central.store.audit import Line, Wanted
from central.store.engine import Reading

AnyRequest = Request[Any, Any, Any]

SHOWN = 100
PIECE = 2_000
"""So many lines are read at once for a file."""


@get("/audit", opt={"right": Right.READ_AUDIT})
async def audit_page(request: AnyRequest) -> Response[Any]:
    """The newest lines that fit."""
    central, said, places = Central.of(request), words_of(request), await places_of(request)
    chosen = audit_view.chosen(request.query_params)
    wanted = _wanted(request, places, chosen)
    async with central.database.read() as db:
        found = await audit.lines(db, wanted, SHOWN + 1)
        users, acts = await audit.words(db, wanted)
        names = await audit.names(db, {line.subject for line in found})
        theirs = {place.id for place in places.theirs}
        booths = [each for each in await terminals.every(db, wanted.facility_id) if each.facility.id in theirs]
    shown = found[:SHOWN]
    facility = {} if places.facility is None or wanted.facility_id is None else {"facility": places.facility.id}
    asked = facility | {name: value for name, value in msgspec.structs.asdict(chosen).items() if value}
    older = asked | {"before": str(shown[-1].id)} if len(found) > SHOWN else None
    return pages.page(
        "audit.html",
        said,
        lines=shown,
        names=names,
        users=users,
        acts=sorted(((act, audit_view.act_name(said, act)) for act in acts), key=lambda each: each[1]),
        terminals=booths,
        chosen=chosen,
        places=places,
        is_limited=wanted.facility_id is not None,
        act_name=lambda act: audit_view.act_name(said, act),
        detail=lambda line: audit_view.detail_text(said, line),
        csv=f"/audit/jejak.csv?{urlencode(asked)}",
        older=None if older is None else f"/audit?{urlencode(older)}",
        timezone=_timezone(places),
    )


@get("/audit/jejak.csv", opt={"right": Right.READ_AUDIT})
async def audit_table(request: AnyRequest) -> Stream:
    """All lines that fit, as CSV, however many; that somebody took them along is a line too."""
    central, who, places = Central.of(request), staff_of(request), await places_of(request)
    chosen = audit_view.chosen(request.query_params)
    wanted = _wanted(request, places, chosen)
    async with central.database.write() as tx:
        count, newest = await audit.count(tx, wanted)
        detail = {name: value for name, value in msgspec.structs.asdict(chosen).items() if value}
        subject = "all" if places.facility is None else places.facility.id
        await staff.note(
            tx,
            user=who.user.name,
            act="audit_export",
            subject=subject,
            detail=detail | {"lines": count},
            now_ms=central.clock(),
        )
    headers = pages.HEADERS | {"content-disposition": 'attachment; filename="jejak.csv"'}
    text = _written(central, words_of(request), wanted, newest, _timezone(places))
    return Stream(text, media_type="text/csv", headers=headers)


async def _written(central: Central, said: Words, wanted: Wanted, newest: int, timezone: str) -> AsyncIterator[str]:
    """The table a piece at a time, from the newest line that there was when it was asked for."""
    yield "\ufeff" + audit_view.heading(said)
    before = newest + 1
    while before:
        async with central.database.read() as db:
            found = await audit.lines(db, msgspec.structs.replace(wanted, before=before), PIECE)
            names = await _names(db, found)
        yield audit_view.table(said, found, names, timezone)
        before = found[-1].id if len(found) == PIECE else 0


async def _names(db: Reading, found: list[Line]) -> dict[str, str]:
    subjects = sorted({line.subject for line in found})
    names: dict[str, str] = {}
    for begin in range(0, len(subjects), 500):
        names |= await audit.names(db, set(subjects[begin : begin + 500]))
    return names


def _wanted(request: AnyRequest, places: Places, chosen: Filter) -> Wanted:
    """Who sees one facility only, or chose one, reads what concerns it."""
    limited = staff_of(request).user.facility_id is not None or "facility" in request.query_params
    return audit_view.wanted(chosen, places.facility, limited=limited)


def _timezone(places: Places) -> str:
    return "Asia/Jakarta" if places.facility is None else places.facility.settings.timezone


audit_router = Router(path="/", before_request=gate, include_in_schema=False, route_handlers=[audit_page, audit_table])
