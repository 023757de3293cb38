"""Who may open a folder of a real Windows, and hives of accounts that are not logged in: what administrators may, if they ask."""

import sys

if sys.platform == "win32":
    import ctypes
    import winreg
    from ctypes import wintypes

    from installer.ports import SystemRefused

    BACKUP, RESTORE, TAKE_OWNERSHIP = "SeBackupPrivilege", "SeRestorePrivilege", "SeTakeOwnershipPrivilege"
    MAY_ASK, MAY_ADJUST, ENABLED, NOT_ALL = 0x8, 0x20, 0x2, 1300
    IS_A_FILE, VERSION = 1, 1
    OWNER, GROUP, ACCESS, PROTECTED, INHERITS = 0x1, 0x2, 0x4, 0x80000000, 0x20000000
    IS_PROTECTED = 0x1000

    class Privilege(ctypes.Structure):
        """TOKEN_PRIVILEGES with one."""

        _fields_ = (
            ("count", wintypes.DWORD),
            ("low", wintypes.DWORD),
            ("high", wintypes.LONG),
            ("how", wintypes.DWORD),
        )

    def _advapi32() -> ctypes.WinDLL:
        found = ctypes.WinDLL("advapi32", use_last_error=True)
        place, text, word = ctypes.c_void_p, wintypes.LPCWSTR, wintypes.DWORD
        found.OpenProcessToken.argtypes = (wintypes.HANDLE, word, place)
        found.AdjustTokenPrivileges.argtypes = (wintypes.HANDLE, wintypes.BOOL, place, word, place, place)
        found.LookupPrivilegeValueW.argtypes = (text, text, place)
        found.GetNamedSecurityInfoW.argtypes = (text, ctypes.c_int, word, place, place, place, place, place)
        found.SetNamedSecurityInfoW.argtypes = (text, ctypes.c_int, word, place, place, place, place)
        found.ConvertSecurityDescriptorToStringSecurityDescriptorW.argtypes = (place, word, word, place, place)
        found.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = (text, word, place, place)
        for name in ("Owner", "Group"):
            getattr(found, f"GetSecurityDescriptor{name}").argtypes = (place, place, place)
        found.GetSecurityDescriptorDacl.argtypes = (place, place, place, place)
        found.GetSecurityDescriptorControl.argtypes = (place, place, place)
        found.RegLoadKeyW.argtypes = (place, text, text)
        found.RegUnLoadKeyW.argtypes = (place, text)
        return found

    def enable(*names: str) -> None:
        """What an administrator's process may, and does not until it says so; raises SystemRefused for who may not."""
        windows, kernel32, token = _advapi32(), ctypes.WinDLL("kernel32"), wintypes.HANDLE()
        kernel32.GetCurrentProcess.restype = wintypes.HANDLE
        kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
        if not windows.OpenProcessToken(kernel32.GetCurrentProcess(), MAY_ASK | MAY_ADJUST, ctypes.byref(token)):
            raise _refused("Windows does not say what this process may")
        try:
            for name in names:
                wanted = Privilege(count=1, how=ENABLED)
                number = ctypes.byref(wanted, Privilege.low.offset)
                is_known = windows.LookupPrivilegeValueW(None, name, number)
                if not is_known or not windows.AdjustTokenPrivileges(token, False, ctypes.byref(wanted), 0, None, None):
                    raise _refused(f"{name} cannot be had")
                if ctypes.get_last_error() == NOT_ALL:
                    raise _refused(f"{name} is not given to this account")
        finally:
            kernel32.CloseHandle(token)

    def access_of(path: str) -> str:
        """Who owns the folder and who may do what in it (SDDL)."""
        windows, found, text = _advapi32(), ctypes.c_void_p(), wintypes.LPWSTR()
        parts = OWNER | GROUP | ACCESS
        code = windows.GetNamedSecurityInfoW(path, IS_A_FILE, parts, None, None, None, None, ctypes.byref(found))
        if code != 0:
            raise _refused(f"Windows does not say who may open {path}", code)
        told = windows.ConvertSecurityDescriptorToStringSecurityDescriptorW(
            found, VERSION, parts, ctypes.byref(text), None
        )
        said = text.value
        _free(found, ctypes.cast(text, ctypes.c_void_p))
        if not told or said is None:
            raise _refused(f"Windows does not say in words who may open {path}")
        return said

    def give_access(path: str, access: str) -> None:
        """Give the folder this owner and access (SDDL), and what is below it what it inherits."""
        enable(RESTORE, TAKE_OWNERSHIP)
        windows, made = _advapi32(), ctypes.c_void_p()
        if not windows.ConvertStringSecurityDescriptorToSecurityDescriptorW(access, VERSION, ctypes.byref(made), None):
            raise _refused(f"{access!r} does not say who may open {path}")
        owner, group, entries = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        is_said, control, version = wintypes.BOOL(), wintypes.WORD(), wintypes.DWORD()
        windows.GetSecurityDescriptorOwner(made, ctypes.byref(owner), ctypes.byref(is_said))
        windows.GetSecurityDescriptorGroup(made, ctypes.byref(group), ctypes.byref(is_said))
        there = wintypes.BOOL()
        windows.GetSecurityDescriptorDacl(made, ctypes.byref(there), ctypes.byref(entries), ctypes.byref(is_said))
        windows.GetSecurityDescriptorControl(made, ctypes.byref(control), ctypes.byref(version))
        parts = OWNER | GROUP | ACCESS | (PROTECTED if control.value & IS_PROTECTED else INHERITS)
        code = windows.SetNamedSecurityInfoW(path, IS_A_FILE, parts, owner, group, entries, None)
        _free(made)
        if code != 0:
            raise _refused(f"{path} cannot be kept for its own", code)

    def load_hive(name: str, file: str) -> None:
        """The registry's part in this file appears as HKU, name."""
        enable(BACKUP, RESTORE)
        code = _advapi32().RegLoadKeyW(winreg.HKEY_USERS, name, file)
        if code != 0:
            raise _refused(f"{file} cannot be loaded", code)

    def unload_hive(name: str) -> None:
        """It goes back into its file."""
        enable(BACKUP, RESTORE)
        code = _advapi32().RegUnLoadKeyW(winreg.HKEY_USERS, name)
        if code != 0:
            raise _refused(f"HKU\\{name} cannot be unloaded", code)

    def _free(*places: ctypes.c_void_p) -> None:
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.LocalFree.argtypes = (ctypes.c_void_p,)
        for place in places:
            kernel32.LocalFree(place)

    def _refused(what: str, code: int | None = None) -> SystemRefused:
        number = ctypes.get_last_error() if code is None else code
        return SystemRefused(f"{what}: {ctypes.FormatError(number).strip()} (error {number})")
