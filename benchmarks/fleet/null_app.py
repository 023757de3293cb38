"""The peer: an app that does nothing but hold each sync for 5 s and answer, under the same server as central."""

import asyncio
import sys
from typing import Any

import uvicorn

from central.one_write import OneWriteProtocol
from central.server import BACKLOG, listen
from central.time import now_ms

HOLD_S = 5.0


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the request, wait, answer as little as a terminal can read."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    received = now_ms()
    await asyncio.sleep(HOLD_S)
    body = b'{"received_at_ms":%d,"answered_at_ms":%d,"revision":0,"hold_s":%g}' % (received, now_ms(), HOLD_S)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve on a free port, said on standard output, until SIGTERM."""
    with listen("127.0.0.1", 0) as sock:
        print(f'"listening" {sock.getsockname()[1]}', flush=True)
        config = uvicorn.Config(
            app,
            http=OneWriteProtocol,
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
            backlog=BACKLOG,
            access_log=False,
            log_config=None,
        )
        uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    sys.exit(main())
