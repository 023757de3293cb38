"""For the proxy in front and for whoever watches over the server: `/health/live`, `/health/ready`, `/metrics`."""

import secrets
from typing import Any

from litestar import Request, Response, Router, get
from litestar.datastructures import State

from central.context import Central
from central.figures import exposition
from central.readiness import Readiness
from central.routes.access import bearer_token
from central.routes.problems import ApiProblem

AnyRequest = Request[Any, Any, State]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@get("/health/live")
async def live() -> dict[str, bool]:
    """This process answers; nothing else is looked at."""
    return {"alive": True}


@get("/health/ready")
async def ready(request: AnyRequest) -> Response[Readiness]:
    """Whether requests should come here: 200, or 503 with what is missing."""
    found = await Central.of(request).health.look()
    return Response(found, status_code=200 if found.ready else 503)


@get("/metrics")
async def metrics(request: AnyRequest) -> Response[bytes]:
    """All figures, for who knows the token of `--metrics-token-file`; without that option there is no such page."""
    central = Central.of(request)
    wanted = central.options.metrics_token
    if not wanted:
        raise ApiProblem(404, "not_found", "start serve with --metrics-token-file")
    given = bearer_token(request.headers.get("Authorization")) or ""
    if not secrets.compare_digest(given.encode(), wanted.encode()):
        raise ApiProblem(401, "unauthorised", "send the token of --metrics-token-file as Bearer")
    return Response(await exposition(central), media_type=CONTENT_TYPE)


health_router = Router(path="/", include_in_schema=False, route_handlers=[live, ready, metrics])
