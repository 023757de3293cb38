"""How fast the line to central is: bytes sent and bytes fetched, first a few, more where those were quick."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import httpx

from agent.adapters.central_client.answers import refusal, silence
from agent.ports import CentralError
from protocol.diagnosis import LineMeasured, LineTried

WHAT = "line"
FIRST_BYTES = 64_000
MORE_BYTES = 512_000
QUICK_S = 1.0
FETCH_S = 3.0
LEAST_S = 0.001
REFUSAL_BYTES = 65_536

Send = Callable[[bytes], Awaitable[LineTried]]
Open = Callable[[], Awaitable[httpx.Response]]


async def measure(send: Send, open_: Open, boot_s: Callable[[], float]) -> LineMeasured:
    """Both ways; raises a CentralError if not even the first few bytes went through."""
    tried, took_s = await _timed(send, FIRST_BYTES, boot_s)
    up = kbit_s(tried.received_bytes, took_s)
    if took_s < QUICK_S:
        tried, took_s = await _timed(send, MORE_BYTES, boot_s)
        up = kbit_s(tried.received_bytes, took_s)
    down = await _fetch(open_, boot_s)
    return LineMeasured(up_kbit_s=up, down_kbit_s=down, central_ms=tried.at_ms, relays=tried.relays)


def kbit_s(count: int, took_s: float) -> int:
    """So many bytes in so many seconds."""
    return round(count * 8 / 1000 / max(took_s, LEAST_S))


async def _timed(send: Send, count: int, boot_s: Callable[[], float]) -> tuple[LineTried, float]:
    sent_s = boot_s()
    tried = await send(os.urandom(count))
    return tried, boot_s() - sent_s


async def _fetch(open_: Open, boot_s: Callable[[], float]) -> int:
    """Count what comes until all is there or the time is over."""
    try:
        response = await open_()
    except (httpx.HTTPError, httpx.StreamError, OSError, TimeoutError) as error:
        raise silence(error, WHAT) from error
    came, began_s = 0, boot_s()
    try:
        if response.status_code != httpx.codes.OK:
            raise await _refused(response)
        async with asyncio.timeout(FETCH_S):
            async for piece in response.aiter_bytes():
                came += len(piece)
    except TimeoutError:
        pass
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise silence(error, WHAT) from error
    finally:
        await response.aclose()
    return kbit_s(came, boot_s() - began_s)


async def _refused(response: httpx.Response) -> CentralError:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > REFUSAL_BYTES:
            break
    headers = {name.lower(): value for name, value in response.headers.items()}
    return refusal(response.status_code, headers, bytes(body), WHAT, None)
