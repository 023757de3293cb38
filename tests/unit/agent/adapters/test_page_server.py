"""The page server lets in our own window and nobody else."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from agent.adapters.page_server import PageServer, inherited_socket
from agent.ports import AgentError
from tests.unit.agent.adapters.page_booth import Booth, booth

pytestmark = pytest.mark.anyio

CHILD = """
import os
from agent.adapters.page_server import inherited_socket
found = inherited_socket(os.environ, os.getpid())
print(found.getsockname()[1], found.get_inheritable())
"""


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
