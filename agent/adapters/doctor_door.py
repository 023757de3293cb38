"""The line beside the shell's where `bilik-agent doctor` asks the running agent; for its account and the administrator alone."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.listener import Listener
from agent.ports import AgentError

log = logging.getLogger(__name__)

DOOR = "doctor.sock"
PIPE_ENDING = "-doctor"
ROOT = 0
Call = Callable[[Path], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
BUSY = b'{"refused":"agent.busy"}'
LONGEST_ANSWER_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 1024
ANSWER_S = 60.0


class Desk:
    """Answers who was met, one at a time."""

    def __init__(self) -> None:
        self._is_asked = False
        self._talks: set[asyncio.Task[None]] = set()

    def begin(self, ask: Callable[[], Awaitable[bytes]], writer: asyncio.StreamWriter) -> None:
        """Give one answer, then close."""
        talk = asyncio.ensure_future(self._meet(ask, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def close(self) -> None:
        """Cut off who still waits."""
        for talk in tuple(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _meet(self, ask: Callable[[], Awaitable[bytes]], writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                writer.write(BUSY if self._is_asked else await self._ask(ask))
                await writer.drain()
        finally:
            writer.close()

    async def _ask(self, ask: Callable[[], Awaitable[bytes]]) -> bytes:
        self._is_asked = True
        try:
            return await ask()
        finally:
            self._is_asked = False


class PipeDoctorDoor:
    """Listens where `listener` does: on a named pipe of Windows, which knows who may come."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._desk = Desk()

    async def start(self, ask: Callable[[], Awaitable[bytes]]) -> None:
        """Listen; a booth works without, so a door that cannot be made is only logged."""
        try:
            await self._listener.start(lambda _, writer: self._desk.begin(ask, writer), limit=LONGEST_LINE_BYTES)
        except (AgentError, OSError) as error:
            log.warning("no_doctor_door", extra={"why": str(error)})

    async def close(self) -> None:
        """Stop listening."""
        await self._listener.close()
        await self._desk.close()


class UnixDoctorDoor:
    """Listens at `path`; `bind` makes the socket, `peer_uid` says who is at the other end of one.

    A socket, not a file that is dropped and found: the kernel says who asks, nothing is left behind by a doctor that was
    stopped, a dead agent is known at once, and what lies in /run needs no disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        uid: int,
        bind: Callable[[Path], socket.socket],
        peer_uid: Callable[[socket.socket], int | None],
    ) -> None:
        self._path = path
        self._allowed = {uid, ROOT}
        self._bind = bind
        self._peer_uid = peer_uid
        self._server: asyncio.Server | None = None
        self._desk = Desk()

    async def start(self, ask: Callable[[], Awaitable[bytes]]) -> None:
        """Listen; a booth works without, so a door that cannot be made is only logged."""
        try:
            listening = self._bind(self._path)
            self._path.chmod(0o600)
        except (AgentError, OSError) as error:
            log.warning("no_doctor_door", extra={"why": str(error)})
            return
        self._server = await asyncio.start_unix_server(lambda _, writer: self._begin(ask, writer), sock=listening)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._desk.close()
            self._server = None
            self._path.unlink(missing_ok=True)

    def _begin(self, ask: Callable[[], Awaitable[bytes]], writer: asyncio.StreamWriter) -> None:
        if self._peer_uid(writer.get_extra_info("socket")) in self._allowed:
            self._desk.begin(ask, writer)
            return
        log.warning("doctor_refused")
        writer.close()


def door_path(shell_socket: Path) -> Path:
    """Beside the shell's socket; beside its pipe on Windows."""
    if sys.platform == "win32":
        return shell_socket.with_name(shell_socket.name + PIPE_ENDING)
    return shell_socket.with_name(DOOR)


async def ask_agent(path: Path, *, answer_s: float = ANSWER_S, call: Call | None = None) -> bytes | None:
    """The running agent's answer, empty if it gives none; None where no agent listens; raises AgentError for who may not ask.

    `call`: how the agent's line is opened; a Unix socket where nothing is said.
    """
    try:
        reader, writer = await (call_unix(path) if call is None else call(path))
    except PermissionError as error:
        who = "as administrator" if sys.platform == "win32" else "with sudo"
        raise AgentError(f"{path}: this account may not ask the agent; run it {who}") from error
    except OSError:
        return None
    try:
        async with asyncio.timeout(answer_s):
            return await read_all(reader)
    except (OSError, TimeoutError):
        return b""
    finally:
        writer.close()


async def call_unix(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open the socket; raises OSError."""
    if sys.platform == "win32":
        raise FileNotFoundError(path)
    return await asyncio.open_unix_connection(str(path))


async def read_all(reader: asyncio.StreamReader) -> bytes:
    """Until the other end closes, or has said more than it ever should."""
    said = bytearray()
    while len(said) <= LONGEST_ANSWER_BYTES and (piece := await reader.read(65_536)):
        said += piece
    return bytes(said)
