"""Fetches one large file from central onto the disk, bounded in size; the loop never waits for the disk."""

import asyncio
from pathlib import Path

import httpx

from agent.adapters.central_client.answers import refusal, silence
from agent.ports import Nonsense

WHAT = "release"
REFUSAL_BYTES = 65_536


async def download(
    client: httpx.AsyncClient, request: httpx.Request, place: Path, *, most_bytes: int, central_ms: int | None
) -> object:
    """Write the answer to `place`; the TLS connection it came on. Raises a CentralError, or OSError for the disk."""
    try:
        response = await client.send(request, stream=True)
    except (httpx.HTTPError, TimeoutError) as error:
        raise silence(error, WHAT) from error
    try:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code != httpx.codes.OK:
            raise refusal(response.status_code, headers, await _beginning(response), WHAT, central_ms)
        await _keep(response, place, most_bytes)
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
        raise silence(error, WHAT) from error
    finally:
        await response.aclose()
    stream = response.extensions.get("network_stream")
    return None if stream is None else stream.get_extra_info("ssl_object")


async def _beginning(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > REFUSAL_BYTES:
            break
    return bytes(body)


async def _keep(response: httpx.Response, place: Path, most_bytes: int) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Nonsense("release: a compressed answer that was not asked for; check what stands between")
    file = await asyncio.to_thread(place.open, "wb")
    try:
        length = 0
        async for piece in response.aiter_bytes():
            length += len(piece)
            if length > most_bytes:
                raise Nonsense(f"release: {place.name} is longer than the {most_bytes} bytes that were signed")
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)
