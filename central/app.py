"""The app: the list of routers, what runs beside them, and what every answer carries."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import Message, Scope

from central.bus import follow_database
from central.calls.listening import keep_listens
from central.context import Central
from central.contract import contract_router
from central.days.keeper import keep_days
from central.keeper import keep
from central.retention import keep_retention
from central.routes.audit import audit_router
from central.routes.calls import calls_router
from central.routes.days import days_router
from central.routes.display import display_router
from central.routes.family import family_router
from central.routes.headers import secured
from central.routes.health import health_router
from central.routes.importing import importing_router
from central.routes.join import join_router
from central.routes.join_news import join_news_router
from central.routes.line import line_router
from central.routes.pages import pages_router
from central.routes.paper import paper_router
from central.routes.problems import answer_problem, log_unforeseen, read_body
from central.routes.releases import releases_router
from central.routes.reports import reports_router
from central.routes.schedule import schedule_router
from central.routes.settings import settings_router
from central.routes.staff import staff_router
from central.routes.sync import sync_router
from central.routes.terminal import terminal_router
from central.routes.terminals import terminals_router
from central.routes.users import users_router
from central.staff.moving import keep_moves

log = logging.getLogger(__name__)

ROUTERS: list[Router] = [
    terminal_router,
    sync_router,
    line_router,
    join_router,
    join_news_router,
    calls_router,
    contract_router,
    pages_router,
    staff_router,
    family_router,
    importing_router,
    days_router,
    terminals_router,
    users_router,
    settings_router,
    audit_router,
    health_router,
    display_router,
    paper_router,
    schedule_router,
    releases_router,
    reports_router,
]
"""Everything that is served."""

BODY_BYTES = 256_000
STOP_S = 0.5


@lru_cache
def _decoder(annotation: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(annotation)


class StrictRequest(Request[Any, Any, Any]):
    """Bodies are decoded once, by the exact Struct: Litestar's own way takes "12" for 12."""

    async def json(self) -> Any:
        """The body as the Struct the handler asks for."""
        field = self.scope["route_handler"].parsed_data_field
        if field is None:
            return await super().json()
        return read_body(_decoder(field.annotation).decode, await self.body())


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the security headers on every answer."""
    if message["type"] != "http.response.start":
        return
    is_https = Central.of(scope["litestar_app"].state).options.is_https
    message["headers"] = secured(message.get("headers", []), is_https=is_https)


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """What runs beside the routes, and its orderly end."""
    central = Central.of(app.state)
    with central.bus.overhearing(central.known.forget):
        tasks = [
            asyncio.create_task(follow_database(central.database, central.bus), name="bus"),
            asyncio.create_task(central.relay.run(), name="relay"),
            asyncio.create_task(central.watching.run(), name="watching"),
            asyncio.create_task(central.heartbeats.run(central.bus), name="heartbeats"),
            asyncio.create_task(central.boots.run(central.bus), name="boots"),
            asyncio.create_task(keep(central), name="keeper"),
            asyncio.create_task(keep_days(central), name="days"),
            asyncio.create_task(keep_retention(central), name="retention"),
            asyncio.create_task(keep_listens(central), name="listens"),
            asyncio.create_task(keep_moves(central), name="moves"),
        ]
        try:
            yield
        finally:
            central.bus.stop()
            await central.rooms.close()
            _done, stuck = await asyncio.wait(tasks, timeout=STOP_S)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def create_app(central: Central, *, routers: list[Router] | None = None) -> Litestar:
    """The whole app around its parts; the database is already upgraded."""
    handlers: dict[Any, Callable[..., Any]] = {
        HTTPException: answer_problem,
        msgspec.ValidationError: answer_problem,
        msgspec.DecodeError: answer_problem,
        Exception: answer_problem,
    }
    return Litestar(
        route_handlers=ROUTERS if routers is None else routers,
        state=State({"central": central}),
        lifespan=[running],
        request_class=StrictRequest,
        exception_handlers=handlers,
        before_send=[add_headers],
        after_exception=[log_unforeseen],
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
