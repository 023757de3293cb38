"""Answers that are the same for everybody, packed once: a family pays for every byte of its page by the megabyte."""

import gzip
from functools import lru_cache
from typing import Any

from litestar import Request, Response


def answer(
    request: Request[Any, Any, Any], body: bytes, *, media_type: str, headers: dict[str, str]
) -> Response[bytes]:
    """The body, packed for a browser that takes it so.

    Only for what holds no secret and nothing of the request: packing tells by its length what an answer repeats.
    """
    told = headers | {"vary": "accept-encoding"}
    if not _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(body, media_type=media_type, headers=told)
    return Response(_packed(body), media_type=media_type, headers=told | {"content-encoding": "gzip"})


def _takes_gzip(accepted: str) -> bool:
    """Whether a browser named it and did not give it the weight nought."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


@lru_cache(maxsize=128)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
