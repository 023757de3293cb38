"""Who is asking: a terminal by its device token, anybody by an address that may only try so often."""

import re
from typing import Any

from litestar.connection import ASGIConnection

from central.context import Central
from central.known import Known
from central.routes.problems import ApiProblem

BEARER = "Bearer "
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_identifier(word: str) -> bool:
    """Whether this can be the id of anything; what cannot never reaches the database."""
    return _IDENTIFIER.fullmatch(word) is not None


def bearer_token(authorization: str | None) -> str | None:
    """The token of an Authorization header."""
    if authorization is None or not authorization.startswith(BEARER):
        return None
    return authorization.removeprefix(BEARER).strip() or None


async def terminal_of(central: Central, authorization: str | None) -> Known:
    """The terminal that sent this header; raises a 401 problem."""
    token = bearer_token(authorization)
    known = None if token is None else await central.known.by_token(token)
    if known is None:
        raise ApiProblem(401, "unauthorised", "the device token is missing or void: enrol this terminal again")
    return known


def refuse_clone(known: Known, boot_id: str) -> None:
    """Raise a 401 problem if an officer chose another PC than the one that runs under this boot."""
    boot = known.boot(boot_id)
    if boot is not None and boot.refused_at_ms is not None:
        raise ApiProblem(401, "refused_clone", "another computer was chosen to be this terminal: enrol this one anew")


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The client's address, as the proxy in front told it."""
    return "unknown" if connection.client is None else connection.client.host
