"""The contract of the API as an OpenAPI 3.1 document: Litestar's paths, msgspec's exact schemas, and sync by hand."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from central.routes.join import join_router
from central.routes.line import line_router
from central.routes.problems import MEDIA_TYPE
from central.routes.terminal import PROBLEMS, terminal_router
from protocol import PROTOCOL_VERSION, join, terminal
from protocol.call import FromEnd, ToEnd
from protocol.diagnosis import LineTried

_TEMPLATE = "#/components/schemas/{name}"
_TYPES: tuple[Any, ...] = (
    terminal.EnrolmentRequest,
    terminal.EnrolmentAnswer,
    terminal.SyncRequest,
    terminal.SyncAnswer,
    terminal.OpenRequest,
    terminal.Grant,
    terminal.EventBatch,
    terminal.EventsAnswer,
    terminal.Problem,
    LineTried,
    join.JoinRequest,
    join.JoinAnswer,
    FromEnd,
    ToEnd,
)
_ABOUT = """What terminals and family pages ask of bilik-central.

Signalling is `WS /api/v1/calls/{session_id}`: JSON text messages, the kiosk with its device token as Bearer, the family with
the cookie of its claim. What an end may send is one of {from_end}; what it receives is one of {to_end}."""


@lru_cache
def document() -> dict[str, Any]:
    """The whole contract as builtins; the same on every machine."""
    schemas, parts = msgspec.json.schema_components(_TYPES, ref_template=_TEMPLATE)
    names = [_names(schemas[_TYPES.index(union)]) for union in (FromEnd, ToEnd)]
    about = _ABOUT.replace("{from_end}", names[0]).replace("{to_end}", names[1])
    config = OpenAPIConfig(
        title="Bilik central",
        version=str(PROTOCOL_VERSION),
        use_handler_docstrings=True,
        description=about,
        components=Components(
            security_schemes={"device": SecurityScheme(type="http", scheme="bearer", description="The device token.")}
        ),
    )
    app = Litestar(
        route_handlers=[terminal_router, line_router, join_router], openapi_config=config, logging_config=None
    )
    found: dict[str, Any] = app.openapi_schema.to_schema()
    found["components"]["schemas"] = dict(sorted((found["components"]["schemas"] | parts).items()))
    found["paths"]["/api/v1/terminal/sync"] = {"post": _sync()}
    events = found["paths"]["/api/v1/terminal/events"]["post"]
    events["requestBody"] = {"required": True, "content": _json("EventBatch")}
    found["paths"] = dict(sorted(found["paths"].items()))
    found.pop("servers", None)
    return found


def encoded() -> bytes:
    """The contract as it is committed; made anew, which asks for parts of Litestar that bilik-central.deb leaves out."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2) + b"\n"


@lru_cache
def committed() -> bytes:
    """The contract that lies beside this module; a test holds that it is the one the code makes."""
    return Path(__file__).with_name("openapi.json").read_bytes()


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def contract() -> Response[bytes]:
    """The contract."""
    return Response(committed(), media_type="application/json")


def _names(schema: dict[str, Any]) -> str:
    references = schema.get("anyOf", [schema])
    return ", ".join(f"`{each['$ref'].rpartition('/')[2]}`" for each in references)


def _json(name: str, media_type: str = "application/json") -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _TEMPLATE.format(name=name)}}}


def _sync() -> dict[str, Any]:
    refused = {
        str(status): {"description": PROBLEMS[status].description, "content": _json("Problem", MEDIA_TYPE)}
        for status in (400, 401)
    }
    answered = {"200": {"description": "News, or `hold_s` is over.", "content": _json("SyncAnswer")}}
    return {
        "tags": ["terminal"],
        "summary": "Sync",
        "description": "The one regular request: status up; held until there is news or for `hold_s`; what is to be known down.",
        "operationId": "sync",
        "requestBody": {"required": True, "content": _json("SyncRequest")},
        "responses": answered | refused,
        "security": [{"device": []}],
    }


contract_router = Router(path="/api/v1", route_handlers=[contract])
