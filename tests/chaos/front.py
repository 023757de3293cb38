"""The proxy before central, as many have one: passes everything on, or answers in its place, slowly, twice, or not at all."""

import asyncio
import contextlib
import random
import ssl
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any

IDLE_S = 0.8
SLOW_S = 3.0
TWICE_S = 1.0
HEAD_MOST = 65_536
GARBAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 46\r\n\r\n<!doctype html><title>Log in to Wi-Fi</title>!!",
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"received_at_ms": 12, "ans',
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"revision":-1}',
    b"\x16\x03\x01\x00\xff\x00\x00 what is this\r\n\r\n",
)
BROKEN = b'HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{"status":500,"title":"no"}'


class Door:
    """One address under which central can be had, with the faults that hold at it."""

    def __init__(self, host: str, central_port: int, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.host, self.port = host, port
        self.tls = tls
        self.faults: set[str] = set()
        self._central_port = central_port
        self._dice = random.Random(7)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._visit, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def reopen(self, tls: ssl.SSLContext | None) -> None:
        """From now on with this certificate; connections of before are closed."""
        self.tls = tls
        await self.close()
        await self.open()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close()
        await self.drop()

    async def drop(self) -> None:
        """Close every connection; new ones are taken."""
        for writer in list(self._writers):
            writer.transport.abort()

    # ---- one connection -------------------------------------------------------------------------------------------

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(
                OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError
            ):
                await self._serve(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = await asyncio.open_connection("127.0.0.1", self._central_port)
        self._writers.add(upstream[1])
        answers = asyncio.create_task(self._answers(upstream[0], writer))
        try:
            while not answers.done():
                head, body = await _request(reader)
                if not await self._passes(head + body, writer):
                    return
                upstream[1].write(head + body)
                await upstream[1].drain()
                if b"upgrade: websocket" in head.lower():
                    await self._pour(reader, upstream[1])
                    return
        finally:
            answers.cancel()
            self._writers.discard(upstream[1])
            upstream[1].transport.abort()

    async def _passes(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether this request is passed on; what holds at this door may answer it instead."""
        if "answer_500" in self.faults:
            writer.write(BROKEN)
        elif "answer_garbage" in self.faults:
            writer.write(self._dice.choice(GARBAGE))
        else:
            if "answer_slowly" in self.faults:
                await asyncio.sleep(self._dice.uniform(0.2, SLOW_S))
            if "ask_twice" in self.faults and b"upgrade: websocket" not in request.lower():
                await self._ask_apart(request)
            return True
        await writer.drain()
        return False

    async def _ask_apart(self, request: bytes) -> None:
        """The same request once more, on a connection of its own whose answer nobody reads."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._central_port)
        self._writers.add(writer)
        writer.write(request)
        await writer.drain()
        asyncio.get_running_loop().call_later(TWICE_S, self._let_go, writer)

    def _let_go(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.transport.abort()

    async def _answers(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            await self._pour(upstream, writer, answers=True)
        writer.transport.abort()

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False) -> None:
        while True:
            async with asyncio.timeout(IDLE_S if "close_idle" in self.faults else None):
                data = await reader.read(HEAD_MOST)
            if not data or (answers and "lose_answers" in self.faults):
                return
            writer.write(data)
            await writer.drain()


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """One request's head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head, await reader.readexactly(length)


class Front:
    """All doors, served from a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._doors: list[Door] = []

    def start(self) -> None:
        """Begin to serve; doors are opened one by one."""
        self._loop.set_exception_handler(lambda *_: None)
        self._thread.start()

    def open(self, door: Door) -> Door:
        """Open this one too."""
        self._run(door.open())
        self._doors.append(door)
        return door

    def reopen(self, door: Door, tls: ssl.SSLContext | None) -> None:
        """Let this door show another certificate."""
        self._run(door.reopen(tls))

    def drop(self, door: Door) -> None:
        """Close every connection of this door."""
        self._run(door.drop())

    def stop(self) -> None:
        """Close all doors and end the thread."""
        for door in self._doors:
            self._run(door.close())
        self._run(_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None] | Awaitable[None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]  # a coroutine it is


async def _rest() -> None:
    """Cancel what still runs and let it end."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)  # transports that were aborted close in the next turns
