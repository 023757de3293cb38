"""A named pipe of Windows: for whom it is made, who is at its other end, and streams on it.

What a Unix socket's place in a directory does on Linux is done here by the pipe's own access list; what SO_PEERCRED says is
asked of Windows by taking the other end's identity for a moment.
"""

import re
import sys

from agent.ports import AgentError

SYSTEM, ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"
ALL, TALK = "FA", "0x12018b"
"""Everything; and read, write and wait, but not FILE_CREATE_PIPE_INSTANCE: who may talk may not take the agent's place."""
SID = re.compile(r"S-1-[0-9]+(?:-[0-9]+){1,15}")


def access_list(own: str, peers: frozenset[str]) -> str:
    """The pipe's access list (SDDL): the system and the agent's account do all, `peers` may talk, the network is kept out.

    Administrators may talk if they are among the peers; nobody else, nothing inherited.
    """
    for sid in (own, *peers):
        if SID.fullmatch(sid) is None:
            raise AgentError(f"{sid!r} is not the number of a Windows account")
    others = sorted(peers - {own, SYSTEM})
    entries = ["(D;;FA;;;NU)", *(f"(A;;{ALL};;;{sid})" for sid in dict.fromkeys((SYSTEM, own)))]
    return f"O:{own}D:P{''.join(entries)}{''.join(f'(A;;{TALK};;;{sid})' for sid in others)}"


if sys.platform == "win32":
    import asyncio
    import contextlib
    import ctypes
    import logging
    from asyncio import windows_utils
    from collections.abc import Iterator
    from ctypes import wintypes
    from pathlib import Path
    from typing import Any

    from agent.listener import Meet

    log = logging.getLogger(__name__)

    FIRST_BYTE_S = 5.0
    AGAIN_S = 0.2
    BUFFER_BYTES = 64 * 1024
    DUPLEX, OVERLAPPED, FIRST_INSTANCE = 0x3, 0x40000000, 0x00080000
    BYTES_AND_NO_REMOTE = 0x8
    UNLIMITED = 255
    INVALID = ctypes.c_void_p(-1).value
    QUERY_TOKEN, TOKEN_USER = 0x8, 1
    SDDL_REVISION = 1

    class Attributes(ctypes.Structure):
        """SECURITY_ATTRIBUTES."""

        _fields_ = (("size", wintypes.DWORD), ("descriptor", ctypes.c_void_p), ("inherit", wintypes.BOOL))

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _kernel32.CreateNamedPipeW.restype = ctypes.c_void_p
    _kernel32.CreateNamedPipeW.argtypes = (
        *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD),
        *(wintypes.DWORD, ctypes.POINTER(Attributes)),
    )
    _kernel32.GetCurrentThread.restype = _kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    _kernel32.CloseHandle.argtypes = _kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
    _advapi32.ImpersonateNamedPipeClient.argtypes = (ctypes.c_void_p,)
    _advapi32.OpenThreadToken.argtypes = (ctypes.c_void_p, wintypes.DWORD, wintypes.BOOL, ctypes.c_void_p)
    _advapi32.OpenProcessToken.argtypes = (ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p)
    _advapi32.GetTokenInformation.argtypes = (
        *(ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(wintypes.DWORD)),
    )
    _advapi32.CheckTokenMembership.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(wintypes.BOOL))
    _advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))

    class PipeListener:
        """Meets at `path` who runs under an account of `allowed` (numbers); all others are turned away unheard.

        The other end says one empty line first: Windows knows whose pipe it is once something was read from it.
        """

        def __init__(self, path: str, *, allowed: frozenset[str]) -> None:
            self._path = path
            self._allowed = allowed
            self._free: windows_utils.PipeHandle | None = None
            self._accepting: asyncio.Task[None] | None = None
            self._arrivals: set[asyncio.Task[None]] = set()
            self.refused_peers = 0

        async def start(self, meet: Meet, *, limit: int) -> None:
            """Listen; raises AgentError where the pipe cannot be made, or somebody else has made one of this name."""
            self._free = make_pipe(self._path, self._allowed, is_first=True)
            self._accepting = asyncio.create_task(self._accept(meet, limit))

        async def close(self) -> None:
            """Listen no more."""
            tasks = [*self._arrivals, *([] if self._accepting is None else [self._accepting])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._free is not None:
                self._free.close()
                self._free = None

        async def _accept(self, meet: Meet, limit: int) -> None:
            """Always one end free, so that the name never stops being ours."""
            loop: Any = asyncio.get_running_loop()  # asyncio serves pipes with no access list; its parts are used
            while True:
                pipe, failed = self._free, True
                try:
                    await loop._proactor.accept_pipe(pipe)
                    self._free, failed = make_pipe(self._path, self._allowed, is_first=False), False
                except (OSError, AgentError) as error:
                    log.warning("pipe_not_accepted", extra={"why": str(error)})
                if failed:  # who came has gone again: the end is used up
                    await self._begin_again(pipe)
                    continue
                arrival = asyncio.ensure_future(self._arrive(pipe, meet, limit))
                self._arrivals.add(arrival)
                arrival.add_done_callback(self._arrivals.discard)

        async def _begin_again(self, used: "windows_utils.PipeHandle | None") -> None:
            with contextlib.suppress(OSError, AgentError):
                self._free = make_pipe(self._path, self._allowed, is_first=False)
            if used is not None and used is not self._free:
                used.close()
            await asyncio.sleep(AGAIN_S)

        async def _arrive(self, pipe: Any, meet: Meet, limit: int) -> None:
            reader, writer = streams(pipe, limit)
            try:
                async with asyncio.timeout(FIRST_BYTE_S):
                    began = await reader.readexactly(1) == b"\n"
                may_come = began and peer_is_one_of(pipe.handle, self._allowed)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                may_come = False
            except asyncio.CancelledError:
                writer.transport.abort()
                raise
            if not may_come:
                self.refused_peers += 1
                log.warning("peer_refused", extra={"at": self._path})
                writer.transport.abort()
                return
            meet(reader, writer)

    def make_pipe(path: str, peers: frozenset[str], *, is_first: bool) -> windows_utils.PipeHandle:
        """One free end; raises AgentError. `is_first`: fail where the name is somebody's already."""
        with _descriptor(access_list(own_sid(), peers)) as attributes:
            flags = DUPLEX | OVERLAPPED | (FIRST_INSTANCE if is_first else 0)
            sizes = (UNLIMITED, BUFFER_BYTES, BUFFER_BYTES, 0)
            handle = _kernel32.CreateNamedPipeW(path, flags, BYTES_AND_NO_REMOTE, *sizes, ctypes.byref(attributes))
            code = ctypes.get_last_error()
        if handle == INVALID:
            raise AgentError(
                f"{path}: the pipe cannot be made (error {code}); another agent, or a stranger, has one of this name: "
                "end it, or restart the PC"
            )
        return windows_utils.PipeHandle(handle)

    def streams(pipe: Any, limit: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """What asyncio gives for a socket, on a connected end."""
        loop: Any = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=limit)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = loop._make_duplex_pipe_transport(pipe, protocol)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def call_pipe(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Call an agent, as an administrator does; raises OSError."""
        loop: Any = asyncio.get_running_loop()
        pipe = await loop._proactor.connect_pipe(str(path))
        reader, writer = streams(pipe, BUFFER_BYTES)
        writer.write(b"\n")
        return reader, writer

    # ---- accounts -----------------------------------------------------------------------------------------------------

    def own_sid() -> str:
        """The number of this process's account."""
        token = wintypes.HANDLE()
        if not _advapi32.OpenProcessToken(_kernel32.GetCurrentProcess(), QUERY_TOKEN, ctypes.byref(token)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return _user_of(token)
        finally:
            _kernel32.CloseHandle(token)

    def peer_is_one_of(handle: int, allowed: frozenset[str]) -> bool:
        """Whether the account at the other end, or a group it is in, is one of these; as Windows knows it."""
        if not _advapi32.ImpersonateNamedPipeClient(handle):
            return False
        token = wintypes.HANDLE()
        try:
            thread = _kernel32.GetCurrentThread()
            known = _advapi32.OpenThreadToken(thread, QUERY_TOKEN, True, ctypes.byref(token))
        finally:
            if not _advapi32.RevertToSelf():
                raise RuntimeError("this thread cannot become itself again")
        if not known:
            return False
        try:
            return _user_of(token) in allowed or any(_is_member(token, sid) for sid in allowed)
        finally:
            _kernel32.CloseHandle(token)

    def _is_member(token: wintypes.HANDLE, sid: str) -> bool:
        number, yes = ctypes.c_void_p(), wintypes.BOOL()
        if not _advapi32.ConvertStringSidToSidW(ctypes.c_wchar_p(sid), ctypes.byref(number)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return bool(_advapi32.CheckTokenMembership(token, number, ctypes.byref(yes)) and yes.value)
        finally:
            _kernel32.LocalFree(number)

    def sid_of(account: str) -> str | None:
        """The number of an account of this PC; None if there is none of this name."""
        sid, domain = ctypes.create_string_buffer(1024), ctypes.create_unicode_buffer(1024)
        size, length, use = wintypes.DWORD(1024), wintypes.DWORD(1024), wintypes.DWORD()
        sizes = (ctypes.byref(size), domain, ctypes.byref(length), ctypes.byref(use))
        return _in_words(sid) if _advapi32.LookupAccountNameW(None, account, sid, *sizes) else None

    def _user_of(token: wintypes.HANDLE) -> str:
        room, size = ctypes.create_string_buffer(1024), wintypes.DWORD()
        if not _advapi32.GetTokenInformation(token, TOKEN_USER, room, len(room), ctypes.byref(size)):
            raise ctypes.WinError(ctypes.get_last_error())
        return _in_words(ctypes.cast(room, ctypes.POINTER(ctypes.c_void_p))[0])

    def _in_words(sid: Any) -> str:
        text = ctypes.c_void_p()
        if not _advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.wstring_at(text.value or 0)
        finally:
            _kernel32.LocalFree(text)

    @contextlib.contextmanager
    def _descriptor(sddl: str) -> Iterator[Attributes]:
        """The access list as Windows wants it."""
        descriptor = ctypes.c_void_p()
        convert = _advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW
        if not convert(ctypes.c_wchar_p(sddl), SDDL_REVISION, ctypes.byref(descriptor), None):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            yield Attributes(ctypes.sizeof(Attributes), descriptor, False)
        finally:
            _kernel32.LocalFree(descriptor)
