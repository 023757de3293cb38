"""The page server lets in our own window and nobody else, and is robust against a page that misbehaves."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from agent.adapters.page_server import PageServer, font_directory, inherited_socket
from agent.adapters.page_server.server import WAITING_MESSAGES
from agent.ports import AgentError, PageHeard, PageJoined, PageLeft
from protocol.page import Alive, Lease, Notice, Ready, ToPage

pytestmark = pytest.mark.anyio

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


async def test_the_page_is_served_with_headers_that_keep_it_to_itself(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        answer = await one.get("/?from=window")
        assert (answer.status_code, answer.text) == (200, "<!doctype html>the page")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"].split("; ")
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "server" not in answer.headers


async def test_modules_and_fonts_have_their_types(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        assert (await one.get("/screens/idle.js")).headers["content-type"] == "text/javascript; charset=utf-8"
        for weight in ("Regular", "Bold"):
            font = await one.get(f"/fonts/AtkinsonHyperlegible-{weight}.ttf")
            assert (font.status_code, font.headers["content-type"]) == (200, "font/ttf")
            assert len(font.content) > 10_000


@pytest.mark.parametrize(
    "path",
    ["/../secret.json", "/%2e%2e/secret.json", "//etc/passwd", "/link.json", "/README", "/screens/", "/absent.js"],
)
async def test_nothing_but_the_pages_own_files_is_served(tmp_path: Path, path: str) -> None:
    async with booth(tmp_path) as one:
        answer = await one.raw(f"GET {path} HTTP/1.1")
        assert answer.startswith("HTTP/1.1 404")
        assert "secret" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "bilik_page="},
        {"Cookie": "bilik_page=wrong"},
        {"Cookie": "BILIK_PAGE={token}"},
        {"Cookie": "bilik_page={token}", "Host": "localhost:{port}"},
        {"Cookie": "bilik_page={token}", "Host": "evil.example"},
        {"Cookie": "bilik_page={token}", "Host": "127.0.0.1"},
        {"Cookie": "bilik_page={token}", "Origin": "http://evil.example"},
        {"Cookie": "bilik_page={token}", "Origin": "null"},
    ],
)
async def test_a_stranger_gets_a_bare_403_for_files_and_socket(tmp_path: Path, headers: dict[str, str]) -> None:
    async with booth(tmp_path) as one:
        filled = {name: value.format(token=one.server.token, port=one.server.port) for name, value in headers.items()}
        answer = await one.get("/", filled)
        assert (answer.status_code, answer.content) == (403, b"")
        assert (await one.get("/ws", filled)).status_code == 403
        assert one.server.refused_requests == 2
        assert one.heard == []


async def test_the_socket_is_refused_without_cookie_and_without_our_origin(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        with pytest.raises(InvalidStatus, match="403"):
            async with one.page(Cookie="bilik_page=wrong"):
                pass
        for origin in ("http://evil.example", None):
            url = one.origin.replace("http", "ws") + "/ws"
            with pytest.raises(InvalidStatus, match="403"):
                async with connect(url, origin=origin, additional_headers=one.cookie(), proxy=None):
                    pass
        assert one.heard == []


async def test_each_start_has_another_token_and_it_is_long(tmp_path: Path) -> None:
    tokens = {PageServer(tmp_path).token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 40


async def test_messages_go_both_ways_and_leaving_is_heard(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        one.server.send(LEASE)  # nobody is there: dropped
        async with one.page() as page:
            await page.send('{"type":"ready"}')
            await wait_for(lambda: len(one.heard) == 2)
            one.server.send(LEASE)
            assert msgspec.json.decode(await page.recv(), type=ToPage) == LEASE
        await wait_for(lambda: len(one.heard) == 3)
        assert one.heard == [PageJoined(), Ready(), PageLeft()]


async def test_the_newest_page_wins_and_the_old_one_is_told(tmp_path: Path) -> None:
    async with booth(tmp_path) as one, one.page() as old, one.page() as new:
        assert await closed_with(old) == 4001
        await new.send('{"type":"alive","hidden":false}')
        await wait_for(lambda: Alive(hidden=False) in one.heard)
        assert one.heard == [PageJoined(), PageJoined(), Alive(hidden=False)]
        one.server.send(LEASE)
        assert await new.recv()


async def closed_with(page: ClientConnection) -> int | None:
    """The code with which the server closed this page."""
    async with asyncio.timeout(5):
        await page.wait_closed()
    return page.close_code


@pytest.mark.parametrize(
    "message", ['{"type":"unlock_everything"}', '{"type":"ready","extra":1}', '{"type":"alive"}', "half {", b"\x00\x01"]
)
async def test_a_bad_message_closes_the_socket_and_is_counted(tmp_path: Path, message: str | bytes) -> None:
    async with booth(tmp_path) as one, one.page() as page:
        await page.send(message)
        assert await closed_with(page) == 1008
        await wait_for(lambda: one.heard[-1] == PageLeft())
        assert one.server.bad_messages == 1


async def test_a_huge_message_closes_the_socket(tmp_path: Path) -> None:
    async with booth(tmp_path) as one, one.page() as page:
        await page.send("x" * 300_000)
        assert await closed_with(page) == 1009
        await wait_for(lambda: one.heard == [PageJoined(), PageLeft()])


async def test_a_page_that_does_not_read_is_dropped_and_does_not_fill_memory(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        with await joined_without_reading(one):
            await wait_for(lambda: one.heard == [PageJoined()])
            for _ in range(WAITING_MESSAGES * 100):
                one.server.send(Notice(kind="message", text="x" * 200))
                await asyncio.sleep(0)
                if one.heard[-1] == PageLeft():
                    break
            await wait_for(lambda: one.heard[-1] == PageLeft())


async def test_a_page_that_hangs_is_replaced_all_the_same(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        with await joined_without_reading(one):
            await wait_for(lambda: one.heard == [PageJoined()])
            async with one.page() as new:
                one.server.send(LEASE)
                assert await new.recv()


async def joined_without_reading(one: Booth) -> socket.socket:
    """A page whose socket is open and which then hangs."""
    page = socket.socket()
    page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    page.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(page, ("127.0.0.1", one.server.port))
    head = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{one.server.port}\r\nOrigin: {one.origin}\r\nCookie: bilik_page={one.server.token}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(page, head.encode())
    assert b"101" in await loop.sock_recv(page, 200)
    return page


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AgentError, match=f"port {port} "):
            async with booth(tmp_path, port=port):
                pass


async def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    async with booth(tmp_path) as one:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.2", one.server.port)) != 0


def in_child(environ: dict[str, str], pid: int) -> bool:
    return inherited_socket(environ, pid) is not None


async def test_a_socket_of_the_service_manager_is_taken_only_if_meant_for_us() -> None:
    assert not in_child({}, os.getpid())
    assert not in_child({"LISTEN_FDS": "1", "LISTEN_PID": "1"}, os.getpid())
    assert not in_child({"LISTEN_FDS": "0", "LISTEN_PID": str(os.getpid())}, os.getpid())


CHILD = """
import os
from agent.adapters.page_server import inherited_socket
found = inherited_socket(os.environ, os.getpid())
print(found.getsockname()[1], found.get_inheritable())
"""


async def test_the_socket_of_the_service_manager_is_file_descriptor_3() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        command = f"export LISTEN_FDS=1 LISTEN_PID=$$; exec {sys.executable} -c '{CHILD}' 3<&{listening.fileno()}"
        child = await asyncio.create_subprocess_exec(
            "bash", "-c", command, pass_fds=[listening.fileno()], stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]
        )
        said, _ = await child.communicate()
        assert said.decode().split() == [str(listening.getsockname()[1]), "False"]


async def test_it_serves_on_a_socket_it_is_given(tmp_path: Path) -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    (tmp_path / "index.html").write_text("given")
    one = Booth(PageServer(tmp_path, listening=listening))
    await one.server.start(one.heard.append)
    assert one.server.port == port
    assert (await one.get("/")).text == "given"
    await one.server.close()
