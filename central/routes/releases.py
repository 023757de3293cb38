"""The files of a release, for terminals alone; what they hold is signed elsewhere, and central has no key."""

import re

from litestar import Request, Router, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import File

from central.context import Central
from central.routes.access import terminal_of
from central.routes.problems import ApiProblem
from central.routes.terminal import problems

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~_-]{0,127}")


@get(
    "/terminal/releases/{version:str}/{file:str}",
    operation_id="fetch_release",
    tags=["terminal"],
    security=[{"device": []}],
    media_type="application/octet-stream",
    responses=problems(401, 404),
)
async def fetch_release(request: Request[None, None, State], version: FromPath[str], file: FromPath[str]) -> File:
    """One file of a release that an administrator has put into the folder of releases."""
    central = Central.of(request)
    await terminal_of(central, request.headers.get("Authorization"))
    folder = central.options.releases
    if folder is None or not (_NAME.fullmatch(version) and _NAME.fullmatch(file)):
        raise ApiProblem(404, "unknown_release", "there is no such release")
    place = folder / version / file
    if not place.is_file():
        raise ApiProblem(404, "unknown_release", "there is no such release")
    return File(path=place, media_type="application/octet-stream", content_disposition_type="attachment")


releases_router = Router(path="/api/v1", route_handlers=[fetch_release])
