"""The line on which bilik-shell speaks with the agent: JSON lines, one shell at a time; a Unix socket if nothing else is given."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import stat
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.listener import Listener, Meet
from agent.ports import AgentError, ShellHeard, ShellJoined, ShellLeft
from protocol.shell import FromShell, ToShell

log = logging.getLogger(__name__)

LONGEST_LINE_BYTES = 64 * 1024
UNREAD_BYTES = 256 * 1024
"""A shell that has left this much unread hangs; it is dropped and comes back by itself."""

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(FromShell).decode


class ShellLink:
    """Listens at `path` for a shell run by one of `allowed_uids` (default: the agent's own account); the newest shell counts.

    `listener`: where else to listen; Windows has a named pipe.
    """

    def __init__(
        self, path: Path, *, allowed_uids: frozenset[int] | None = None, listener: Listener | None = None
    ) -> None:
        self._listener = listener or UnixListener(path, allowed_uids=allowed_uids)
        self._is_open = False
        self._heard: Callable[[ShellHeard], None] = lambda _: None
        self._shell: asyncio.StreamWriter | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.bad_lines = 0

    @property
    def refused_peers(self) -> int:
        """How many others were turned away."""
        return self._listener.refused_peers

    async def start(self, heard: Callable[[ShellHeard], None]) -> None:
        """Listen; raises AgentError if the line cannot be made."""
        self._heard = heard
        self._is_open = True
        await self._listener.start(self._meet, limit=LONGEST_LINE_BYTES)

    def send(self, message: ToShell) -> None:
        """Queue a message; dropped when no shell is there, and a shell that does not read is dropped itself."""
        if self._shell is None:
            return
        self._shell.write(encode(message) + b"\n")
        if self._shell.transport.get_write_buffer_size() > UNREAD_BYTES:
            log.warning("shell_does_not_read")
            self._shell.transport.abort()

    async def close(self) -> None:
        """Stop listening and cut the shell off."""
        if not self._is_open:
            return
        self._is_open = False
        if self._shell is not None:
            self._shell.close()
        for talk in tuple(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._listener.close()

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_open:  # met while we close
            writer.close()
            return
        talk = asyncio.ensure_future(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replaced, self._shell = self._shell, writer
        if replaced is not None:
            replaced.transport.abort()
        self._heard(ShellJoined())
        try:
            await self._listen(reader, writer)
        finally:
            writer.close()
            if self._shell is writer:
                self._shell = None
                self._heard(ShellLeft())
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear lines until the socket closes, a line makes no sense, or a newer shell is there."""
        with contextlib.suppress(OSError):
            while self._shell is writer:
                try:
                    line = await reader.readuntil(b"\n")
                    message = decode(line)
                except asyncio.IncompleteReadError:
                    return
                except (asyncio.LimitOverrunError, ValueError, RecursionError) as error:
                    self.bad_lines += 1
                    log.warning("shell_line_refused", extra={"why": str(error)[:200]})
                    return
                if self._shell is writer:
                    self._heard(message)


class UnixListener:
    """A Unix socket at `path`; who comes from another account is turned away."""

    def __init__(self, path: Path, *, allowed_uids: frozenset[int] | None = None) -> None:
        self._path = path
        self._allowed_uids = allowed_uids if allowed_uids is not None else own_uid()
        self._server: asyncio.Server | None = None
        self.refused_peers = 0

    async def start(self, meet: Meet, *, limit: int) -> None:
        """Listen; raises AgentError if the socket cannot be made."""

        def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            uid = peer_uid(writer.get_extra_info("socket"))
            if uid in self._allowed_uids:
                meet(reader, writer)
                return
            self.refused_peers += 1
            log.warning("shell_refused", extra={"uid": uid})
            writer.close()

        self._server = await asyncio.start_unix_server(met, sock=bind_socket(self._path), limit=limit)

    async def close(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        await self._server.wait_closed()
        self._server = None
        self._path.unlink(missing_ok=True)


def own_uid() -> frozenset[int]:
    """The account of this process."""
    return frozenset({os.getuid()}) if sys.platform != "win32" else frozenset()


def bind_socket(path: Path) -> socket.socket:
    """A listening Unix socket at `path` for owner and group alone; one left by an agent that crashed is replaced."""
    if sys.platform == "win32":
        raise AgentError("Windows has no Unix sockets that know their peer; a named pipe is used there")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        make_directory(path.parent)
        remove_stale(path)
        listening.bind(str(path))
        path.chmod(0o660)
    except OSError as error:
        listening.close()
        why = error.strerror or str(error)
        raise AgentError(
            f"{path}: the shell's socket cannot be made ({why}); check the directory and [agent] shell_socket"
        ) from error
    return listening


def make_directory(directory: Path) -> None:
    """A directory for the socket that is not there yet: the kiosk account passes through it by its group."""
    if not directory.is_dir():
        directory.mkdir(parents=True)
        directory.chmod(0o750)


def remove_stale(path: Path) -> None:
    """Remove the socket of an agent that crashed; anything else at `path` is left alone and is an OSError."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "something that is not a socket is there: remove it")
        path.unlink()


def peer_uid(connection: socket.socket) -> int | None:
    """The account at the other end, as the kernel knows it."""
    if sys.platform != "linux":
        return None
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(uid)
