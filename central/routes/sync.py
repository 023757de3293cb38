"""The one regular request of a terminal, as a bare ASGI route: held until there is news.

A thousand a second are ordinary: no task, no layer and no object more than it takes.
"""

import asyncio
from time import perf_counter
from typing import Any

import msgspec
from litestar import Litestar, Router, asgi
from litestar.types import Receive, Scope, Send

from central.context import Central
from central.known import HOLD_OPEN_S, Known
from central.metrics import HELD
from central.routes.access import refuse_clone, terminal_of
from central.routes.headers import secured
from central.routes.problems import MEDIA_TYPE, ApiProblem, log_failure, problem, read_body
from protocol.terminal import SyncAnswer, SyncRequest

PREFIX, NAME = "/api/v1", "/terminal/sync"
PATH = PREFIX + NAME
BODY_BYTES = 256_000
GONE = "http.disconnect"
CLONED = "KLN-1"

_decode = msgspec.json.Decoder(SyncRequest).decode
_encode = msgspec.json.Encoder().encode


class _Gone(Exception):
    """The terminal hung up; there is nobody to answer."""


@asgi(NAME, copy_scope=False)
async def sync(scope: Scope, receive: Receive, send: Send) -> None:
    """The same through the framework, as tests and other servers have it."""
    app: Litestar = scope["litestar_app"]
    await serve(Central.of(app.state), scope, receive, send)


async def serve(central: Central, scope: Scope, receive: Receive, send: Send) -> None:
    """Take a heartbeat, hold it until there is news or `hold_s` is over, and answer what is to be known."""
    status, media_type, headers = 200, "application/json", dict[str, str]()
    try:
        body = _encode(await _answer(central, scope, receive))
    except _Gone:
        return
    except Exception as error:  # noqa: BLE001 - nothing is above this route that would answer
        if not isinstance(error, (ApiProblem, msgspec.MsgspecError)):
            log_failure("sync", error)
        said, headers = problem(error)
        status, media_type, body = said.status, MEDIA_TYPE, _encode(said)
    fields = {"content-type": media_type, "content-length": str(len(body))} | headers
    encoded = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    secure = secured(encoded, is_https=central.options.is_https)
    await send({"type": "http.response.start", "status": status, "headers": secure})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _answer(central: Central, scope: Scope, receive: Receive) -> SyncAnswer:
    received = central.clock()
    if scope.get("method") != "POST":
        raise ApiProblem(405, "method_not_allowed", "use POST", headers={"Allow": "POST"})
    authorization = _header(scope, b"authorization")
    known = await terminal_of(central, authorization)
    request = read_body(_decode, await _body(receive))
    refuse_clone(known, request.boot_id)
    hold_s = await central.known.hold_s(known.terminal.facility.id, watched=_is_watched(central, known))
    central.heartbeats.note(known.terminal, request, at_ms=received, hold_s=hold_s)
    if await central.boots.note(known, request, now_ms=received):
        known = await terminal_of(central, authorization)
    if request.hold:
        began, until_ms = perf_counter(), received + hold_s * 1000
        with central.metrics.held.track_inprogress():
            known = await _held(central, known, request, receive, authorization=authorization, until_ms=until_ms)
        scope[HELD] = perf_counter() - began  # type: ignore[literal-required]  # for central.metrics
        refuse_clone(known, request.boot_id)
    assignments = None
    if known.terminal.revision != request.revision:
        assignments = await central.known.assignments(known.terminal)
    central.known.note_sent(known)
    return SyncAnswer(
        received_at_ms=received,
        answered_at_ms=central.clock(),
        revision=known.terminal.revision,
        hold_s=float(hold_s),
        commands=central.known.pending(known),
        assignments=assignments,
        faults=(CLONED,) if known.terminal.cloned_at_ms is not None else (),
    )


async def _held(
    central: Central,
    known: Known,
    request: SyncRequest,
    receive: Receive,
    *,
    authorization: str | None,
    until_ms: int,
) -> Known:
    """Wait for news; registers first and reads then, so that no notice is lost."""
    news = _News()
    with central.bus.listening(f"terminal:{known.terminal.id}", news.hear):
        while not central.bus.stopping.is_set():
            news.is_there = False
            known = await terminal_of(central, authorization)
            wait_ms = _wait_ms(central, known, request, until_ms)
            if wait_ms <= 0:
                break
            if await news.or_gone(receive, wait_ms / 1000):
                central.heartbeats.drop(known.terminal, at_ms=central.clock())
                central.bus.deliver([f"facility:{known.terminal.facility.id}"])
                raise _Gone
    return known


class _News:
    """What ends the wait of one held request, which itself watches its line: a task beside each would cost as much again."""

    def __init__(self) -> None:
        self.is_there = False
        self._limit: asyncio.Timeout | None = None

    def hear(self, _topic: str) -> None:
        """A notice has come: the wait is over at once."""
        self.is_there = True
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0)

    async def or_gone(self, receive: Receive, seconds: float) -> bool:
        """Wait that long, or until there is news; true as soon as the terminal hangs up."""
        if self.is_there:
            return False
        try:
            async with asyncio.timeout(seconds) as self._limit:
                while (await receive())["type"] != GONE:
                    pass
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self._limit = None


def _wait_ms(central: Central, known: Known, request: SyncRequest, until_ms: int) -> int:
    if known.terminal.revision != request.revision:
        return 0
    left = until_ms - central.clock()
    if left > HOLD_OPEN_S * 1000 and _is_watched(central, known):
        return 0
    unsent = central.known.unsent_in_ms(known)
    return left if unsent is None else min(left, unsent)


def _is_watched(central: Central, known: Known) -> bool:
    """Whether somebody looks at the board of this terminal's facility."""
    return central.watching.is_watched(known.terminal.facility.id)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message: Any = await receive()
        if message["type"] == GONE:
            raise _Gone
        body += bytes(message.get("body", b""))
        if len(body) > BODY_BYTES:
            raise ApiProblem(413, "too_large", f"a sync has at most {BODY_BYTES} bytes")
        if not message.get("more_body", False):
            return body


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


sync_router = Router(path=PREFIX, route_handlers=[sync])
