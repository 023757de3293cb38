"""A page server on a free port with a few files, and what it heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from websockets.asyncio.client import connect

from agent.adapters.page_server import PageServer, font_directory
from agent.ports import PageHeard
from protocol.page import Lease

LEASE = Lease(ms=2000, left_ms=60_000, running=True)


async def wait_for(is_so: Callable[[], bool], limit_s: float = 5.0) -> None:
    """Return when `is_so()`; fails after `limit_s`."""
    async with asyncio.timeout(limit_s):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


class Booth:
    """A server on a free port, and what it heard."""

    def __init__(self, server: PageServer) -> None:
        self.server = server
        self.heard: list[PageHeard] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def cookie(self) -> dict[str, str]:
        return {"Cookie": f"other=1; bilik_page={self.server.token}"}

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(self.origin + path, headers=self.cookie() if headers is None else headers)

    async def raw(self, head: str) -> str:
        """Send this request line as it is, with all that is needed to be let in."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        lines = f"{head}\r\nHost: 127.0.0.1:{self.server.port}\r\nCookie: bilik_page={self.server.token}\r\n\r\n"
        writer.write(lines.encode())
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        return answer.decode()

    def page(self, **changed: str) -> "connect":
        headers = self.cookie() | changed
        return connect(
            self.origin.replace("http", "ws") + "/ws", origin=self.origin, additional_headers=headers, proxy=None
        )


@asynccontextmanager
async def booth(tmp_path: Path, **arguments: int) -> AsyncIterator[Booth]:
    pages = tmp_path / "pages"
    (pages / "screens").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html>the page")
    (pages / "screens" / "idle.js").write_text("export {}")
    (pages / "README").write_text("not served")
    (tmp_path / "secret.json").write_text('"secret"')
    (pages / "link.json").symlink_to(tmp_path / "secret.json")
    one = Booth(PageServer(pages, fonts=font_directory(), **arguments))
    await one.server.start(one.heard.append)
    try:
        yield one
    finally:
        await one.server.close()
