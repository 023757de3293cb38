"""One session's signalling socket on the websockets library."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Mapping

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus, WebSocketException

from agent.adapters.central_client.answers import refusal, silence
from agent.adapters.central_client.trust import TimeReader
from agent.ports import Unreachable
from protocol.call import FromEnd, ToEnd

log = logging.getLogger(__name__)

library_log = logging.getLogger(f"{__name__}.websockets")
library_log.setLevel(logging.CRITICAL)  # what goes wrong is said by our own errors

WHAT = "signalling"
OPEN_LIMIT_S = 10.0
PING_S = 5.0
"""No-show times run only while signalling is up, so a dead line must be noticed in seconds."""
LONGEST_MESSAGE_BYTES = 128 * 1024

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(ToEnd).decode


class StraightConnect(connect):
    """Follows no redirect: the device token is for one address alone."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """The redirect is the failure."""
        return exc


class SignallingSocket:
    """The Signalling of one session; one that has gone raises Unreachable."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, message: FromEnd) -> None:
        """Send; raises Unreachable when the socket has gone."""
        try:
            await self._connection.send(encode(message).decode("utf-8"))
        except ConnectionClosed as error:
            raise Unreachable(f"{WHAT}: the socket has gone; opened again") from error

    async def __aiter__(self) -> AsyncIterator[ToEnd]:
        """Messages until the socket closes; raises Unreachable if it broke.

        A message that cannot be read is left out: it may be the family's browser that sent it.
        """
        has_complained = False
        try:
            while True:
                text = await self._connection.recv()
                try:
                    yield decode(text)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    if not has_complained:
                        log.warning("signalling_message_refused", extra={"why": str(error)[:200]})
                    has_complained = True
        except ConnectionClosedOK:
            return
        except ConnectionClosed as error:
            code = "no answer" if error.rcvd is None else f"code {error.rcvd.code}"
            raise Unreachable(f"{WHAT}: the socket broke ({code}); opened again") from error


@contextlib.asynccontextmanager
async def open_socket(
    url: str, *, headers: Mapping[str, str], user_agent: str, context: ssl.SSLContext | None, central_ms: TimeReader
) -> AsyncIterator[SignallingSocket]:
    """Open the socket at `url` (ws or wss) and close it afterwards; raises a CentralError if it does not open."""
    connection = await open_connection(url, headers, user_agent, context, central_ms)
    try:
        yield SignallingSocket(connection)
    finally:
        await connection.close()


async def open_connection(
    url: str, headers: Mapping[str, str], user_agent: str, context: ssl.SSLContext | None, central_ms: TimeReader
) -> ClientConnection:
    """The open connection; every failure becomes a CentralError."""
    try:
        async with asyncio.timeout(OPEN_LIMIT_S):
            return await StraightConnect(
                url,
                additional_headers=headers,
                user_agent_header=user_agent,
                ssl=context,
                proxy=None,
                compression=None,
                open_timeout=OPEN_LIMIT_S,
                close_timeout=1,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                max_size=LONGEST_MESSAGE_BYTES,
                logger=library_log,
            )
    except InvalidStatus as error:
        answer = error.response
        lowered = {name.lower(): value for name, value in answer.headers.raw_items()}
        raise refusal(answer.status_code, lowered, bytes(answer.body or b""), WHAT, central_ms()) from error
    except (OSError, TimeoutError, EOFError, WebSocketException) as error:
        raise silence(error, WHAT) from error
