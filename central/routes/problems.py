"""Every error of the API as one shape: application/problem+json, without an address or a secret in it."""

import logging
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import Scope
from sqlalchemy.exc import DBAPIError

from protocol.terminal import Problem

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

Message = TypeVar("Message")


class ApiProblem(HTTPException):
    """A refusal with a `code` that programs understand."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        headers = dict(headers)
        if retry_after_s is not None:
            headers["Retry-After"] = str(max(1, retry_after_s))
        if status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        super().__init__(detail=detail, status_code=status, headers=headers)
        self.code = code


def problem(error: Exception) -> tuple[Problem, dict[str, str]]:
    """The body and headers for an error; what is not foreseen is a 500 without details."""
    if isinstance(error, ApiProblem):
        body = Problem(status=error.status_code, title=_title(error.status_code), detail=error.detail, code=error.code)
        return body, dict(error.headers or {})
    if isinstance(error, (msgspec.ValidationError, msgspec.DecodeError)):
        found = ({"message": str(error)[:500], "source": "body"},)
        return Problem(
            status=400, title="Bad Request", detail="the message is not as agreed", code="bad_message", errors=found
        ), {}
    if isinstance(error, ValidationException):
        return Problem(status=400, title="Bad Request", detail="the request is not as agreed", code="bad_message"), {}
    if isinstance(error, HTTPException):
        status = error.status_code
        code = _title(status).lower().replace(" ", "_")
        return Problem(status=status, title=_title(status), code=code), dict(error.headers or {})
    return Problem(
        status=500, title="Internal Server Error", detail="central failed; try again later", code="failed"
    ), {}


def read_body(decode: Callable[[bytes], Message], body: bytes) -> Message:
    """The body as its Struct; raises msgspec's DecodeError or ValidationError for all that is none."""
    try:
        return decode(body)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(type(error).__name__) from error


def answer_problem(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler."""
    body, headers = problem(error)
    return Response(msgspec.json.encode(body), status_code=body.status, headers=headers, media_type=MEDIA_TYPE)


async def log_unforeseen(error: Exception, scope: Scope) -> None:
    """Litestar's hook for every exception, sockets included: what nobody foresaw is logged, without the address."""
    if isinstance(error, (HTTPException, msgspec.MsgspecError)):
        return
    handler = scope.get("route_handler")
    log_failure("a route" if handler is None else handler.handler_name, error)


def log_failure(name: str, error: Exception) -> None:
    """What nobody foresaw in this route, without the names that a database puts into what it says."""
    if isinstance(error, DBAPIError):  # what a database says after its first line are rows, with the names in them
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s failed: %s\n%s", name, str(error.orig).splitlines()[0], where)
        return
    log.error("%s failed", name, exc_info=error)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
