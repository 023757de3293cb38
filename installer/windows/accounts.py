"""Accounts of a real Windows: their numbers and profiles, asked of Windows itself."""

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    from installer.ports import SystemRefused

    LONGEST = 1024
    EXISTS = 0x800700B7

    def sid_of(account: str) -> str | None:
        """The account's number; None if there is none of this name. A service's account has one once the service is there."""
        advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
        sid = ctypes.create_string_buffer(LONGEST)
        domain = ctypes.create_unicode_buffer(LONGEST)
        size, length, use = wintypes.DWORD(LONGEST), wintypes.DWORD(LONGEST), wintypes.DWORD()
        sizes = (ctypes.byref(size), domain, ctypes.byref(length), ctypes.byref(use))
        if not advapi32.LookupAccountNameW(None, account, sid, *sizes):
            return None
        text = wintypes.LPWSTR()
        if not advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)):
            raise SystemRefused(f"Windows does not say the number of {account} (error {ctypes.get_last_error()})")
        found = text.value
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
        kernel32.LocalFree(ctypes.cast(text, ctypes.c_void_p))
        return found

    def make_profile(account: str, sid: str) -> None:
        """The account's profile and hive, as the first login would make them; no error if they are there."""
        place = ctypes.create_unicode_buffer(LONGEST)
        answer = ctypes.WinDLL("userenv").CreateProfile(sid, account, place, LONGEST) & 0xFFFFFFFF
        if answer not in {0, EXISTS}:
            raise SystemRefused(f"the profile of {account} cannot be made (error {answer:#x})")

    def is_elevated() -> bool:
        """Whether this process may change the PC."""
        return bool(ctypes.WinDLL("shell32").IsUserAnAdmin())
