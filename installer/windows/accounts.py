"""Accounts of a real Windows, their numbers and profiles, asked of Windows itself."""

import sys

if sys.platform == "win32":
    import contextlib
    import ctypes
    from collections.abc import Iterator
    from ctypes import wintypes

    from installer.ports import SystemRefused

    LONGEST = 1024
    EXISTS = 0x800700B7
    DONE, NO_FILE, MEMBER_ALREADY, NO_SUCH_USER, USER_EXISTS = 0, 2, 1378, 2221, 2224
    AS_USER, SCRIPT, NO_PASSWORD, KEEPS_PASSWORD, NEVER_EXPIRES = 1, 0x1, 0x20, 0x40, 0x10000
    ALL_AT_ONCE = 0xFFFFFFFF
    USERS, ADMINISTRATORS = "S-1-5-32-545", "S-1-5-32-544"
    WHAT_FOR = "Bilik kiosk"

    class User(ctypes.Structure):
        """USER_INFO_1."""

        _fields_ = (
            *(("name", wintypes.LPWSTR), ("password", wintypes.LPWSTR), ("age", wintypes.DWORD)),
            *(("privilege", wintypes.DWORD), ("home", wintypes.LPWSTR), ("comment", wintypes.LPWSTR)),
            *(("flags", wintypes.DWORD), ("script", wintypes.LPWSTR)),
        )

    class Member(ctypes.Structure):
        """LOCALGROUP_MEMBERS_INFO_2, as far as it is read; LOCALGROUP_MEMBERS_INFO_0 is its first field alone."""

        _fields_ = (("sid", ctypes.c_void_p),)

    def _netapi32() -> ctypes.WinDLL:
        found = ctypes.WinDLL("netapi32")
        text, word, place = wintypes.LPCWSTR, wintypes.DWORD, ctypes.c_void_p
        found.NetUserAdd.argtypes = (text, word, place, place)
        found.NetUserDel.argtypes = (text, text)
        found.NetLocalGroupAddMembers.argtypes = (text, text, word, place, word)
        found.NetLocalGroupGetMembers.argtypes = (text, text, word, place, word, place, place, place)
        found.NetApiBufferFree.argtypes = (place,)
        return found

    def sid_of(account: str) -> str | None:
        """The account's number; None if there is none of this name. A service's account has one once the service is there."""
        with _raw_sid(account) as sid:
            return None if sid is None else _sid_text(ctypes.addressof(sid), account)

    @contextlib.contextmanager
    def _raw_sid(account: str) -> "Iterator[ctypes.Array[ctypes.c_char] | None]":
        sid, domain = ctypes.create_string_buffer(LONGEST), ctypes.create_unicode_buffer(LONGEST)
        size, length, use = wintypes.DWORD(LONGEST), wintypes.DWORD(LONGEST), wintypes.DWORD()
        sizes = (ctypes.byref(size), domain, ctypes.byref(length), ctypes.byref(use))
        is_known = ctypes.WinDLL("advapi32").LookupAccountNameW(None, account, sid, *sizes)
        yield sid if is_known else None

    def _sid_text(sid: int, account: str) -> str:
        advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
        text = wintypes.LPWSTR()
        if not advapi32.ConvertSidToStringSidW(ctypes.c_void_p(sid), ctypes.byref(text)):
            raise SystemRefused(f"Windows does not say the number of {account} (error {ctypes.get_last_error()})")
        found = text.value or ""
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
        kernel32.LocalFree(ctypes.cast(text, ctypes.c_void_p))
        return found

    def add_user(name: str) -> None:
        """A plain user without password; no error if it is there."""
        flags = SCRIPT | NO_PASSWORD | KEEPS_PASSWORD | NEVER_EXPIRES
        user = User(name=name, password="", privilege=AS_USER, home="", comment=WHAT_FOR, flags=flags, script="")
        wrong = wintypes.DWORD()
        answer = _netapi32().NetUserAdd(None, 1, ctypes.byref(user), ctypes.byref(wrong))
        if answer not in {DONE, USER_EXISTS}:
            raise SystemRefused(f"the account {name} cannot be made: {_words(answer)}")

    def join_users(name: str) -> None:
        """One of the users of this PC, by whatever name its Windows calls them; no error if it is one."""
        with _raw_sid(name) as sid:
            if sid is None:
                raise SystemRefused(f"the account {name} was made, and Windows does not know it: restart the PC")
            member = Member(ctypes.addressof(sid))
            answer = _netapi32().NetLocalGroupAddMembers(None, group_name(USERS), 0, ctypes.byref(member), 1)
        if answer not in {DONE, MEMBER_ALREADY}:
            raise SystemRefused(f"the account {name} cannot be made a user of this PC: {_words(answer)}")

    def remove_user(name: str) -> None:
        """Remove it; no error if there is none."""
        answer = _netapi32().NetUserDel(None, name)
        if answer not in {DONE, NO_SUCH_USER}:
            raise SystemRefused(f"the account {name} cannot be removed: {_words(answer)}")

    def members(group: str) -> frozenset[str]:
        """The numbers of all who are in this group (given by its number); raises SystemRefused."""
        windows, first = _netapi32(), ctypes.c_void_p()
        count, total = wintypes.DWORD(), wintypes.DWORD()
        counts = (ctypes.byref(count), ctypes.byref(total), None)
        answer = windows.NetLocalGroupGetMembers(None, group_name(group), 0, ctypes.byref(first), ALL_AT_ONCE, *counts)
        if answer != DONE:
            raise SystemRefused(f"Windows does not say who is in {group_name(group)}: {_words(answer)}")
        try:
            found = (Member * count.value).from_address(first.value) if first.value else ()
            return frozenset(_sid_text(one.sid, f"a member of {group}") for one in found)
        finally:
            windows.NetApiBufferFree(first)

    def group_name(sid: str) -> str:
        """What this Windows calls the group, in its own language; raises SystemRefused."""
        advapi32, raw = ctypes.WinDLL("advapi32", use_last_error=True), ctypes.c_void_p()
        if not advapi32.ConvertStringSidToSidW(sid, ctypes.byref(raw)):
            raise SystemRefused(f"{sid} is no number of a group (error {ctypes.get_last_error()})")
        name, domain = ctypes.create_unicode_buffer(LONGEST), ctypes.create_unicode_buffer(LONGEST)
        length, more, use = wintypes.DWORD(LONGEST), wintypes.DWORD(LONGEST), wintypes.DWORD()
        sizes = (ctypes.byref(length), domain, ctypes.byref(more), ctypes.byref(use))
        is_known = advapi32.LookupAccountSidW(None, raw, name, *sizes)
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
        kernel32.LocalFree(raw)
        if not is_known:
            raise SystemRefused(f"Windows has no name for the group {sid}")
        return name.value

    def make_profile(account: str, sid: str) -> None:
        """The account's profile and hive, as the first login would make them; no error if they are there."""
        place = ctypes.create_unicode_buffer(LONGEST)
        answer = ctypes.WinDLL("userenv").CreateProfile(sid, account, place, LONGEST) & 0xFFFFFFFF
        if answer not in {0, EXISTS}:
            raise SystemRefused(f"the profile of {account} cannot be made (error {answer:#x})")

    def remove_profile(account: str, sid: str) -> None:
        """The account's files and hive; no error if there are none."""
        userenv = ctypes.WinDLL("userenv", use_last_error=True)
        userenv.DeleteProfileW.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.LPCWSTR)
        if not userenv.DeleteProfileW(sid, None, None) and ctypes.get_last_error() != NO_FILE:
            raise SystemRefused(
                f"the profile of {account} cannot be removed: {_words(ctypes.get_last_error())}; log it out, or restart the PC, "
                "then run the same command again"
            )

    def is_elevated() -> bool:
        """Whether this process may change the PC."""
        return bool(ctypes.WinDLL("shell32").IsUserAnAdmin())

    def _words(code: int) -> str:
        return f"{ctypes.FormatError(code).strip()} (error {code})"
