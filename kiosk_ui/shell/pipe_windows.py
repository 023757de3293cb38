"""The shell's end of the agent's named pipe: its server learns who we are and nothing more, and it must be the agent's own."""

import sys

SERVICE_ACCOUNT = "S-1-5-80-"
SYSTEM_ACCOUNTS = frozenset({"S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-32-544"})
"""The system, its two service accounts, and the administrators."""


def may_own(owner: str, own: str, *, is_kiosk: bool) -> bool:
    """Whether a pipe of this owner can be the agent's: a service's or the system's; beside a kiosk also our own account's."""
    return owner.startswith(SERVICE_ACCOUNT) or owner in SYSTEM_ACCOUNTS or (owner == own and not is_kiosk)


if sys.platform == "win32":
    import asyncio
    import ctypes
    from asyncio import windows_utils
    from ctypes import wintypes
    from typing import Any

    TALK = 0x0001 | 0x0002 | 0x0080 | 0x0100 | 0x00020000 | 0x00100000
    """Read and write data and attributes, see the owner, wait: what the agent's access list gives, and not a bit more."""
    OPEN_EXISTING, OVERLAPPED, IDENTIFY_ONLY = 3, 0x40000000, 0x00100000 | 0x00010000
    INVALID = ctypes.c_void_p(-1).value
    KERNEL_OBJECT, OWNER, TOKEN_USER, QUERY_TOKEN = 6, 1, 1, 8

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _kernel32.CreateFileW.restype = _kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    _kernel32.CreateFileW.argtypes = (
        *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
        *(wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
    )
    _kernel32.CloseHandle.argtypes = _kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
    _advapi32.OpenProcessToken.argtypes = (ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p)
    _advapi32.GetTokenInformation.argtypes = (
        *(ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD, ctypes.c_void_p),
    )
    _advapi32.GetSecurityInfo.argtypes = (
        *(ctypes.c_void_p, ctypes.c_int, wintypes.DWORD, ctypes.c_void_p),
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
    )
    _advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.c_void_p)

    async def open_pipe(path: str, *, limit: int, is_kiosk: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Call the agent; raises OSError where there is none, all its ends are taken, or the pipe is a stranger's."""
        flags = OVERLAPPED | IDENTIFY_ONLY
        handle = _kernel32.CreateFileW(path, TALK, 0, None, OPEN_EXISTING, flags, None)
        if handle == INVALID:
            raise ctypes.WinError(ctypes.get_last_error())
        pipe = windows_utils.PipeHandle(handle)
        if not may_own(_owner_of(handle), own_sid(), is_kiosk=is_kiosk):
            pipe.close()
            raise PermissionError(13, "the pipe belongs to an account that is no agent's")
        loop: Any = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=limit)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = loop._make_duplex_pipe_transport(pipe, protocol)  # what asyncio's own pipes are made of
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        writer.write(b"\n")  # Windows tells the agent who we are once it has read something
        return reader, writer

    def own_sid() -> str:
        """The number of this process's account."""
        token = wintypes.HANDLE()
        if not _advapi32.OpenProcessToken(_kernel32.GetCurrentProcess(), QUERY_TOKEN, ctypes.byref(token)):
            raise ctypes.WinError(ctypes.get_last_error())
        room, size = ctypes.create_string_buffer(1024), wintypes.DWORD()
        try:
            if not _advapi32.GetTokenInformation(token, TOKEN_USER, room, len(room), ctypes.byref(size)):
                raise ctypes.WinError(ctypes.get_last_error())
        finally:
            _kernel32.CloseHandle(token)
        return _in_words(ctypes.cast(room, ctypes.POINTER(ctypes.c_void_p))[0])

    def _owner_of(handle: int) -> str:
        owner, descriptor = ctypes.c_void_p(), ctypes.c_void_p()
        wanted = (ctypes.byref(owner), None, None, None, ctypes.byref(descriptor))
        code = _advapi32.GetSecurityInfo(handle, KERNEL_OBJECT, OWNER, *wanted)
        if code != 0:
            raise ctypes.WinError(code)
        try:
            return _in_words(owner)
        finally:
            _kernel32.LocalFree(descriptor)

    def _in_words(sid: Any) -> str:
        text = ctypes.c_void_p()
        if not _advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.wstring_at(text.value or 0)
        finally:
            _kernel32.LocalFree(text)
