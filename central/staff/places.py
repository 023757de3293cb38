"""The facilities that somebody may see, and the one that the page at hand is about."""

from typing import Any

from litestar import Request
from msgspec import Struct

from central.context import Central
from central.staff.gate import staff_of
from central.store import facilities
from central.store.facilities import Facility

AnyRequest = Request[Any, Any, Any]


class Places(Struct, frozen=True, kw_only=True):
    """`theirs` by name; `facility`: the one asked for, or the first; None where there is none for them."""

    theirs: tuple[Facility, ...]
    facility: Facility | None

    @property
    def choices(self) -> tuple[Facility, ...]:
        """What there is to choose from; nothing where there is one only."""
        return self.theirs if len(self.theirs) > 1 else ()


async def places_of(request: AnyRequest) -> Places:
    """Those of whoever asks."""
    who, asked = staff_of(request), request.query_params.get("facility")
    async with Central.of(request).database.read() as db:
        theirs = tuple(each for each in await facilities.every(db) if who.may_see(each.id))
    chosen = next((each for each in theirs if each.id == asked), None)
    return Places(theirs=theirs, facility=chosen or next(iter(theirs), None))
