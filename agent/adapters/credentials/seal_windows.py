"""Seals bytes with this PC's own key of Windows (DPAPI): a copy of what is sealed opens nowhere else."""

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    OF_THIS_PC, NO_WINDOW = 0x4, 0x1

    class Blob(ctypes.Structure):
        """DATA_BLOB."""

        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.c_void_p))

    _crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
    _kernel32 = ctypes.WinDLL("kernel32")
    _kernel32.LocalFree.argtypes = (ctypes.c_void_p,)

    def seal(content: bytes) -> bytes:
        """Raises OSError."""
        return _worked(_crypt32.CryptProtectData, content)

    def unseal(content: bytes) -> bytes:
        """Raises OSError for what was not sealed on this PC, or was changed."""
        return _worked(_crypt32.CryptUnprotectData, content)

    def _worked(work: "ctypes._FuncPointer", content: bytes) -> bytes:
        room, result = ctypes.create_string_buffer(content, len(content)), Blob()
        given = Blob(len(content), ctypes.cast(room, ctypes.c_void_p))
        if not work(ctypes.byref(given), None, None, None, None, OF_THIS_PC | NO_WINDOW, ctypes.byref(result)):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            return ctypes.string_at(result.data or 0, result.size)
        finally:
            _kernel32.LocalFree(result.data)
