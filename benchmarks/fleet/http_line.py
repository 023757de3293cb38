"""One keep-alive HTTP/1.1 connection as a terminal has it, at a cost that thousands of them fit beside the server they load."""

import asyncio

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class LineLost(Exception):
    """The server closed the connection, or never took it."""


class Line(asyncio.Protocol):
    """One request at a time. `post` connects where needed."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = host, port
        self._head = f"Host: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._buffer = b""

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; raises LineLost."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            try:
                self._transport, _ = await loop.create_connection(lambda: self, *self._address)
            except OSError as error:
                raise LineLost(str(error)) from error
        self._answer = loop.create_future()
        self._buffer = b""
        self._transport.write(
            f"POST {path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    # ---- asyncio.Protocol -----------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take what has come; the answer is whole when its content-length is there."""
        self._buffer += data
        head, found, body = self._buffer.partition(HEAD_END)
        if not found or self._answer is None or self._answer.done():
            return
        length = next(int(line[len(LENGTH) :]) for line in head.lower().split(b"\r\n") if line.startswith(LENGTH))
        if len(body) >= length:
            self._answer.set_result((int(head[9:12]), body[:length]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody answers any more."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LineLost(str(exc or "closed")))
