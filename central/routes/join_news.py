"""What a family's page asks while it waits: when its turn is expected, and whether another makes up for a broken one."""

from litestar import Request, Router, post
from litestar.datastructures import State
from litestar.params import JSONBody

from central.context import Central
from central.credentials import hashed
from central.days.join_news import news
from central.routes.access import address_of
from central.routes.problems import ApiProblem
from central.routes.terminal import problems
from central.store import facilities, sessions
from protocol.join import JoinNews, JoinNewsRequest


@post("/join/news", operation_id="joinNews", status_code=200, tags=["family"], responses=problems(400, 404, 429))
async def join_news(request: Request[None, None, State], data: JSONBody[JoinNewsRequest]) -> JoinNews:
    """Changes nothing: it binds no browser and opens no call."""
    central = Central.of(request)
    address = address_of(request)
    wait_s = central.joins.wait_s(address)
    if wait_s:
        raise ApiProblem(429, "wait", "too many links were wrong: wait", retry_after_s=wait_s)
    async with central.database.read() as db:
        session = await sessions.by_link(db, hashed(data.token))
        facility = None if session is None else await facilities.get(db, session.facility_id)
        if session is not None and facility is not None:
            return await news(db, central, session, facility)
    central.joins.count(address)
    raise ApiProblem(404, "unknown_link", "this link is not known: open it as it was sent")


join_news_router = Router(path="/api/v1", route_handlers=[join_news])
